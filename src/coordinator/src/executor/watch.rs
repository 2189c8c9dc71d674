//! Looks at a target and starts it if it does not run: when a stop of it may still take effect after it was started, and when
//! its start cannot be claimed because another target cannot be started.

use super::{
    runtime::{LOOK_SECONDS, START_SECONDS, management},
    under_way::Held,
};
use crate::{
    call::Call,
    gate::{log, notes},
    storage::{self, RunNumber},
};
use backup_fleet::{error::is_gone, types::CanisterStatusType as Status};
use backup_journal::{Timestamp, execution::LateStop};
use candid::Principal;

/// How often the target is looked at.
const EVERY_NANOS: u64 = 20 * 1_000_000_000;

/// Looks once, and starts the target if it does not run.
pub async fn watch(run: RunNumber, target: Principal, held: Held) {
    let runs = match management(LOOK_SECONDS).status(target).await {
        Ok(status) if status.status == Status::Running => true,
        // A load can have been claimed meanwhile.
        Ok(_) if storage::read(|storage| storage.header_of(run).is_contained()) => false,
        Ok(_) => {
            log::trouble(format_args!("{target} does not run; the coordinator starts it"));
            let started = management(START_SECONDS).start(target).await;
            if let Err(error) = started {
                log::trouble(format_args!("{error}"));
            }
            false
        }
        // Nothing can stop it any more.
        Err(error) if is_gone(&error.error) => {
            return storage::write(|storage| notes::late_stop(storage, run, target, None));
        }
        Err(error) => {
            log::trouble(format_args!("{error}"));
            false
        }
    };
    looked(run, target, runs);
    drop(held);
}

/// Says when the target is looked at next. One that does not run, or did not answer, is looked at however late it is.
fn looked(run: RunNumber, target: Principal, runs: bool) {
    let now = Call::of_coordinator().now;
    storage::write(|storage| {
        let next_look = Timestamp(now.0 + EVERY_NANOS);
        let mut note = storage.target_note(run, &target);
        note.not_before = Some(next_look);
        notes::target(storage, run, target, note);
        let Some(LateStop { until, .. }) = storage.late_stop(run, &target) else { return };
        let late = (!runs || now < until).then_some(LateStop {
            until,
            next_look: if runs { next_look.min(until) } else { next_look },
        });
        notes::late_stop(storage, run, target, late);
    });
}
