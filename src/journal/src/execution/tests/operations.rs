//! How tasks end: as the network likes. What is noted of it is what the coordinator notes.

use super::world::{SECOND, World};
use crate::{
    Sequence, Timestamp,
    execution::{CallNote, LateStop, Look, Looked, Notes, Task, retry_nanos, wait_nanos},
    journal::{JournalView, OperationState, ReceiptOutcome, StopOutcome, settle_start},
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

/// How long the coordinator waits for the answer to a stop.
const STOP: u64 = 120 * SECOND;
/// The same for a snapshot, a start, and a check.
const CALL: u64 = 60 * SECOND;
/// The network gives up stopping after this time.
const STOPPING: u64 = 300 * SECOND;
/// A stop that a driver outside has sent can take effect for so long after the run was aborted.
const OUTSIDE: u64 = 600 * SECOND;
/// How often a target is looked at that may be stopped late.
const LOOK_EVERY: u64 = 20 * SECOND;

/// The answer to a call that does an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    Done,
    /// It is not done, and never will be.
    Refused,
    /// It is not done now.
    Later,
    /// Rejected before it was delivered.
    Transient,
    Unknown,
}

impl World {
    /// A task ends.
    pub fn end(&mut self, task: Task) {
        let look_only = self.tasks.remove(&task).expect("it is under way");
        // A message that traps leaves what was noted before the call.
        let trap = self.dice.hits(32);
        match task {
            Task::Check(position) if !trap => self.end_check(position),
            Task::Watch(target) if !trap => self.end_watch(target),
            Task::Check(_) | Task::Watch(_) | Task::Delete(_) | Task::Discover => {}
            Task::Perform(sequence) => self.end_operation(sequence, look_only, trap),
        }
    }

    fn end_check(&mut self, position: u32) {
        let target = self.journal.target(position).expect("there is such a target");
        let (round, at) = (self.execution.preflight_round, self.now);
        let most = self.execution.policy.max_attempts;
        let running = !self.stopped.contains(&target);
        let outcome = self.dice.roll(16);
        let note = self.targets.entry(target).or_default();
        let found = match outcome {
            11..=14 => {
                note.errors += 1;
                note.not_before = Some(Timestamp(at.0 + wait_nanos(note.errors)));
                if note.errors < most {
                    return;
                }
                Looked::NotReady { reason: "it does not answer".to_string() }
            }
            15 => Looked::NotReady { reason: "it has ten snapshots".to_string() },
            _ => Looked::Ready { running, snapshots: Vec::new(), module_hash: None },
        };
        note.look = Some(Look { round, at, found });
        (note.errors, note.not_before) = (0, None);
    }

    fn note(&mut self, sequence: Sequence) -> &mut CallNote {
        self.calls.entry(sequence).or_default()
    }

    fn is_claimed(&self, sequence: Sequence) -> bool {
        let operation = self.journal.operation(self.journal.header(), sequence);
        operation.is_some_and(|it| it.state == OperationState::Pending)
    }

    fn end_operation(&mut self, sequence: Sequence, look_only: bool, trap: bool) {
        if !self.is_claimed(sequence) {
            assert!(self.meddled.contains(&sequence), "nobody else has reported {sequence}");
            return;
        }
        if self.kind(sequence) == Kind::Start {
            return self.end_start(sequence, trap);
        }
        let note = self.call_note(sequence);
        if note.calls > 0 && !self.looked(sequence, look_only) {
            return;
        }
        assert!(!look_only, "an operation without calls is not looked at");
        self.call(sequence, trap);
    }

    /// Looks at the target after a call that was not answered; whether another call is made.
    fn looked(&mut self, sequence: Sequence, look_only: bool) -> bool {
        if self.dice.hits(8) {
            let most = self.execution.policy.max_attempts;
            let endless = self.kind(sequence).outlives_abort();
            if self.call_note(sequence).errors >= most && !endless {
                self.failed(sequence, "its outcome is not known", true);
            } else {
                self.wait(sequence);
            }
            return false;
        }
        let (target, kind) = (self.target_of(sequence), self.kind(sequence));
        let done = match kind {
            Kind::Stop => self.stopped.contains(&target),
            _ => self.unknown_done.contains(&sequence),
        };
        let open = self.call_note(sequence).gives_up_at.is_some_and(|at| at > self.now);
        if done {
            self.done(sequence);
        } else if look_only && (kind == Kind::Stop || !open) {
            self.failed(sequence, "it was not done", true);
        } else if open {
            self.wait(sequence);
        } else {
            return true;
        }
        false
    }

    fn call(&mut self, sequence: Sequence, trap: bool) {
        let (kind, target) = (self.kind(sequence), self.target_of(sequence));
        let policy = self.execution.policy;
        if self.call_note(sequence).calls >= policy.max_attempts && !kind.outlives_abort() {
            return self.failed(sequence, "it was not done by so many calls", true);
        }
        if kind == Kind::CreateSnapshot && !self.stopped.contains(&target) {
            return self.failed(sequence, "somebody started it", true);
        }
        if matches!(kind, Kind::LoadSnapshot | Kind::RollBack) {
            // One that somebody has started is stopped again.
            self.stopped.insert(target);
        }
        let seconds = if kind == Kind::Stop { STOP } else { CALL };
        let gives_up_at = Timestamp(self.now.0 + seconds);
        let note = self.note(sequence);
        note.calls += 1;
        note.gives_up_at = Some(gives_up_at);
        if kind == Kind::Stop {
            self.set_late_stop(target, Some(Timestamp(gives_up_at.0 + STOPPING)));
        }
        let answer = if trap { Answer::Unknown } else { self.answer() };
        match answer {
            Answer::Refused | Answer::Later if kind == Kind::RollBack => self.wait(sequence),
            Answer::Done => {
                if kind == Kind::Stop {
                    self.set_late_stop(target, None);
                }
                self.done(sequence);
            }
            Answer::Refused => {
                if kind == Kind::Stop && self.call_note(sequence).calls == 1 {
                    self.set_late_stop(target, None);
                }
                self.failed(sequence, "out of cycles", true);
            }
            Answer::Later => {
                let now = self.now;
                let note = self.note(sequence);
                note.calls -= 1;
                note.errors += 1;
                note.not_before = Some(Timestamp(now.0 + retry_nanos(note.errors)));
                self.failed(sequence, "too much was written lately", false);
            }
            Answer::Transient => {
                self.note(sequence).gives_up_at = None;
                self.wait(sequence);
            }
            Answer::Unknown => {
                self.unanswered(sequence, kind, target);
                if !trap {
                    self.wait(sequence);
                }
            }
        }
    }

    /// A call whose outcome is not known: it was executed, or not, or will be.
    fn unanswered(&mut self, sequence: Sequence, kind: Kind, target: Principal) {
        match (self.dice.roll(3), kind) {
            (0, _) => {}
            (1, Kind::Stop) => {
                if !self.gone.contains(&target) {
                    self.stopped.insert(target);
                }
            }
            (_, Kind::Stop) => {
                let within = (STOP + STOPPING) / SECOND;
                let after = within * self.dice.roll(256) as u64 / 256;
                self.to_come.push((Timestamp(self.now.0 + after * SECOND), target));
            }
            _ => {
                self.unknown_done.insert(sequence);
                self.load(kind, target);
            }
        }
    }

    fn answer(&mut self) -> Answer {
        match self.dice.roll(32) {
            31 => Answer::Refused,
            28..=30 => Answer::Later,
            25..=27 => Answer::Transient,
            20..=24 => Answer::Unknown,
            _ => Answer::Done,
        }
    }

    /// Another look comes when the call can take effect no more, or a little later.
    fn wait(&mut self, sequence: Sequence) {
        let now = self.now;
        let note = self.note(sequence);
        note.errors += 1;
        note.last_error = Some("no answer".to_string());
        let soon = Timestamp(now.0 + wait_nanos(note.errors));
        let last = note.gives_up_at.filter(|at| *at > now);
        note.not_before = Some(last.map_or(soon, |at| at.min(soon)));
    }

    fn done(&mut self, sequence: Sequence) {
        let target = self.target_of(sequence);
        match self.kind(sequence) {
            Kind::Stop => {
                // The answer may come when the canister exists no more.
                if !self.gone.contains(&target) {
                    self.stopped.insert(target);
                }
                self.to_come.retain(|(_, late)| *late != target);
            }
            Kind::CreateSnapshot | Kind::VerifyMember => {}
            kind @ (Kind::LoadSnapshot | Kind::RollBack) => self.load(kind, target),
            kind => panic!("the coordinator does not perform {kind:?}"),
        }
        self.report(sequence, ReceiptOutcome::Completed, None);
    }

    fn load(&mut self, kind: Kind, target: Principal) {
        match kind {
            Kind::LoadSnapshot => _ = self.restored.insert(target),
            Kind::RollBack => _ = self.restored.remove(&target),
            _ => {}
        }
    }

    fn failed(&mut self, sequence: Sequence, reason: &str, is_final: bool) {
        if is_final {
            self.note(sequence).is_final = true;
        }
        self.report(sequence, ReceiptOutcome::Failed, Some(reason));
    }

    fn end_start(&mut self, sequence: Sequence, trap: bool) {
        let (target, now) = (self.target_of(sequence), self.now);
        self.note(sequence).calls += 1;
        if self.dice.hits(64) {
            self.gone.insert(target);
            self.stopped.remove(&target);
        }
        let answer = if trap { Answer::Unknown } else { self.answer() };
        if answer == Answer::Done && self.gone.contains(&target) {
            let settled = self
                .journal
                .change(|it| settle_start(it, target, "it does not exist any more", now));
            assert!(settled.is_ok() || self.owed_start(&target).is_none());
            return self.report(sequence, ReceiptOutcome::Skipped, None);
        }
        if answer == Answer::Done || (answer == Answer::Unknown && self.dice.hits(2)) {
            self.stopped.remove(&target);
        }
        if answer == Answer::Done {
            if let Some(until) = self.stop_of_a_driver_may_end(target) {
                self.set_late_stop(target, Some(until));
            }
            self.report(sequence, ReceiptOutcome::Completed, None);
        } else if !trap {
            let note = self.note(sequence);
            note.errors += 1;
            note.not_before = Some(Timestamp(now.0 + wait_nanos(note.errors)));
        }
    }

    fn stop_of_a_driver_may_end(&self, target: Principal) -> Option<Timestamp> {
        let unknown = self.owed_start(&target)?.stop == StopOutcome::Unknown;
        let abort = self.journal.header().abort.as_ref();
        let abort = abort.filter(|_| unknown && self.execution.starts_only)?;
        Some(Timestamp(abort.aborted.aborted_at.0 + OUTSIDE))
    }

    fn set_late_stop(&mut self, target: Principal, until: Option<Timestamp>) {
        match until {
            Some(until) => {
                self.late_stops.insert(target, LateStop { until, next_look: self.now });
            }
            None => _ = self.late_stops.remove(&target),
        }
    }

    /// Looks at a target, and starts it if it does not run.
    fn end_watch(&mut self, target: Principal) {
        let answers = !self.dice.hits(8);
        let runs = answers && !self.stopped.contains(&target);
        if answers && !runs && !self.dice.hits(8) {
            self.stopped.remove(&target);
        }
        let next_look = Timestamp(self.now.0 + LOOK_EVERY);
        self.targets.entry(target).or_default().not_before = Some(next_look);
        let Some(LateStop { until, .. }) = self.late_stops.get(&target).copied() else { return };
        if self.gone.contains(&target) || (runs && self.now >= until) {
            self.set_late_stop(target, None);
        } else {
            let next_look = if runs { next_look.min(until) } else { next_look };
            self.late_stops.insert(target, LateStop { until, next_look });
        }
    }
}
