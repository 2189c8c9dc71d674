//! The one place through which every change goes: a record and its audit event are written together.

use super::{
    activity,
    certification::certify,
    cycles,
    event::EventParts,
    write::{DraftWork, NewJournal, Write},
};
use crate::{
    call::Call,
    storage::{
        DraftRecord, PlanRecord, RunKey, RunNumber, Storage, Stored, TargetKey, Totals, numbered,
    },
};
use backup_journal::{
    api::{AuditEvent, CoordinatorArgs, CoordinatorError, DraftPhase, SettingsUpdate, Visibility},
    block::{Payload, block_type_number},
    journal::{Change, Header, Moved, Restart, rows_of},
};

/// Performs `write` and appends the audit event that tells of it.
///
/// # Errors
/// [`CoordinatorError::LimitExceeded`] when the block could not be sent in one reply, and
/// [`CoordinatorError::OutOfMemory`]; nothing is changed then.
pub fn record(storage: &mut Storage, call: &Call, write: Write) -> Result<(), CoordinatorError> {
    let EventParts { run_id, kind, payload } = write.event();
    let number = block_type_number(&kind);
    let index = storage.audit_length();
    let event = AuditEvent { index, time: call.now, caller: call.caller, run_id, kind };
    let next = storage.next_audit_record(event, payload.as_deref())?;
    drop(payload);
    if !write.may_use_reserve() {
        storage.room.keep_back()?;
    }
    activity::changed(next.event());
    let mut totals = storage.totals.get().0.clone();
    apply(storage, &mut totals, write);
    storage.sweep_behind(&mut totals);
    storage.append_audit(next);
    totals.count_event(number);
    totals.burn = totals.burn.seen(call.now, cycles::balance());
    storage.totals.set(Stored(totals));
    certify(storage);
    Ok(())
}

fn apply(storage: &mut Storage, totals: &mut Totals, write: Write) {
    match write {
        Write::Created(journal) => create(storage, totals, *journal),
        Write::Moved { run, before, change, .. } => {
            write_change(storage, totals, run, &before, *change);
        }
        Write::DraftBegun { header, caller, now } => {
            storage.save_draft(DraftRecord::new(totals.take_run(), header, caller, now));
        }
        Write::Drafted { before, after, payload, .. } => {
            if let Some(Payload::Targets(targets)) = &payload {
                storage.append_draft_targets(&before, targets);
            }
            storage.save_draft(after);
        }
        Write::Sealed { draft, header } => seal(storage, totals, draft, header),
        Write::RoleGranted(assignment) => storage.grant(assignment),
        Write::RoleRevoked(assignment) => storage.revoke(assignment),
        Write::Configured(args) => configure(storage, args),
        Write::SettingsUpdated(SettingsUpdate { visibility, restart_overdue_after_seconds }) => {
            set(storage, visibility, restart_overdue_after_seconds);
        }
    }
}

fn create(storage: &mut Storage, totals: &mut Totals, journal: NewJournal) {
    let NewJournal { header, plan, record } = journal;
    let run = totals.take_run();
    storage.append_targets(run, 0, &plan.targets);
    storage.append_rows(run, 0, &rows_of(&plan));
    open_journal(storage, totals, run, header, record);
}

fn seal(storage: &mut Storage, totals: &mut Totals, draft: DraftRecord, header: Header) {
    storage.drafts.remove(&RunKey::from(&header.run_id));
    let record = PlanRecord {
        header: draft.header,
        digest: draft.digest.to_vec(),
        created_by: draft.created_by,
    };
    open_journal(storage, totals, draft.run, header, record);
}

fn open_journal(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    header: Header,
    record: PlanRecord,
) {
    storage.run_numbers.insert(RunKey::from(&header.run_id), run);
    storage.plans.insert(run, Stored(record));
    write_header(storage, totals, run, None, header);
}

fn write_change(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    before: &Header,
    change: Change,
) {
    let Change { header, moved, queues, receipt, artifact, restarts, proven } = change;
    write_header(storage, totals, run, Some(before), header);
    for Moved { sequence, progress, .. } in moved {
        storage.progress.insert(numbered(run, sequence.0), Stored(progress));
    }
    for change in queues {
        storage.move_in_queues(run, change);
    }
    if let Some(receipt) = receipt {
        storage.receipts.insert(numbered(run, receipt.index.0), Stored(receipt));
    }
    if let Some((target, artifact)) = artifact {
        storage.artifacts.insert(TargetKey { run, target }, Stored(artifact));
    }
    for restart in restarts {
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
    if !before.is_some_and(Header::is_over) {
        storage.keep_last_backup(run, &header, header.updated_at);
    }
    totals.replace(before, &header);
    storage.headers.insert(run, Stored(header));
}

fn configure(storage: &mut Storage, args: CoordinatorArgs) {
    let CoordinatorArgs { roles, visibility, restart_overdue_after_seconds } = args;
    for assignment in roles {
        storage.grant(assignment);
    }
    set(storage, visibility, restart_overdue_after_seconds);
}

fn set(storage: &mut Storage, visibility: Option<Visibility>, overdue_after: Option<u64>) {
    let settings = storage.settings().with(visibility, overdue_after);
    storage.settings.set(Stored(settings));
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
