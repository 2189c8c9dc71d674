//! What the coordinator says of the times of the schedule.

use super::invariants::Invariant;
use crate::{network::Network, rehearse::stage::Stage};
use anyhow::{Context, Result};
use backup_journal::{
    Timestamp,
    schedule::{LastTurn, TurnOutcome},
};
use std::time::Duration;

/// How often it is asked, and for how long.
const ASK: Duration = Duration::from_secs(5);
const PATIENCE_NANOS: u64 = 60_000_000_000;

/// The last turn of the schedule; none before the first.
pub async fn last(stage: &Stage) -> Result<Option<LastTurn>> {
    let page = stage.client().list_schedules(0, 1).await;
    let schedules = page.context("the schedule cannot be read")?.items;
    Ok(schedules.into_iter().next().and_then(|schedule| schedule.last))
}

/// What was done at this time of the schedule, which is now; the `night` is for a person.
pub async fn of(stage: &Stage, night: &str, planned_at: Timestamp) -> Result<TurnOutcome> {
    let begun = stage.network.now();
    loop {
        let last = last(stage).await?;
        if let Some(last) = last.filter(|last| last.planned_at >= planned_at) {
            return Ok(last.outcome);
        }
        if stage.network.now().nanos_since(begun) > PATIENCE_NANOS {
            let coordinator = stage.coordinator;
            return Err(Invariant::EveryNight.broken(format!(
                "{night}, {coordinator}: no backup is begun, and there is no reason why not"
            )));
        }
        stage.network.sleep(ASK).await;
    }
}
