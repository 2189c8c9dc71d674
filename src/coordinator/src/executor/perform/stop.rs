//! Stops a target.

use super::attempt::Attempt;
use crate::{
    executor::runtime::{LOOK_SECONDS, management},
    gate::counters,
};
use backup_fleet::types::CanisterStatusType as Status;
use backup_journal::Timestamp;

/// How long the network may take for the answer: a canister stops when its own calls are answered.
const STOP_SECONDS: u32 = 120;
/// The network gives up a stop after five minutes; until then it can take effect after its call has ended.
const STOPPING_NANOS: u64 = 300 * 1_000_000_000;

pub async fn perform(attempt: &Attempt) {
    if attempt.note().calls > 0 {
        match management(LOOK_SECONDS).status(attempt.target).await {
            Err(error) => return attempt.look_failed(&error),
            Ok(status) => match status.status {
                Status::Stopped => {
                    counters::settled_by_looking();
                    return attempt.done(|receipt| receipt);
                }
                _ if attempt.look_only => return attempt.failed("it was not stopped"),
                Status::Running if attempt.may_still_happen() => {
                    return attempt.wait("the outcome of the stop is not known");
                }
                Status::Running | Status::Stopping => {}
            },
        }
    }
    let Some(gives_up_at) = attempt.note_call(STOP_SECONDS) else { return };
    attempt.set_late_stop(Some(Timestamp(gives_up_at.0 + STOPPING_NANOS)));
    match management(STOP_SECONDS).stop(attempt.target).await {
        Ok(()) => {
            attempt.set_late_stop(None);
            attempt.done(|receipt| receipt);
        }
        Err(error) => {
            // An earlier call may still take effect.
            if backup_fleet::error::is_refusal(&error.error) && attempt.note().calls == 1 {
                attempt.set_late_stop(None);
            }
            attempt.call_failed(&error);
        }
    }
}
