//! What a claim and its receipt cost, here and at the floor: a canister that writes the same records into the
//! same structures and does nothing else.

use super::{Bench, block, claim, report};
use crate::modules;
use backup_journal::{RunId, journal::ReceiptOutcome};
use candid::{CandidType, Principal};
use canister_sandbox::Sandbox;

/// Operations that are done before those that are measured, so that the trees have some depth.
const BEFORE: u32 = 150;

/// Operations that are measured: some split a node of a tree, most do not.
const MEASURED: u32 = 50;

/// What stopping one canister costs, on average over some of them.
pub struct StopCost {
    /// The claim.
    pub claim: u64,
    /// Its receipt.
    pub receipt: u64,
}

impl StopCost {
    /// In the coordinator.
    ///
    /// # Panics
    /// When a call is refused.
    pub fn measure() -> Self {
        let bench = Bench::new();
        let run: RunId = "run".into();
        bench.create("run", BEFORE + MEASURED);
        let preflight = "preflight".into();
        block(bench.client.accept_preflight_bundle(&run, &preflight)).expect("it is accepted");
        Self::average(|_| Self::of_next(&bench, &run))
    }

    /// At the floor.
    ///
    /// # Panics
    /// When a call fails.
    pub fn floor() -> Self {
        let mut floor = Fixture::new();
        Self::average(|sequence| {
            let sequence = u64::from(sequence);
            let claim = floor.call("claim", sequence);
            Self { claim, receipt: floor.call("receipt", sequence) }
        })
    }

    /// What hashing the two blocks and certifying the tip take of it.
    ///
    /// # Panics
    /// When a call fails.
    pub fn log() -> Self {
        let mut floor = Fixture::new();
        Self::average(|sequence| {
            let nothing = floor.call("nothing", sequence);
            let claim = floor.call("chain_claim", sequence) - nothing;
            Self { claim, receipt: floor.call("chain_receipt", sequence) - nothing }
        })
    }

    /// The cost without another one that is part of it.
    #[must_use]
    pub const fn without(&self, part: &Self) -> Self {
        Self { claim: self.claim - part.claim, receipt: self.receipt - part.receipt }
    }

    /// How many times the other cost this is.
    #[allow(clippy::cast_precision_loss, reason = "a figure for people has three digits")]
    pub fn over(&self, other: &Self) -> f64 {
        (self.claim + self.receipt) as f64 / (other.claim + other.receipt) as f64
    }

    /// Claims and completes the next operation.
    fn of_next(bench: &Bench, run: &RunId) -> Self {
        let operation = claim(bench, run);
        let claim = bench.cost().instructions;
        report(bench, run, &operation, ReceiptOutcome::Completed);
        Self { claim, receipt: bench.cost().instructions }
    }

    fn average(mut stop: impl FnMut(u32) -> Self) -> Self {
        for sequence in 0..BEFORE {
            stop(sequence);
        }
        let stops: Vec<Self> = (BEFORE..BEFORE + MEASURED).map(stop).collect();
        let average =
            |cost: fn(&Self) -> u64| stops.iter().map(cost).sum::<u64>() / u64::from(MEASURED);
        Self { claim: average(|stop| stop.claim), receipt: average(|stop| stop.receipt) }
    }
}

/// The floor, installed.
struct Fixture {
    sandbox: Sandbox,
    canister: Principal,
}

impl Fixture {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        let canister = sandbox.create_canister(&[caller()]);
        let sizes =
            Sizes { header: 110, receipt: 170, claim_event: 90, receipt_event: 110, totals: 60 };
        let arg = candid::encode_one(sizes).expect("sizes can be encoded");
        sandbox.install(caller(), canister, modules::floor(), arg).expect("the floor installs");
        Self { sandbox, canister }
    }

    /// What a call costs.
    fn call(&mut self, method: &str, sequence: impl CandidType) -> u64 {
        let arg = candid::encode_one(sequence).expect("a number can be encoded");
        self.sandbox.update(caller(), self.canister, method, arg).expect("the floor answers");
        self.sandbox.last_cost().instructions
    }
}

fn caller() -> Principal {
    Principal::self_authenticating([7])
}

/// Bytes of each record.
#[derive(CandidType)]
struct Sizes {
    header: u32,
    receipt: u32,
    claim_event: u32,
    receipt_event: u32,
    totals: u32,
}
