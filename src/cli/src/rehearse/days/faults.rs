//! Which of the calls of the coordinator go wrong in a night, and how.

use super::records::Totals;
use crate::rehearse::stage::Stage;
use anyhow::{Result, bail};
use canister_sandbox::{CallFault, PlannedFault};
use fastrand::Rng;

/// More calls than the coordinator makes from one night to the next, for a member.
const CALLS: usize = 60;
/// The only calls that [`CallFault::SnapshotsRefused`] can befall: about one of so many.
const TAKE: &str = "take_canister_snapshot";
const CALLS_PER_TAKE: usize = 8;

/// Draws the faults of the calls from one night to the next: of each call with a probability of `rate` percent.
pub fn draw(rng: &mut Rng, rate: u32, members: usize) -> Vec<PlannedFault> {
    let calls = members.saturating_mul(CALLS);
    let faulty: Vec<usize> = (0..calls).filter(|_| rng.u32(0..100) < rate).collect();
    faulty.into_iter().map(|at| fault(rng, at)).collect()
}

/// Some fault of a call: of this one, or of one that it can befall.
fn fault(rng: &mut Rng, at: usize) -> PlannedFault {
    let fault = CallFault::ALL[rng.usize(0..CallFault::ALL.len())];
    let (method, at) =
        if fault.fits("") { (None, at) } else { (Some(TAKE.to_owned()), at / CALLS_PER_TAKE) };
    PlannedFault { fault, method, at: u32::try_from(at).unwrap_or(u32::MAX) }
}

/// Ends the faults that were planned, and counts those that have happened.
pub fn withdraw(stage: &Stage, totals: &mut Totals) -> Result<()> {
    stage.network.sandbox().withdraw_faults();
    let problem = stage.network.with_faults(|faults| {
        totals.calls += u32::try_from(faults.calls().len()).unwrap_or(u32::MAX);
        totals.upgrades += faults.upgrades();
        for planned in faults.happened() {
            *totals.faults.entry(planned.fault.name()).or_default() += 1;
        }
        faults.problems().first().cloned()
    });
    if let Some(problem) = problem.flatten() {
        bail!("{problem}");
    }
    stage.plan_faults(Vec::new())
}
