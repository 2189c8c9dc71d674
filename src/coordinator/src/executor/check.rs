//! The check of one target before anything is stopped.

use super::{
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
    Timestamp,
    execution::{Look, Looked, Observed, check_ready, wait_nanos},
};
use candid::Principal;

/// Checks a target, and notes what was found.
pub async fn check(run: RunNumber, target: Principal, held: Held) {
    let found = observe(target).await;
    let now = Call::of_coordinator().now;
    storage::write(|storage| {
        let Some(execution) = storage.execution(run) else { return };
        let mut note = storage.target_note(run, &target);
        let found = match found {
            Ok(observed) => Some(look_of(observed)),
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

fn look_of(observed: Observed) -> Looked {
    check_ready(observed).unwrap_or_else(|error| Looked::NotReady { reason: error.to_string() })
}

/// What is to be known of a canister before it is backed up.
pub(super) async fn observe(canister: Principal) -> Result<Observed, CallFailed> {
    observe::observe(&management(LOOK_SECONDS), canister).await
}
