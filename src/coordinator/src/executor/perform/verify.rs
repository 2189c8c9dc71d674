//! Verifies a target that was restored and started again.

use super::{attempt::Attempt, load::CHANGES};
use crate::executor::runtime::{LOOK_SECONDS, management};
use backup_fleet::{
    SnapshotId,
    settle::{Loaded, loaded, verify_started},
};

/// A target that did not run before the run was left as it was, so it need not run.
pub async fn perform(attempt: &Attempt) {
    let status = match management(LOOK_SECONDS).status(attempt.target).await {
        Ok(status) => status,
        Err(error) => return attempt.look_failed(&error),
    };
    let note = attempt.target_note();
    let verified = verify_started(status.status, status.module_hash.as_deref(), None);
    if let Err(problem) =
        verified.or_else(|problem| note.was_stopped().then_some(()).ok_or(problem))
    {
        return attempt.not_yet(&problem.to_string());
    }
    let info = match management(LOOK_SECONDS).canister_info(attempt.target, CHANGES).await {
        Ok(info) => info,
        Err(error) => return attempt.look_failed(&error),
    };
    let snapshot = note.restores.map(|id| SnapshotId::from(id.to_vec()));
    match snapshot.map(|snapshot| loaded(0, &info, &snapshot)) {
        Some(Loaded::Not) => attempt.failed("something else was installed or loaded since"),
        _ => attempt.done(|receipt| receipt),
    }
}
