//! The one place through which every change goes: a record and its audit event are written together.

use crate::{
    Call,
    certification::certify,
    http::watch,
    resources,
    storage::{
        ClaimKey, DraftRecord, PlanRecord, RunKey, RunNumber, Storage, Stored, TargetKey, Totals,
        numbered,
    },
};
use backup_journal::{
    RunId, Timestamp,
    api::{AuditEvent, AuditEventKind, CoordinatorArgs, DraftPhase, RoleAssignment},
    block::{Entry, Payload, block_type_number},
    journal::{Change, Header, Moved, OperationSpec, Restart},
    plan::{BackupPlan, PlanHeader},
};
use candid::Principal;

/// A change that has passed every check.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on its way to be written")]
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

/// Performs `write` and appends the audit event that tells of it.
pub fn record(storage: &mut Storage, call: &Call, write: Write) {
    let mut totals = storage.totals.get().0.clone();
    let Told { run_id, kind, payload } = apply(storage, &mut totals, write);
    let number = block_type_number(&kind);
    let event = AuditEvent {
        index: storage.audit_length(),
        time: call.now,
        caller: call.caller,
        run_id,
        kind,
    };
    watch::changed(&event);
    storage.append_audit(Entry { event, payload });
    totals.count_event(number);
    totals.burn = totals.burn.seen(call.now, resources::balance());
    storage.totals.set(Stored(totals));
    certify(storage);
}

/// What is told of a change.
struct Told {
    run_id: Option<RunId>,
    kind: AuditEventKind,
    payload: Option<Payload>,
}

fn apply(storage: &mut Storage, totals: &mut Totals, write: Write) -> Told {
    match write {
        Write::Created(journal) => create(storage, totals, *journal),
        Write::Moved { run, before, change, kind, payload } => {
            let run_id = Some(change.header.run_id.clone());
            write_change(storage, totals, run, &before, *change);
            Told { run_id, kind, payload }
        }
        Write::DraftBegun { header, caller, now } => {
            let draft = DraftRecord::new(totals.take_run(), header, caller, now);
            let kind = AuditEventKind::DraftBegun {
                plan_id: draft.header.plan_id.clone(),
                rules: draft.rules,
            };
            let payload = Some(Payload::Header(draft.header.clone()));
            let run_id = Some(draft.header.run_id.clone());
            storage.save_draft(draft);
            Told { run_id, kind, payload }
        }
        Write::Drafted { before, after, kind, payload } => {
            if let Some(Payload::Targets(targets)) = &payload {
                storage.append_draft_targets(&before, targets);
            }
            let run_id = Some(after.header.run_id.clone());
            storage.save_draft(after);
            Told { run_id, kind, payload }
        }
        Write::Sealed { draft, header } => seal(storage, totals, draft, header),
        Write::RoleGranted(assignment) => {
            storage.grant(assignment);
            Told { run_id: None, kind: AuditEventKind::RoleGranted(assignment), payload: None }
        }
        Write::RoleRevoked(assignment) => {
            storage.revoke(assignment);
            Told { run_id: None, kind: AuditEventKind::RoleRevoked(assignment), payload: None }
        }
        Write::Configured(args) => configure(storage, args),
    }
}

fn create(storage: &mut Storage, totals: &mut Totals, journal: NewJournal) -> Told {
    let NewJournal { header, plan, record } = journal;
    let run = totals.take_run();
    storage.append_targets(run, 0, &plan.targets);
    storage.append_rows(run, 0, &OperationSpec::rows(&plan.phases));
    let kind = AuditEventKind::JournalCreated {
        plan_id: header.plan_id.clone(),
        targets: header.targets,
        operations: header.operations,
        rules: header.rules,
    };
    let run_id = open_journal(storage, totals, run, header, record);
    Told { run_id: Some(run_id), kind, payload: Some(Payload::Plan(plan)) }
}

fn seal(storage: &mut Storage, totals: &mut Totals, draft: DraftRecord, header: Header) -> Told {
    storage.drafts.remove(&RunKey::from(&header.run_id));
    let kind = AuditEventKind::DraftSealed {
        plan_id: header.plan_id.clone(),
        targets: header.targets,
        operations: header.operations,
    };
    let record = PlanRecord {
        header: draft.header,
        digest: draft.digest.to_vec(),
        created_by: draft.created_by,
    };
    let run_id = open_journal(storage, totals, draft.run, header, record);
    Told { run_id: Some(run_id), kind, payload: None }
}

fn open_journal(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    header: Header,
    record: PlanRecord,
) -> RunId {
    let run_id = header.run_id.clone();
    storage.run_numbers.insert(RunKey::from(&run_id), run);
    storage.plans.insert(run, Stored(record));
    write_header(storage, totals, run, None, header);
    run_id
}

fn write_change(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    before: &Header,
    change: Change,
) {
    let Change { header, moved, receipt, artifact, restart, proven } = change;
    write_header(storage, totals, run, Some(before), header);
    if let Some(Moved { sequence, progress, .. }) = moved {
        storage.progress.insert(numbered(run, sequence.0), Stored(progress));
    }
    if let Some(receipt) = receipt {
        storage.receipts.insert(numbered(run, receipt.index.0), Stored(receipt));
    }
    if let Some((target, artifact)) = artifact {
        storage.artifacts.insert(TargetKey { run, target }, Stored(artifact));
    }
    if let Some(restart) = restart {
        let (target, owed) = match restart {
            Restart::Owed { target, owed } => (target, Some(owed)),
            Restart::Settled { target } => (target, None),
        };
        storage.set_owed_start(run, target, owed);
    }
    storage.keep_authorities(run, before.authorities.other(), proven);
}

/// Writes a header with everything that is counted or indexed over all runs.
fn write_header(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    before: Option<&Header>,
    header: Header,
) {
    let claimed = before.and_then(|before| before.pending_since);
    if claimed != header.pending_since {
        if let Some(since) = claimed {
            storage.claims.remove(&ClaimKey { since, run });
        }
        if let Some(since) = header.pending_since {
            storage.claims.insert(ClaimKey { since, run }, ());
        }
    }
    if !before.is_some_and(Header::is_over) {
        storage.keep_last_backup(run, &header, header.updated_at);
    }
    totals.replace(before, &header);
    storage.headers.insert(run, Stored(header));
}

fn configure(storage: &mut Storage, args: CoordinatorArgs) -> Told {
    let CoordinatorArgs { roles, visibility, restart_overdue_after_seconds } = args;
    for assignment in &roles {
        storage.grant(*assignment);
    }
    let settings = storage.settings().with(visibility, restart_overdue_after_seconds);
    storage.settings.set(Stored(settings));
    let payload = Some(Payload::Roles(roles.clone()));
    let kind = AuditEventKind::Configured { roles, visibility, restart_overdue_after_seconds };
    Told { run_id: None, kind, payload }
}

/// Goes on with deriving or removing what belongs to a draft. What a draft says, and so the audit trail,
/// is not changed by it.
pub fn continue_draft(storage: &mut Storage, draft: DraftRecord, work: DraftWork) {
    match work {
        DraftWork::Rows { start, rows } => {
            storage.append_rows(draft.run, start, &rows);
            storage.save_draft(draft);
        }
        DraftWork::RemoveRows { from, end } => {
            storage.remove_draft_rows(&draft, from, end);
            let phase = DraftPhase::Discarding { operations_written: from };
            storage.save_draft(DraftRecord { phase, ..draft });
        }
        DraftWork::RemoveTargets { from } => {
            storage.remove_draft_targets(&draft, from);
            storage.save_draft(DraftRecord { targets: from, ..draft });
        }
        DraftWork::Forget => {
            storage.drafts.remove(&RunKey::from(&draft.header.run_id));
        }
    }
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
