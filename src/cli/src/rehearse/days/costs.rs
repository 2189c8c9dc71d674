//! What the schedule of a fleet costs the coordinator, in instructions as the sandbox counts them.

use crate::{network::Network, rehearse::stage::Stage};
use anyhow::{Context, Result};
use backup_journal::{
    FleetName, Timestamp,
    schedule::{Schedule, Timing},
};
use canister_sandbox::Sandbox;
use serde::Serialize;
use std::time::Duration;

const DAY: u64 = 86_400_000_000_000;
/// A run and its deletions are over by then.
const NIGHT: u64 = 3_600_000_000_000;
/// No rehearsal comes so far.
const NEXT_YEAR: &str = "0 0 1 1 *";

/// What the schedule of a fleet costs, in instructions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Costs {
    /// A day in which nothing is due.
    pub idle_day: u64,
    /// The messages that are executed at a time of the schedule: the run is planned and begun.
    pub turn: u64,
    /// A night: this, the backup, and the deletions after it.
    pub night: u64,
}

impl Costs {
    /// Measures a day of which nothing is due, and a night in which nothing goes wrong.
    pub async fn measure(stage: &Stage, fleet: &FleetName, schedule: &Schedule) -> Result<Self> {
        let idle = Schedule { timing: Timing::Cron(NEXT_YEAR.to_owned()), ..schedule.clone() };
        set(stage, fleet, &idle).await?;
        stage.network.sleep(Duration::from_nanos(NIGHT)).await;
        let idle_day = spent(stage, stage.network.now().0 + DAY);
        let next_at = set(stage, fleet, schedule).await?;
        spent(stage, next_at.0 - 1);
        let turn = spent(stage, next_at.0);
        Ok(Self { idle_day, turn, night: turn + spent(stage, next_at.0 + NIGHT) })
    }
}

async fn set(stage: &Stage, fleet: &FleetName, schedule: &Schedule) -> Result<Timestamp> {
    let set = stage.administrator().set_schedule(fleet, schedule).await;
    set.context("the schedule cannot be changed")?.next_at.context("the schedule has no time")
}

/// Lets time pass; answers with the instructions that the coordinator has executed meanwhile.
fn spent(stage: &Stage, until: u64) -> u64 {
    let mut sandbox = stage.network.sandbox();
    let mut instructions = execute(stage, &mut sandbox);
    while let Some(next) = sandbox.next_due_nanos().filter(|next| *next <= until) {
        pass_to(&mut sandbox, next);
        instructions += execute(stage, &mut sandbox);
    }
    pass_to(&mut sandbox, until);
    instructions
}

fn pass_to(sandbox: &mut Sandbox, time: u64) {
    let left = time.saturating_sub(sandbox.time_nanos());
    sandbox.advance_time(Duration::from_nanos(left));
}

fn execute(stage: &Stage, sandbox: &mut Sandbox) -> u64 {
    let mut instructions = 0;
    while let Some(step) = sandbox.step() {
        if step.canister == stage.coordinator {
            instructions += step.cost.instructions;
        }
    }
    instructions
}
