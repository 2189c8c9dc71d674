//! An attempt at an operation, with what is noted about it.

use crate::{
    call::Call,
    executor::report,
    gate::{log, notes},
    storage::{self, RunNumber, StoredJournal},
};
use backup_fleet::{CallFailed, Reaction, error::may_still_happen, reaction};
use backup_journal::{
    RunId, Sequence, Timestamp,
    execution::{CallNote, LateStop, TargetNote, retry_nanos, wait_nanos},
    journal::{JournalView, OperationReceipt, OperationState, ReceiptOutcome},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

const SECOND: u64 = 1_000_000_000;

/// An attempt at an operation.
pub struct Attempt {
    pub run: RunNumber,
    pub run_id: RunId,
    pub sequence: Sequence,
    pub kind: Kind,
    pub target: Principal,
    /// Only find out whether the operation was done.
    pub look_only: bool,
    max_attempts: u32,
}

impl Attempt {
    /// The attempt at an operation; none if the operation is not claimed any more.
    pub fn of(run: RunNumber, sequence: Sequence, look_only: bool) -> Option<Self> {
        storage::read(|storage| {
            let max_attempts = storage.execution(run)?.policy.max_attempts;
            let journal = StoredJournal::new(storage, run);
            let header = journal.header();
            let operation = journal.operation(header, sequence)?;
            let claimed = operation.state == OperationState::Pending;
            let target = operation.target_canister_id.filter(|_| claimed)?;
            let (run_id, kind) = (header.run_id.clone(), operation.kind);
            Some(Self { run, run_id, sequence, kind, target, look_only, max_attempts })
        })
    }

    /// What is noted about its calls.
    pub fn note(&self) -> CallNote {
        storage::read(|storage| storage.call_note(self.run, self.sequence))
    }

    /// What is noted about its target.
    pub fn target_note(&self) -> TargetNote {
        storage::read(|storage| storage.target_note(self.run, &self.target))
    }

    /// Changes what is noted about its calls.
    pub fn change_note(&self, change: impl FnOnce(&mut CallNote)) {
        storage::write(|storage| {
            let mut note = storage.call_note(self.run, self.sequence);
            change(&mut note);
            notes::call(storage, self.run, self.sequence, note);
        });
    }

    /// Notes until when a stop of its target may still take effect, or that it cannot any more.
    pub fn set_late_stop(&self, until: Option<Timestamp>) {
        let late = until.map(|until| LateStop { until, next_look: Call::of_coordinator().now });
        storage::write(|storage| notes::late_stop(storage, self.run, self.target, late));
    }

    /// Notes that a call is made that may take effect within `seconds`. None if it was made often enough.
    pub fn note_call(&self, seconds: u32) -> Option<Timestamp> {
        let note = self.note();
        if note.calls >= self.max_attempts && !self.kind.outlives_abort() {
            let last = note.last_error.unwrap_or_default();
            self.failed(&format!("it was not done by {} calls; the last: {last}", note.calls));
            return None;
        }
        let gives_up_at = Timestamp(Call::of_coordinator().now.0 + u64::from(seconds) * SECOND);
        self.change_note(|note| {
            note.calls += 1;
            note.gives_up_at = Some(gives_up_at);
        });
        Some(gives_up_at)
    }

    /// Whether a call whose outcome is not known can still take effect.
    pub fn may_still_happen(&self) -> bool {
        self.note().gives_up_at.is_some_and(|at| at > Call::of_coordinator().now)
    }

    /// Tries again when the last call can take effect no more, or a little later.
    pub fn wait(&self, reason: &str) {
        let now = Call::of_coordinator().now;
        self.change_note(|note| {
            note.went_wrong(now, wait_nanos);
            note.last_error = Some(report::short(reason));
            let last_moment = note.gives_up_at.filter(|at| *at > now);
            note.not_before = note.not_before.into_iter().chain(last_moment).min();
        });
    }

    /// Waits for longer after each error, and for as long as it takes.
    pub fn wait_longer(&self, reason: &str) {
        let now = Call::of_coordinator().now;
        self.change_note(|note| {
            note.went_wrong(now, wait_nanos);
            note.last_error = Some(report::short(reason));
        });
    }

    /// Records that the operation is done.
    pub fn done(&self, complete: impl FnOnce(OperationReceipt) -> OperationReceipt) {
        let call = Call::of_coordinator();
        report::report(self.run, self.sequence, &call, ReceiptOutcome::Completed, complete);
    }

    /// Records that the operation has nothing to do any more.
    pub fn skipped(&self) {
        let call = Call::of_coordinator();
        report::report(self.run, self.sequence, &call, ReceiptOutcome::Skipped, |receipt| receipt);
    }

    /// Records that the operation is not done, and will not be by another attempt.
    pub fn failed(&self, reason: &str) {
        self.change_note(|note| note.is_final = true);
        self.report_failure(reason);
    }

    fn report_failure(&self, reason: &str) {
        // What was taken is told, so that somebody can delete it.
        let taken = self.note().taken.map(|id| hex::encode(&**id));
        let reason = match taken.filter(|id| !reason.contains(id.as_str())) {
            Some(id) => format!("{reason}; its snapshot {id} was taken"),
            None => reason.to_string(),
        };
        let (run_id, kind, target) = (&self.run_id, self.kind, self.target);
        log::trouble(format_args!("run {run_id}: {kind} of {target}: {reason}"));
        let reason = Some(report::short(&reason));
        let complete =
            |receipt: OperationReceipt| OperationReceipt { failure_reason: reason, ..receipt };
        report::report(
            self.run,
            self.sequence,
            &Call::of_coordinator(),
            ReceiptOutcome::Failed,
            complete,
        );
    }

    /// A call that does the operation went wrong.
    pub fn call_failed(&self, failed: &CallFailed) {
        let reason = failed.to_string();
        match reaction(&failed.error) {
            Reaction::GiveUp => self.failed(&reason),
            Reaction::Look => {
                if !may_still_happen(&failed.error) {
                    self.change_note(|note| note.gives_up_at = None);
                }
                self.wait(&reason);
            }
            Reaction::Retry => {
                let now = Call::of_coordinator().now;
                self.change_note(|note| {
                    note.calls = note.calls.saturating_sub(1);
                    note.went_wrong(now, retry_nanos);
                });
                self.report_failure(&reason);
            }
        }
    }

    /// The target is not as it should be yet. This is looked at for a while.
    pub fn not_yet(&self, reason: &str) {
        if self.note().errors >= self.max_attempts {
            self.failed(reason);
        } else {
            self.wait(reason);
        }
    }

    /// A call that only looks went wrong. After a call whose outcome is not known this is tried for longer, because what
    /// that call has left must be found.
    pub fn look_failed(&self, failed: &CallFailed) {
        let note = self.note();
        let unsettled = note.calls > 0;
        let refused = reaction(&failed.error) == Reaction::GiveUp && !unsettled;
        if refused || note.errors >= self.max_attempts {
            let unknown = if unsettled { "its outcome is not known; " } else { "" };
            self.failed(&format!("{unknown}{failed}"));
        } else {
            self.wait(&failed.to_string());
        }
    }
}
