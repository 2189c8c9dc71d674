//! The audit event of a change, made before the change is.

use super::write::{NewJournal, Write};
use backup_journal::{
    Rules, RunId,
    api::{AuditEventKind, CoordinatorArgs, SettingsUpdate},
    block::Payload,
    journal::Header,
};
use std::borrow::Cow;

/// The parts of an audit event that the change decides.
pub(super) struct EventParts<'a> {
    pub(super) run_id: Option<RunId>,
    pub(super) kind: AuditEventKind,
    pub(super) payload: Option<Cow<'a, Payload>>,
}

impl Write {
    /// Its audit event.
    pub(super) fn event(&self) -> EventParts<'_> {
        let own = |payload| Some(Cow::Owned(payload));
        match self {
            Self::Created(journal) => {
                let NewJournal { header, plan, .. } = &**journal;
                EventParts::of_run(
                    &header.run_id,
                    created(header),
                    own(Payload::Plan(plan.clone())),
                )
            }
            Self::Moved { change, kind, payload, .. } => EventParts::of_run(
                &change.header.run_id,
                kind.clone(),
                payload.as_ref().map(Cow::Borrowed),
            ),
            Self::DraftBegun { header, .. } => {
                let (plan_id, rules) = (header.plan_id.clone(), Rules::CURRENT);
                let kind = AuditEventKind::DraftBegun { plan_id, rules };
                EventParts::of_run(&header.run_id, kind, own(Payload::Header(header.clone())))
            }
            Self::Drafted { after, kind, payload, .. } => {
                let payload = payload.as_ref().map(Cow::Borrowed);
                EventParts::of_run(&after.header.run_id, kind.clone(), payload)
            }
            Self::Sealed { header, .. } => EventParts::of_run(&header.run_id, sealed(header), None),
            Self::RoleGranted(grant) => {
                EventParts::without_run(AuditEventKind::RoleGranted(grant.clone()), None)
            }
            Self::RoleRevoked(grant) => {
                EventParts::without_run(AuditEventKind::RoleRevoked(grant.clone()), None)
            }
            Self::Fleet(write) => EventParts::without_run(
                write.kind.clone(),
                write.payload.as_ref().map(Cow::Borrowed),
            ),
            Self::Noted(kind) => EventParts::without_run(kind.clone(), None),
            Self::Execution(write) => EventParts::of_run(&write.run_id, write.kind.clone(), None),
            Self::SettingsUpdated(update) => EventParts::without_run(updated(*update), None),
            Self::Configured(args) => {
                EventParts::without_run(configured(args), own(Payload::Roles(args.roles.clone())))
            }
        }
    }

    /// Whether the change may use reserved memory. These are changes that end something: receipts, and the changes of
    /// a run with stopped canisters, since its starts come last. For a sealed draft the room was checked when sealing
    /// began.
    pub(super) fn may_use_reserve(&self) -> bool {
        match self {
            Self::Created(_) | Self::DraftBegun { .. } | Self::RoleGranted(_) | Self::Noted(_) => {
                false
            }
            Self::Drafted { kind, .. } => matches!(kind, AuditEventKind::DraftDiscarded { .. }),
            Self::Fleet(write) => matches!(
                write.kind,
                AuditEventKind::FleetRemoved { .. } | AuditEventKind::ScheduleRemoved { .. }
            ),
            Self::Moved { before, kind, .. } => match kind {
                AuditEventKind::OperationClaimed { .. }
                | AuditEventKind::OperationsClaimed { .. } => before.starts_owed > 0,
                AuditEventKind::PreflightAccepted { .. }
                | AuditEventKind::PreflightReceiptsAccepted { .. }
                | AuditEventKind::PreflightReceiptsAppended { .. } => false,
                _ => true,
            },
            Self::Execution(_)
            | Self::Sealed { .. }
            | Self::RoleRevoked(_)
            | Self::Configured(_)
            | Self::SettingsUpdated(_) => true,
        }
    }
}

impl<'a> EventParts<'a> {
    fn of_run(run_id: &RunId, kind: AuditEventKind, payload: Option<Cow<'a, Payload>>) -> Self {
        Self { run_id: Some(run_id.clone()), kind, payload }
    }

    const fn without_run(kind: AuditEventKind, payload: Option<Cow<'a, Payload>>) -> Self {
        Self { run_id: None, kind, payload }
    }
}

fn created(header: &Header) -> AuditEventKind {
    AuditEventKind::JournalCreated {
        plan_id: header.plan_id.clone(),
        targets: header.targets,
        operations: header.operations,
        rules: header.rules,
    }
}

fn sealed(header: &Header) -> AuditEventKind {
    AuditEventKind::DraftSealed {
        plan_id: header.plan_id.clone(),
        targets: header.targets,
        operations: header.operations,
    }
}

fn configured(args: &CoordinatorArgs) -> AuditEventKind {
    AuditEventKind::Configured {
        roles: args.roles.clone(),
        visibility: args.visibility,
        restart_overdue_after_seconds: args.restart_overdue_after_seconds,
    }
}

const fn updated(update: SettingsUpdate) -> AuditEventKind {
    let SettingsUpdate { visibility, restart_overdue_after_seconds } = update;
    AuditEventKind::SettingsUpdated { visibility, restart_overdue_after_seconds }
}
