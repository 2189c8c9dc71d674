//! The wire types of the coordinator's interface that are not part of the domain.

mod argument;
mod drafts;
mod error;
mod fleets;
mod icrc3;
mod preflight;
mod resources;
mod views;

pub use crate::{
    access::{CoordinatorArgs, Role, RoleAssignment, Settings, SettingsUpdate, Visibility},
    block::{AuditEvent, AuditEventKind, ClaimedOperation},
};
pub use argument::ArgumentError;
pub use drafts::{DiscardProgress, DraftPhase, DraftStatus, SealProgress};
pub use error::{CoordinatorError, Duplicate};
pub use fleets::{FleetDetails, RemoveProgress};
pub use icrc3::{
    Archive, ArchivedBlocks, BlockType, BlockWithId, GetArchivesArgs, GetBlocksCallback,
    GetBlocksRequest, GetBlocksResult, SupportedStandard, TipCertificate,
};
pub use preflight::PreflightProgress;
pub use resources::Resources;
pub use views::{JournalDetails, Page, PlanPage, StartOwed, TargetStatus};
