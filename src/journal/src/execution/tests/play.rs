//! Plays a run to its end: decides, makes the steps, lets tasks end, time pass, and somebody meddle.

use super::world::{SECOND, World};
use crate::{
    Sequence, Timestamp,
    execution::{
        Decision, Execution, ExecutionPhase, MAX_CALLS, Pause, RestartDeadline, Step, Task, decide,
    },
    fixtures::operator,
    fleet::TransferPolicy,
    journal::{
        JournalView, OperationState, Queue, ReceiptOutcome, abort_run, accept_preflight_bundle,
        roll_back_run,
    },
    plan::BackupOperationKind as Kind,
};
use candid::Principal;

/// How often a run is decided about in one turn.
const MOST_DECISIONS: usize = 16;
/// The most turns of a run of a dozen targets.
const MOST_TURNS: usize = 5_000;

impl World {
    /// Plays until the coordinator has nothing more to do.
    pub fn play(&mut self) {
        for _ in 0..MOST_TURNS {
            let wake_at = self.turn();
            if self.execution.phase == ExecutionPhase::Over {
                return self.check_end();
            }
            self.check_not_stuck(wake_at);
            self.happen(wake_at);
        }
        panic!("it takes too long: {:?}", self.execution);
    }

    /// One turn of the coordinator; answers with the time of the next.
    fn turn(&mut self) -> Option<Timestamp> {
        for _ in 0..MOST_DECISIONS {
            let Decision { steps, wake_at } = decide(self, &self.execution, self.now);
            assert!(wake_at.is_none_or(|at| at > self.now), "it would wake at once");
            let ends = |step: &Step| matches!(step, Step::Abort { .. } | Step::RollBack { .. });
            let aborts = steps.iter().position(ends);
            assert!(aborts.is_none_or(|at| at + 1 == steps.len()), "after an abort: {steps:?}");
            let only_tasks = steps.iter().all(Step::begins_task);
            for step in steps {
                self.make(step);
            }
            self.check_parallel();
            if only_tasks {
                return wake_at;
            }
        }
        Some(self.now)
    }

    fn is_start(&self, task: Task) -> bool {
        matches!(task, Task::Perform(sequence) if self.kind(sequence).outlives_abort())
    }

    fn check_parallel(&self) {
        let most = (self.execution.policy.max_parallel as usize).min(MAX_CALLS);
        let starts = self.tasks.keys().filter(|task| self.is_start(**task)).count();
        let aborted = self.header().abort.is_some();
        let watched = self.tasks.keys().filter(|task| matches!(task, Task::Watch(_))).count();
        let apart = if aborted { starts + watched } else { watched };
        let counted = self.tasks.len() - apart;
        assert!(counted <= most, "{counted} tasks are under way: {:?}", self.tasks);
        assert!(starts <= MAX_CALLS);
        let tasks = self.tasks.keys().filter_map(|task| match task {
            Task::Check(position) => self.journal.target(*position),
            Task::Perform(sequence) if !aborted => Some(self.target_of(*sequence)),
            Task::Perform(_) | Task::Watch(_) | Task::Delete(_) | Task::Discover => None,
        });
        let mut targets: Vec<_> = tasks.collect();
        let count = targets.len();
        targets.sort_unstable();
        targets.dedup();
        assert_eq!(targets.len(), count, "two tasks are about one canister: {:?}", self.tasks);
    }

    fn check_not_stuck(&self, wake_at: Option<Timestamp>) {
        let waits = self.execution.phase == ExecutionPhase::Planned
            || (self.execution.pause.is_some() && self.header().abort.is_none());
        let goes_on = wake_at.is_some() || !self.tasks.is_empty();
        assert!(goes_on || waits, "it is stuck: {:?} {:?}", self.execution, self.header());
        assert!(!waits || wake_at.is_none(), "a paused run waits for nothing");
    }

    /// What comes next: the end of a task, a time, or something that nobody foresees.
    fn happen(&mut self, wake_at: Option<Timestamp>) {
        match self.dice.roll(32) {
            31 => self.abort_by_somebody(),
            30 => self.tasks.clear(),
            28..=29 => self.pause_or_resume(),
            27 => {
                let seconds = [1, 60, 700, 7_200][self.dice.roll(4)];
                self.pass_to(Timestamp(self.now.0 + seconds * SECOND));
            }
            26 => self.report_by_hand(),
            25 => {
                let count = self.header().targets as usize;
                let position = u32::try_from(self.dice.roll(count)).expect("few targets");
                self.held = self.journal.target(position).filter(|_| self.held.is_none());
            }
            roll => self.go_on(wake_at, roll % 4 == 3),
        }
    }

    fn go_on(&mut self, wake_at: Option<Timestamp>, time_first: bool) {
        if self.dice.is_used_up() {
            self.held = None;
        }
        let tasks: Vec<Task> = self.tasks.keys().copied().collect();
        match wake_at {
            Some(at) if tasks.is_empty() || time_first => self.pass_to(at),
            None if tasks.is_empty() => self.begin_or_resume(),
            _ => {
                let task = tasks[self.dice.roll(tasks.len())];
                self.pass_to(Timestamp(self.now.0 + SECOND));
                self.end(task);
            }
        }
    }

    fn begin_or_resume(&mut self) {
        let run_id = self.header().run_id.clone();
        let execution = self.execution.clone();
        self.execution = match execution.phase {
            ExecutionPhase::Planned => {
                assert!(self.header().abort.is_none(), "nobody can start an aborted run");
                execution.started(&run_id).expect("it is planned")
            }
            _ => execution.resumed(&run_id).expect("it is paused"),
        };
    }

    fn pause_or_resume(&mut self) {
        let (run_id, execution) = (self.header().run_id.clone(), self.execution.clone());
        let pause = Pause { reason: "a release".to_string(), since: self.now, by: operator() };
        let resumes = execution.pause.is_some();
        let changed =
            if resumes { execution.resumed(&run_id) } else { execution.paused(&run_id, pause) };
        match changed {
            Ok(execution) => self.execution = execution,
            Err(_) => assert!(
                self.execution.phase == ExecutionPhase::Planned || self.execution.starts_only
            ),
        }
    }

    fn abort_by_somebody(&mut self) {
        let header = self.header();
        if header.is_contained() && header.abort.is_none() && header.tally.pending == 0 {
            self.journal
                .change(|it| roll_back_run(it, "enough", self.now))
                .expect("it is contained");
        } else if header.abort.is_none() && !header.is_over() && !header.is_contained() {
            self.journal.change(|it| abort_run(it, "enough", self.now)).expect("it is not over");
        }
    }

    /// Somebody reports by hand that an operation has failed.
    fn report_by_hand(&mut self) {
        let queues = [Queue::Claimed, Queue::StartClaimed];
        let claimed = queues.map(|queue| self.journal.queued(queue, Sequence(0)));
        if let Some(sequence) = claimed.into_iter().flatten().next() {
            self.meddled.insert(sequence);
            self.report(sequence, ReceiptOutcome::Failed, Some("somebody has looked"));
        }
    }

    /// Time passes, and with it what was to happen meanwhile.
    pub fn pass_to(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        let now = self.now;
        let late = self.to_come.extract_if(.., |(at, _)| *at <= now);
        let late: Vec<Principal> = late.map(|(_, target)| target).collect();
        self.stopped.extend(late.into_iter().filter(|target| !self.gone.contains(target)));
        let Some(deadline) = self.deadline else { return };
        if RestartDeadline::is_kept(self.journal.header()) {
            self.deadline = None;
        } else if deadline.is_due(self.journal.header(), now) && !self.header().is_contained() {
            if self.header().abort.is_none() {
                let answer =
                    self.journal.change(|it| abort_run(it, "the deadline has passed", now));
                answer.expect("a run that owes a start can be aborted");
            }
            self.deadline = Some(RestartDeadline { passed_at: Some(now), ..deadline });
            if !self.execution.is_active() {
                let fleet = self.execution.fleet.clone();
                self.execution = Execution::of_starts(fleet, super::world::coordinator(), now);
            }
        }
    }

    /// What holds when the coordinator has done its part.
    pub fn check_end(&mut self) {
        assert!(self.tasks.is_empty(), "{:?}", self.tasks);
        let header = self.header();
        assert_eq!(header.starts_owed, 0, "a start is owed");
        if !self.execution.starts_only {
            assert_eq!(header.tally.pending, 0, "something is Pending for ever");
            let cursor = header.cursor.map(|cursor| self.kind(cursor));
            let awaited = self.execution.policy.transfer == TransferPolicy::Await
                && matches!(cursor, Some(Kind::DownloadSnapshot | Kind::VerifyArtifact));
            assert!(header.is_over() || awaited, "{:?}", header.state());
            let failed = self.journal.operations();
            let failed = failed.iter().filter(|it| it.state == OperationState::Failed).count();
            assert_eq!(failed, 0, "something has failed and is not dealt with");
        }
        // What may still happen has happened.
        self.pass_to(Timestamp(self.now.0 + 86_400 * SECOND));
        assert!(self.stopped.is_subset(&self.idle), "{:?} are left stopped", self.stopped);
        assert_eq!(self.deadline, None, "the deadline protects nothing any more");
    }
}

impl World {
    /// A driver outside claims and reports for a while, and is not seen again.
    pub fn drive_and_die(&mut self) {
        let accepted =
            self.journal.change(|it| accept_preflight_bundle(it, &"by-hand".into(), self.now));
        accepted.expect("nothing is accepted yet");
        for _ in 0..self.dice.roll(32) {
            self.now.0 += SECOND;
            let limit = u32::try_from(1 + self.dice.roll(4)).expect("a small number");
            let claimed = self.journal.claim_operations(&(), limit, self.now);
            let claimed: Vec<Sequence> =
                claimed.unwrap_or_default().iter().map(|it| it.sequence).collect();
            for sequence in claimed {
                if !matches!(self.kind(sequence), Kind::Stop | Kind::CreateSnapshot | Kind::Start) {
                    return;
                }
                self.drive(sequence);
            }
        }
    }

    fn drive(&mut self, sequence: Sequence) {
        let target = self.target_of(sequence);
        let is_stop = self.kind(sequence) == Kind::Stop;
        match self.dice.roll(8) {
            7 if is_stop => {
                let after = self.dice.roll(256) as u64;
                self.to_come.push((Timestamp(self.now.0 + after * SECOND), target));
            }
            7 => {}
            6 => self.report(sequence, ReceiptOutcome::Failed, Some("it was refused")),
            _ => {
                match self.kind(sequence) {
                    Kind::Stop => _ = self.stopped.insert(target),
                    Kind::Start => _ = self.stopped.remove(&target),
                    _ => {}
                }
                self.report(sequence, ReceiptOutcome::Completed, None);
            }
        }
    }
}
