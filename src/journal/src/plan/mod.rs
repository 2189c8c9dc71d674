//! Backup plans: which canisters are backed up, by which authority, in which order.

mod authority;
mod build;
mod build_restore;
mod digest;
mod error;
mod layout;
mod names;
mod operation;
mod origin;
mod restore;
mod types;
mod validate;
mod workable;

#[cfg(test)]
mod tests;

pub use authority::{
    AuthorityEvidence, ControlAuthority, ControlAuthoritySource, SnapshotReadAuthority,
    SnapshotReadAuthoritySource,
};
pub use build::{BackupPlanInput, build_backup_plan, derive_phases, resolve_backup_selector};
pub use build_restore::{MemberMapping, RestoreSelection, Saved, build_restore_plan};
pub use digest::PlanDigest;
pub use error::PlanError;
pub use layout::{DerivedLayout, Place};
pub(crate) use layout::{PREFLIGHT_ROWS, operation_id};
pub use operation::{BackupOperation, BackupOperationKind};
pub use origin::{RestoreOrigin, SnapshotPlace, TargetRestore};
pub use restore::derive_restore_phases;
pub use types::{
    BackupPlan, BackupScopeKind, BackupTarget, IdentityMode, PlanHeader, QuiescencePolicy,
};
pub use validate::{ValidPlan, ValidationPurpose};
pub(crate) use validate::{check_control, check_root_controls, check_snapshot_read};
