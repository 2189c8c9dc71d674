//! The types of the interface: every type that a method takes or answers with is named here, once.
//!
//! The build script reads this file too, and generates the Candid tables of [`encoding`](crate::encoding) and of the
//! arguments from these types.

pub use backup_journal::{
    FleetName, PreflightId, RunId, Sequence, Timestamp,
    api::{
        Archive, AuditEvent, BlockType, CoordinatorArgs, CoordinatorError, DiscardProgress,
        DraftStatus, FleetDetails, GetArchivesArgs, GetBlocksRequest, GetBlocksResult,
        JournalDetails, Page, PlanPage, PreflightProgress, RemoveProgress, Resources, Role,
        RoleAssignment, SealProgress, Settings, SettingsUpdate, StartOwed, SupportedStandard,
        TargetStatus, TipCertificate,
    },
    execution::{BackupPreview, BackupRequest, DeadlineStatus, ExecutionStatus, RestoreRequest},
    fleet::{DiscoveryReport, Fleet, FleetRegistration, FleetUpdate},
    fleet_status::FleetStatus,
    journal::{
        DrillReport, JournalCheck, Operation, OperationReceipt, ReceiptRecord, ResumeSummary,
        WaveStatus,
    },
    plan::{
        BackupPlan, BackupPlanInput, BackupTarget, PlanHeader, RestoreSelection, ValidationPurpose,
    },
    preflight::{PreflightReceipts, PreflightRequests},
    registry::RegistryEntry,
    retention::RetentionPreview,
    schedule::{Schedule, ScheduleStatus},
};
pub use candid::Principal;
pub use ic_http_types::{HttpRequest, HttpResponse};

/// The reply of a method, unless a standard prescribes another.
pub type Answer<T> = Result<T, CoordinatorError>;
