//! The one place through which every change goes: a record and its audit event are written together.

use crate::{
    Call,
    storage::{
        Config, PlanRecord, ProvenRecord, RunKey, RunNumber, Small, Storage, Stored, TargetKey,
        numbered,
    },
};
use backup_journal::{
    RunId,
    api::{AuditEvent, AuditEventKind, RoleAssignment, Visibility},
    journal::{Change, Header, OperationSpec, Restart},
    plan::BackupTarget,
};

/// A change that has passed every check.
pub enum Entry {
    /// A journal was opened.
    Created(Box<NewJournal>),
    /// A journal moved.
    Moved {
        /// Which.
        run: RunNumber,
        /// How.
        change: Box<Change>,
        /// What to call it.
        kind: AuditEventKind,
    },
    /// A role was granted.
    RoleGranted(RoleAssignment),
    /// A role was revoked.
    RoleRevoked(RoleAssignment),
    /// The canister was installed or upgraded with arguments.
    Configured {
        /// Roles to grant.
        roles: Vec<RoleAssignment>,
        /// Who may read from now on.
        visibility: Option<Visibility>,
    },
}

/// Everything a journal starts with.
pub struct NewJournal {
    /// Its header.
    pub header: Header,
    /// The plan apart from its lists.
    pub plan: PlanRecord,
    /// The targets.
    pub targets: Vec<BackupTarget>,
    /// The rows.
    pub rows: Vec<OperationSpec>,
}

/// Writes `entry` and the audit event that tells of it.
pub fn record(storage: &mut Storage, call: &Call, entry: Entry) {
    let (run_id, kind) = apply(storage, entry);
    let event = AuditEvent {
        index: storage.audit.len(),
        time: call.now,
        caller: call.caller,
        run_id,
        kind,
    };
    storage
        .audit
        .append(&Stored(event))
        .expect("BUG: stable memory is exhausted");
}

fn apply(storage: &mut Storage, entry: Entry) -> (Option<RunId>, AuditEventKind) {
    match entry {
        Entry::Created(journal) => create(storage, *journal),
        Entry::Moved { run, change, kind } => {
            let run_id = change.header.run_id.clone();
            write_change(storage, run, *change);
            (Some(run_id), kind)
        }
        Entry::RoleGranted(assignment) => {
            storage.grant(assignment);
            (None, AuditEventKind::RoleGranted(assignment))
        }
        Entry::RoleRevoked(assignment) => {
            storage.revoke(assignment);
            (None, AuditEventKind::RoleRevoked(assignment))
        }
        Entry::Configured { roles, visibility } => {
            roles
                .iter()
                .for_each(|assignment| storage.grant(*assignment));
            if let Some(visibility) = visibility {
                storage.config.set(Stored(Config { visibility }));
            }
            (None, AuditEventKind::Configured { roles, visibility })
        }
    }
}

fn create(storage: &mut Storage, journal: NewJournal) -> (Option<RunId>, AuditEventKind) {
    let NewJournal {
        header,
        plan,
        targets,
        rows,
    } = journal;
    let run = RunNumber(storage.run_count());
    let run_id = header.run_id.clone();
    let kind = AuditEventKind::JournalCreated {
        plan_id: header.plan_id.clone(),
        targets: header.targets,
        operations: header.operations,
    };
    storage.run_numbers.insert(RunKey::from(&run_id), run);
    storage.insert_targets(run, &targets);
    storage.insert_operations(run, &rows);
    storage.plans.insert(run, Stored(plan));
    storage.headers.insert(run, Stored(header));
    (Some(run_id), kind)
}

fn write_change(storage: &mut Storage, run: RunNumber, change: Change) {
    let Change {
        header,
        progress,
        receipt,
        artifact,
        restart,
        proven,
    } = change;
    storage.headers.insert(run, Stored(header));
    if let Some((sequence, progress)) = progress {
        storage
            .progress
            .insert(numbered(run, sequence.0), Small(progress));
    }
    if let Some(receipt) = receipt {
        storage
            .receipts
            .insert(numbered(run, receipt.index.0), Stored(receipt));
    }
    if let Some((target, artifact)) = artifact {
        storage
            .artifacts
            .insert(TargetKey { run, target }, Stored(artifact));
    }
    match restart {
        Some(Restart::Owed { target, since }) => {
            storage
                .owed_starts
                .insert(TargetKey { run, target }, since.0);
        }
        Some(Restart::Settled { target }) => {
            storage.owed_starts.remove(&TargetKey { run, target });
        }
        None => {}
    }
    for proof in proven {
        let key = TargetKey {
            run,
            target: proof.canister_id,
        };
        let record = ProvenRecord {
            control: proof.control,
            snapshot_read: proof.snapshot_read,
        };
        storage.authorities.insert(key, Stored(record));
    }
}
