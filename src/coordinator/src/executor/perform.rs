//! Performs one operation, however far an earlier message came with it.
//!
//! Each call is noted before it is made. Where its outcome is not known, the operation stays claimed, and the next task of it
//! looks at the canister before it calls again.

mod attempt;
mod load;
mod snapshot;
mod start;
mod stop;
mod verify;

use super::under_way::Held;
use crate::storage::RunNumber;
use attempt::Attempt;
use backup_journal::{Sequence, plan::BackupOperationKind as Kind};

/// Performs an operation that is claimed; with `look_only`, only finds out whether it was done.
pub async fn perform(run: RunNumber, sequence: Sequence, look_only: bool, held: Held) {
    if let Some(attempt) = Attempt::of(run, sequence, look_only) {
        match attempt.kind {
            Kind::Stop => stop::perform(&attempt).await,
            Kind::CreateSnapshot => snapshot::perform(&attempt).await,
            Kind::Start => start::perform(&attempt).await,
            Kind::LoadSnapshot | Kind::RollBack => load::perform(&attempt).await,
            Kind::VerifyMember => verify::perform(&attempt).await,
            _ => {}
        }
    }
    drop(held);
}
