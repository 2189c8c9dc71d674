//! The changes that the gate makes.

use crate::storage::{DraftRecord, FleetNumber, PlanRecord, RunNumber};
use backup_journal::{
    RunId, Timestamp,
    api::{AuditEventKind, CoordinatorArgs, RoleAssignment, SettingsUpdate},
    block::Payload,
    execution::{Execution, RestartDeadline},
    fleet::{Fleet, MemberWrites},
    journal::{Change, Header, OperationSpec},
    plan::{BackupPlan, PlanHeader},
};
use candid::Principal;

/// A change that has passed every check.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, on its way to be written")]
pub enum Write {
    /// A journal was opened from a whole plan.
    Created(Box<NewJournal>),
    /// A journal moved.
    Moved {
        /// Which.
        run: RunNumber,
        /// Its header as it was.
        before: Box<Header>,
        /// How.
        change: Box<Change>,
        /// What to call it.
        kind: AuditEventKind,
        /// What the audit trail needs to repeat it.
        payload: Option<Payload>,
    },
    /// Something that only the log keeps: no backup was begun at a time of a schedule, or the snapshots of a fleet are
    /// dropped.
    Noted(AuditEventKind),
    /// A draft was begun.
    DraftBegun {
        /// What the plan says.
        header: PlanHeader,
        /// Who began it.
        caller: Principal,
        /// When.
        now: Timestamp,
    },
    /// A draft grew, or was given up.
    Drafted {
        /// As it was before, with what its records are found by.
        before: DraftRecord,
        /// As it is now.
        after: DraftRecord,
        /// What to call it.
        kind: AuditEventKind,
        /// What was sent.
        payload: Option<Payload>,
    },
    /// A draft was sealed and its journal opened.
    Sealed {
        /// The draft.
        draft: DraftRecord,
        /// The header of the journal.
        header: Header,
    },
    /// A role was granted.
    RoleGranted(RoleAssignment),
    /// A role was revoked.
    RoleRevoked(RoleAssignment),
    /// The canister was installed or upgraded with arguments.
    Configured(CoordinatorArgs),
    /// A fleet was registered, changed or given up.
    Fleet(Box<FleetWrite>),
    /// The coordinator executes a run by itself, or does so no more, or keeps a restart deadline.
    Execution(Box<ExecutionWrite>),
    /// An administrator has set something anew.
    SettingsUpdated(SettingsUpdate),
}

/// A journal that is opened from a whole plan.
pub struct NewJournal {
    /// Its header.
    pub header: Header,
    /// The plan.
    pub plan: BackupPlan,
    /// What is kept of the plan apart from its lists.
    pub record: PlanRecord,
}

/// A change of a fleet.
pub struct FleetWrite {
    /// Its number; none for a new one.
    pub number: Option<FleetNumber>,
    /// The fleet as it is now.
    pub fleet: Fleet,
    /// What is written of its members.
    pub members: MemberWrites,
    /// What to call it.
    pub kind: AuditEventKind,
    /// What was sent.
    pub payload: Option<Payload>,
}

/// A change of the execution of a run.
pub struct ExecutionWrite {
    /// The run.
    pub run: RunNumber,
    /// Its id.
    pub run_id: RunId,
    /// The execution as it is now; none if it stays as it is.
    pub execution: Option<Execution>,
    /// The restart deadline as it is now; none if it stays as it is.
    pub deadline: Option<RestartDeadline>,
    /// What to call it.
    pub kind: AuditEventKind,
}

/// One bounded step of sealing or discarding a draft.
pub enum DraftWork {
    /// Store derived rows.
    Rows {
        /// Behind these.
        start: u32,
        /// The rows.
        rows: Vec<OperationSpec>,
    },
    /// Remove derived rows.
    RemoveRows {
        /// From this one on, which begins a page.
        from: u32,
        /// Up to this one.
        end: u32,
    },
    /// Remove targets.
    RemoveTargets {
        /// From this one on, which begins a page.
        from: u32,
    },
    /// Nothing is left: free the run id.
    Forget,
}
