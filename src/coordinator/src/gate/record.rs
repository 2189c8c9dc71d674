//! The one place through which every change goes: a record and its audit event are written together.
//!
//! What all changes of a call have in common is written once, when the last of them is made: the counters, the header of
//! the run, the hash of the last block, and what the network certifies.

use super::{
    activity,
    certification::certify,
    cycles,
    event::EventParts,
    write::{DraftWork, ExecutionWrite, FleetWrite, NewJournal, Write},
};
use crate::{
    call::Call,
    storage::{
        DraftRecord, FleetKey, FleetRecord, NextRecord, PlanRecord, RunKey, RunNumber, Storage,
        Stored, TargetKey, Totals, numbered,
    },
};
use backup_journal::{
    api::{AuditEvent, CoordinatorArgs, CoordinatorError, DraftPhase, SettingsUpdate, Visibility},
    block::{Hash, Payload, block_type_number},
    fleet::Fleet,
    journal::{Change, Header, Moved, Restart, rows_of},
};

/// Makes one change; see [`Changes::record`].
///
/// # Errors
/// As [`Changes::record`].
pub fn record(storage: &mut Storage, call: &Call, write: Write) -> Result<(), CoordinatorError> {
    record_all(storage, call, |changes| changes.record(write))
}

/// Makes the changes of one call.
pub fn record_all<T>(
    storage: &mut Storage,
    call: &Call,
    make: impl FnOnce(&mut Changes<'_>) -> T,
) -> T {
    let (totals, tip) = (storage.totals.get().0.clone(), storage.tip());
    let mut changes = Changes { storage, call, totals, tip, made: false };
    let answer = make(&mut changes);
    changes.finish();
    answer
}

/// The changes of one call.
pub struct Changes<'a> {
    storage: &'a mut Storage,
    call: &'a Call,
    /// The counters, which are stored when all changes are made.
    totals: Totals,
    /// The hash of the last block, which is stored when all changes are made.
    tip: Option<Hash>,
    /// Whether there was a change.
    made: bool,
}

impl Changes<'_> {
    /// What is stored, with the changes that were made.
    pub const fn storage(&self) -> &Storage {
        self.storage
    }

    /// Performs `write` and appends the audit event that tells of it.
    ///
    /// # Errors
    /// [`CoordinatorError::LimitExceeded`] when the block could not be sent in one reply, and
    /// [`CoordinatorError::OutOfMemory`]; nothing is changed then.
    pub fn record(&mut self, write: Write) -> Result<(), CoordinatorError> {
        let EventParts { run_id, kind, payload } = write.event();
        let number = block_type_number(&kind);
        let Call { caller, now } = *self.call;
        let event =
            AuditEvent { index: self.storage.audit_length(), time: now, caller, run_id, kind };
        let next = NextRecord::new(event, payload.as_deref(), self.tip)?;
        drop(payload);
        if !write.may_use_reserve() {
            self.storage.room.keep_back()?;
        }
        activity::changed(next.event());
        apply(self.storage, &mut self.totals, write);
        self.storage.sweep_behind(&mut self.totals);
        self.tip = Some(next.hash());
        self.storage.append_audit(next);
        self.totals.count_event(number);
        self.made = true;
        Ok(())
    }

    /// Stores what the changes have in common.
    fn finish(self) {
        let Self { storage, call, mut totals, tip, made } = self;
        if made {
            storage.save();
            storage.set_tip(tip);
            totals.burn = totals.burn.seen(call.now, cycles::balance());
            storage.totals.set(Stored(totals));
            certify(storage);
        }
    }
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
        // Nothing of it is stored but the event.
        Write::Noted(_) => {}
        Write::Fleet(write) => write_fleet(storage, totals, *write),
        Write::Execution(write) => write_execution(storage, *write),
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
    storage.add_snapshot_set(&header.fleet, run);
    set_header(storage, totals, run, None, header);
}

fn write_change(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    before: &Header,
    change: Change,
) {
    let Change { header, moved, queues, receipt, artifact, restarts, downtime, wave_begun, proven } =
        change;
    set_header(storage, totals, run, Some(before), header);
    for Moved { sequence, progress, .. } in moved {
        storage.set_progress(run, sequence, progress);
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
    if let Some(downtime) = downtime {
        storage.keep_downtime(run, downtime);
    }
    if let Some((wave, begun)) = wave_begun {
        storage.begin_wave(run, wave, begun);
    }
    storage.keep_authorities(run, before.authorities.other(), proven);
}

/// Sets a header, which a new run did not have before, with everything that is counted or indexed over all runs.
fn set_header(
    storage: &mut Storage,
    totals: &mut Totals,
    run: RunNumber,
    before: Option<&Header>,
    header: Header,
) {
    let had_ended =
        |before: &Header| before.is_over() || (before.is_on_network() && !header.is_over());
    if !before.is_some_and(had_ended) {
        storage.keep_last_backup(run, &header, header.updated_at);
    }
    if let Some(before) = before.filter(|before| before.drill != header.drill)
        && header.drill.as_ref().is_some_and(|drill| drill.proven_targets == header.targets)
    {
        storage.keep_proven(run, before);
    }
    match (before.is_some_and(|before| !before.is_over()), !header.is_over()) {
        (false, true) => storage.count_open_run(header.fleet.as_str(), |runs| runs + 1),
        (true, false) => {
            storage.count_open_run(header.fleet.as_str(), |runs| runs.saturating_sub(1));
        }
        (true, true) | (false, false) => {}
    }
    storage.keep_run_of_fleet(run, before, &header);
    totals.replace(before, &header);
    storage.headers.set(run, Some(Stored(header)));
}

fn write_fleet(storage: &mut Storage, totals: &mut Totals, write: FleetWrite) {
    let number = write.number.unwrap_or_else(|| totals.take_fleet());
    storage.write_members(number, write.members);
    let before = storage.fleet(&write.fleet.fleet).ok().map(|record| record.fleet);
    storage.keep_schedule(before.as_ref(), &write.fleet);
    storage.keep_fleet_known(&write.fleet.fleet);
    storage.keep_discovery(before.as_ref(), &write.fleet);
    storage.save_fleet(FleetRecord { number, fleet: write.fleet });
}

fn write_execution(storage: &mut Storage, write: ExecutionWrite) {
    let ExecutionWrite { run, execution, deadline, .. } = write;
    if let Some(execution) = execution {
        storage.save_execution(run, execution);
    }
    if let Some(deadline) = deadline {
        storage.save_deadline(run, deadline);
    }
}

/// Goes on with removing a fleet that was given up; none when nothing is left of it.
pub fn continue_removal(storage: &mut Storage, record: FleetRecord, limit: usize) -> Option<Fleet> {
    let removed = storage.remove_members(record.number, limit);
    let members = record.fleet.members.saturating_sub(removed);
    if members == 0 {
        storage.fleets.remove(&FleetKey::from(&record.fleet.fleet));
        storage.forget_fleet(&record.fleet.fleet);
        return None;
    }
    let fleet = Fleet { members, ..record.fleet };
    storage.save_fleet(FleetRecord { fleet: fleet.clone(), ..record });
    Some(fleet)
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
