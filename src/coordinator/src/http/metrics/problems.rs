//! The figures of whether everything is well with fleets.

use super::samples::{Encoder, figure, gauge, gauges, seconds};
use crate::{http::fleets::statuses, storage::Storage};
use backup_journal::{
    Timestamp,
    fleet_status::{FleetProblem, FleetStatus},
    text::visible,
};
use std::io;

pub(super) fn encode(
    to: &mut Encoder,
    storage: &Storage,
    public: bool,
    now: Timestamp,
) -> io::Result<()> {
    let statuses = statuses(storage, now);
    let has = |kind: usize| {
        let has = |status: &&FleetStatus| status.problems.iter().any(|it| it.kind() == kind);
        u64::try_from(statuses.iter().filter(has).count()).unwrap_or(u64::MAX)
    };
    let counts = FleetProblem::KINDS.iter().enumerate().map(|(kind, name)| (*name, has(kind)));
    let help = "Fleets with a problem, by problem; of the first 500 fleets by name.";
    gauges(to, "backup_fleets_with_problem", help, "problem", counts)?;
    let fleets = figure(storage.known_fleets());
    gauge(to, "backup_fleets_known", fleets, "Fleets that are registered or have runs.")?;
    next_runs(to, &statuses, public)?;
    slots(to, &statuses, public)
}

/// Names of fleets are shown with `Public` only.
fn slots(to: &mut Encoder, statuses: &[FleetStatus], public: bool) -> io::Result<()> {
    let used = |status: &FleetStatus| Some(status.slots.as_ref()?.most_used);
    let help = "Snapshots that the fullest member of a fleet had, of 10 that the network keeps; of the first 500 fleets by \
                name.";
    let mut vector = to.gauge_vec("backup_slots_used", help)?;
    if public {
        for (status, used) in statuses.iter().filter_map(|status| Some((status, used(status)?))) {
            let fleet = visible(status.fleet.as_str());
            vector = vector.value(&[("fleet", &fleet)], figure(used.into()))?;
        }
    } else if let Some(most) = statuses.iter().filter_map(used).max() {
        vector.value(&[("among_fleets", "most")], figure(most.into()))?;
    }
    Ok(())
}

/// Names of fleets are shown with `Public` only.
fn next_runs(to: &mut Encoder, statuses: &[FleetStatus], public: bool) -> io::Result<()> {
    let next = |status: &FleetStatus| status.schedule.as_ref()?.next_at;
    let help = "When the next scheduled backup is due, in seconds since 1970; of the first 500 fleets by name.";
    let mut vector = to.gauge_vec("backup_next_scheduled_seconds", help)?;
    if public {
        for (status, at) in statuses.iter().filter_map(|status| Some((status, next(status)?))) {
            let fleet = visible(status.fleet.as_str());
            vector = vector.value(&[("fleet", &fleet)], seconds(at.0))?;
        }
    } else if let Some(first) = statuses.iter().filter_map(next).min() {
        vector.value(&[("among_fleets", "first")], seconds(first.0))?;
    }
    Ok(())
}
