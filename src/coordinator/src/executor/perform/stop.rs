//! Stops a target.

use super::attempt::Attempt;
use crate::{
    call::Call,
    executor::runtime::{LOOK_SECONDS, management},
    gate::counters,
};
use backup_fleet::{CallFailed, error::is_refusal, types::CanisterStatusType as Status};
use backup_journal::Timestamp;

/// How long the network may take for the answer: a canister stops when its own calls are answered.
const STOP_SECONDS: u32 = 120;
const SECOND: u64 = 1_000_000_000;
/// The network gives up a stop after five minutes; until then it can take effect after its call has ended.
const STOPPING_NANOS: u64 = 300 * SECOND;

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
    if attempt.note_call(STOP_SECONDS).is_none() {
        return;
    }
    match call(attempt).await {
        Ok(()) => attempt.done(|receipt| receipt),
        Err(error) => {
            // An earlier call may still take effect.
            if is_refusal(&error.error) && attempt.note().calls == 1 {
                attempt.set_late_stop(None);
            }
            attempt.call_failed(&error);
        }
    }
}

/// Calls once, and notes until when the stop can take effect.
pub async fn call(attempt: &Attempt) -> Result<(), CallFailed> {
    let until = Call::of_coordinator().now.0 + u64::from(STOP_SECONDS) * SECOND + STOPPING_NANOS;
    attempt.set_late_stop(Some(Timestamp(until)));
    management(STOP_SECONDS).stop(attempt.target).await?;
    attempt.set_late_stop(None);
    Ok(())
}
