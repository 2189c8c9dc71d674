//! The check of one target before anything is stopped.

use super::{
    retention,
    runtime::{LOOK_SECONDS, management},
    under_way::Held,
};
use crate::{
    call::Call,
    gate::notes,
    storage::{self, RunNumber},
};
use backup_fleet::{CallFailed, Reaction, observe, reaction};
use backup_journal::{
    FleetName, Timestamp,
    execution::{Look, Looked, MAX_SNAPSHOTS, Observed, check_target, wait_nanos},
    fleet::SlotsUsed,
    plan::BackupTarget,
};
use candid::Principal;

/// Checks the target at this position, and notes what was found.
pub async fn check(run: RunNumber, position: u32, target: Principal, held: Held) {
    let began = Call::of_coordinator().now;
    let found = observe(target).await;
    let call = Call::of_coordinator();
    let now = call.now;
    let fleet = storage::read(|storage| storage.header_of(run).fleet);
    if let Ok(observed) = &found {
        retention::note_gone(&fleet, target, &observed.snapshots, began, &call);
        note_slots(run, &fleet, target, &observed.snapshots, now);
    }
    let found = found.map(|observed| with_replaced(&fleet, target, observed));
    storage::write(|storage| {
        let Some(execution) = storage.execution(run) else { return };
        let mut note = storage.target_note(run, &target);
        let planned = storage.listed_targets(run, position, position + 1).pop();
        let planned = planned.expect("BUG: a target is missing");
        note.restores = planned
            .restore
            .as_ref()
            .and_then(|restore| hex::decode(&restore.snapshot_id).ok().map(Into::into));
        let found = match found {
            Ok(observed) => Some(look_of(&planned, observed)),
            Err(failed) => {
                note.errors += 1;
                note.not_before = Some(Timestamp(now.0 + wait_nanos(note.errors)));
                let last = note.errors >= execution.policy.max_attempts;
                let is_final = last || reaction(&failed.error) == Reaction::GiveUp;
                is_final.then(|| Looked::NotReady { reason: failed.to_string() })
            }
        };
        if let Some(found) = found {
            note.look = Some(Look { round: execution.preflight_round, at: now, found });
            (note.errors, note.not_before) = (0, None);
        }
        notes::target(storage, run, target, note);
    });
    drop(held);
}

fn look_of(target: &BackupTarget, observed: Observed) -> Looked {
    check_target(target, observed)
        .unwrap_or_else(|error| Looked::NotReady { reason: error.to_string() })
}

/// Notes how many snapshots a target has, and how many of them are in no journal.
fn note_slots(
    run: RunNumber,
    fleet: &FleetName,
    target: Principal,
    snapshots: &[Vec<u8>],
    now: Timestamp,
) {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    storage::write(|storage| {
        let ours = retention::known_of(storage, fleet, target);
        let not_ours = snapshots.iter().filter(|id| !ours.contains(id)).count();
        let (most_used, not_ours) = (count(snapshots.len()), count(not_ours));
        let used = SlotsUsed { most_used, canister_id: target, not_ours, seen_at: now };
        notes::slots(storage, fleet, run, used);
    });
}

/// Says of a canister that was observed, and that has all snapshots that the network keeps, whether one of them may be
/// replaced.
pub(super) fn with_replaced(fleet: &FleetName, target: Principal, observed: Observed) -> Observed {
    if observed.snapshots.len() < MAX_SNAPSHOTS {
        return observed;
    }
    let replaced =
        storage::read(|storage| retention::replaced(storage, fleet, target, &observed.snapshots));
    Observed { may_replace: replaced.is_some(), ..observed }
}

/// What is to be known of a canister before it is backed up or restored.
pub(super) async fn observe(canister: Principal) -> Result<Observed, CallFailed> {
    observe::observe(&management(LOOK_SECONDS), canister).await
}
