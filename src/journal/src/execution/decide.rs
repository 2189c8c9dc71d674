//! What the coordinator does next with a run that it executes.

use super::{
    Decision, Execution, ExecutionPhase, Notes, Step, Task,
    failed::{failure, is_final, reason_to_roll_back},
    open::{claimable, in_queue},
    skip::reason_to_skip,
};
use crate::{
    Sequence, Timestamp,
    fleet::{MemberFailure, TransferPolicy},
    journal::{Header, JournalView, Operation, OperationState, Queue},
    plan::BackupOperationKind as Kind,
};

/// The most calls that a run has under way; the starts of an aborted run are counted by themselves, so that calls that are
/// not answered cannot hold them up.
pub const MAX_CALLS: usize = 50;
/// How many records of one kind a decision looks at. What is behind them follows with the next decision.
const SCAN: u32 = 128;

/// After so many errors in a row a start goes wrong again and again: it is told, and holds up others no more.
pub const MANY_ERRORS: u32 = 3;

/// Decides what to do at `now`.
///
/// # Panics
/// When a list of the journal names an operation that does not exist, which no transition writes.
pub fn decide(
    view: &(impl JournalView + Notes),
    execution: &Execution,
    now: Timestamp,
) -> Decision {
    let header = view.header();
    let mut deciding = Deciding { view, execution, header, now, decision: Decision::default() };
    if header.abort.is_some() && execution.phase != ExecutionPhase::Over {
        deciding.restart();
    } else if execution.pause.is_none() {
        match execution.phase {
            ExecutionPhase::Preflight => deciding.check(),
            ExecutionPhase::Running => deciding.run(),
            ExecutionPhase::Planned | ExecutionPhase::Over => {}
        }
    }
    deciding.decision
}

struct Deciding<'a, V> {
    view: &'a V,
    execution: &'a Execution,
    header: &'a Header,
    now: Timestamp,
    decision: Decision,
}

impl<V: JournalView + Notes> Deciding<'_, V> {
    fn push(&mut self, step: Step) {
        self.decision.steps.push(step);
    }

    /// Whether that time has come; if not, the decision is made again then.
    fn is_due(&mut self, not_before: Option<Timestamp>) -> bool {
        let Some(at) = not_before.filter(|at| *at > self.now) else { return true };
        let wake_at = self.decision.wake_at;
        self.decision.wake_at = Some(wake_at.map_or(at, |before| before.min(at)));
        false
    }

    fn parallel(&self) -> usize {
        (self.execution.policy.max_parallel as usize).min(MAX_CALLS)
    }

    /// How many tasks may be begun.
    fn free(&self) -> usize {
        self.parallel().saturating_sub(self.view.under_way())
    }

    /// Checks the targets; several at a time, and those that did not answer again. Meanwhile it is asked once which canisters
    /// the fleet has.
    fn check(&mut self) {
        if let Some(discovery) = self.execution.discovery_to_begin()
            && self.free() > 0
        {
            self.push(Step::Discover { discovery: discovery.clone() });
        }
        let (view, round) = (self.view, self.execution.preflight_round);
        let start = self.execution.checked_before;
        let end = self.header.targets.min(start.saturating_add(SCAN));
        let note = |position| {
            let target = view.target(position).expect("BUG: a target is missing");
            (target, view.target_note(&target))
        };
        let is_checked = |position: &u32| note(*position).1.look_of(round).is_some();
        let before = (start..end).find(|position| !is_checked(position)).unwrap_or(end);
        if before > start {
            self.push(Step::Checked { before });
            return;
        }
        if start == self.header.targets {
            if self.decision.steps.is_empty() && !view.is_under_way(Task::Discover) {
                self.push(Step::Accept);
            }
            return;
        }
        let mut free = self.free().saturating_sub(self.decision.steps.len());
        for position in start..end {
            let (target, note) = note(position);
            let open = note.look_of(round).is_none() && !view.is_under_way(Task::Check(position));
            if open && self.is_due(note.not_before) && free > 0 {
                free -= 1;
                self.push(Step::Check { position, target });
            }
        }
    }

    /// Performs the operations of a run that was not aborted.
    fn run(&mut self) {
        self.watch();
        if !self.rest_is_for_others() {
            self.operate();
        }
        if self.ends() {
            self.push(Step::End);
        }
    }

    fn operate(&mut self) {
        let failed = [Queue::Failed, Queue::StartFailed].map(|queue| self.in_queue(queue)).concat();
        if let Some(reason) = reason_to_roll_back(self.view, self.execution, &failed) {
            return self.roll_back(reason);
        }
        for sequence in failed {
            self.failed(sequence);
            // What an aborted run does is decided when it is aborted.
            if matches!(self.decision.steps.last(), Some(Step::Abort { .. })) {
                return;
            }
        }
        self.go_on_with_claimed();
        if claimable(self.view, self.header) && self.is_due(self.execution.claim_not_before) {
            self.claim();
        }
    }

    fn go_on_with_claimed(&mut self) {
        let mut free = self.free();
        let claimed = [Queue::Claimed, Queue::StartClaimed].map(|queue| self.in_queue(queue));
        for sequence in claimed.concat() {
            self.claimed(sequence, &mut free);
        }
    }

    /// Rolls a restore back. What is claimed or under way is finished first: it could still be done after the roll back.
    fn roll_back(&mut self, reason: String) {
        if self.header.tally.pending == 0 && self.view.under_way() == 0 {
            self.push(Step::RollBack { reason });
        } else {
            self.go_on_with_claimed();
        }
    }

    /// Starts what an aborted run has stopped, and finds out what became of the rest.
    fn restart(&mut self) {
        for sequence in self.in_queue(Queue::StartFailedAfterAbort) {
            self.retry(sequence);
        }
        let starts = self.in_queue(Queue::StartClaimed);
        let under_way = |sequence: &&Sequence| self.view.is_under_way(Task::Perform(**sequence));
        let mut free = MAX_CALLS.saturating_sub(starts.iter().filter(under_way).count());
        for sequence in starts {
            self.claimed(sequence, &mut free);
        }
        if claimable(self.view, self.header) {
            self.claim();
        }
        self.start_behind_a_barrier();
        // A driver outside reports what it has claimed by itself.
        if !self.execution.starts_only {
            let mut free = self.free();
            for sequence in self.in_queue(Queue::Claimed) {
                self.left(sequence, &mut free);
            }
        }
        self.watch();
        if self.ends() {
            self.push(Step::End);
        }
    }

    /// A target that cannot be started must not hold up those that are to be started after it: these are started too, and
    /// claimed when their turn comes.
    fn start_behind_a_barrier(&mut self) {
        let errors = |sequence: &Sequence| self.view.call_note(*sequence).errors;
        // While the fleet is contained nothing is started.
        if self.header.is_contained() {
            return;
        }
        if !self.in_queue(Queue::StartClaimed).iter().any(|it| errors(it) >= MANY_ERRORS) {
            return;
        }
        for sequence in self.in_queue(Queue::StartOwed) {
            let Some(target) = self.operation(sequence).target_canister_id else { continue };
            let not_before = self.view.target_note(&target).not_before;
            if !self.view.is_under_way(Task::Watch(target)) && self.is_due(not_before) {
                self.push(Step::Watch { target });
            }
        }
    }

    /// Looks at targets that were started while a stop of them may still take effect.
    fn watch(&mut self) {
        // While the fleet is contained nothing is started, also what an administrator has settled.
        if self.header.is_contained() {
            return;
        }
        for (target, late) in self.view.late_stops(SCAN as usize) {
            let started = self.view.owed_start(&target).is_none();
            let under_way = self.view.is_under_way(Task::Watch(target));
            if started && !under_way && self.is_due(Some(late.next_look)) {
                self.push(Step::Watch { target });
            }
        }
    }

    fn in_queue(&self, queue: Queue) -> Vec<Sequence> {
        in_queue(self.view, queue, SCAN as usize)
    }

    fn operation(&self, sequence: Sequence) -> Operation {
        let operation = self.view.operation(self.header, sequence);
        operation.expect("BUG: a list names an operation that does not exist")
    }

    /// Whether nothing is left but transfers, in a run that waits for somebody to download its snapshots. Whoever does that
    /// claims and reports them, also while a stop may still take effect that comes late.
    fn rest_is_for_others(&self) -> bool {
        let kind = self.header.cursor.and_then(|cursor| self.view.spec(cursor)).map(|it| it.kind);
        let waits = self.execution.policy.transfer == TransferPolicy::Await;
        waits && kind.is_some_and(Kind::is_transfer) && self.header.abort.is_none()
    }

    /// Whether nothing is left to do.
    fn ends(&self) -> bool {
        let late = !self.view.late_stops(1).is_empty();
        if late || self.view.under_way() > 0 || !self.decision.steps.is_empty() {
            return false;
        }
        if self.header.is_over() {
            return self.execution.starts_only || self.header.tally.pending == 0;
        }
        self.rest_is_for_others()
    }

    fn claim(&mut self) {
        let pending = self.header.tally.pending as usize;
        let limit = if self.header.abort.is_some() {
            MAX_CALLS.saturating_sub(self.in_queue(Queue::StartClaimed).len())
        } else {
            self.parallel().saturating_sub(pending)
        };
        if let Some(limit) = u32::try_from(limit).ok().filter(|limit| *limit > 0) {
            self.push(Step::Claim { limit });
        }
    }

    /// An operation that failed is tried again, or the run goes on without its target, or not at all.
    fn failed(&mut self, sequence: Sequence) {
        let operation = self.operation(sequence);
        let Some(target) = operation.target_canister_id else { return self.retry(sequence) };
        let given_up = self.view.target_note(&target).given_up.is_some();
        if given_up {
            self.push(Step::Retry { sequence });
        } else if operation.kind == Kind::Start || !is_final(self.view, self.execution, &operation)
        {
            self.retry(sequence);
        } else {
            let reason = failure(&operation);
            match self.execution.policy.on_member_failure {
                MemberFailure::AbortRun => self.push(Step::Abort { reason }),
                MemberFailure::SkipMember => self.push(Step::GiveUp { target, reason }),
            }
        }
    }

    fn retry(&mut self, sequence: Sequence) {
        if self.is_due(self.view.call_note(sequence).not_before) {
            self.push(Step::Retry { sequence });
        }
    }

    /// An operation that is claimed is performed, unless that is under way, or there is a reason to skip it.
    fn claimed(&mut self, sequence: Sequence, free: &mut usize) {
        if self.view.is_under_way(Task::Perform(sequence)) {
            return;
        }
        let operation = self.operation(sequence);
        debug_assert_eq!(operation.state, OperationState::Pending);
        if let Some(reason) = reason_to_skip(self.view, &operation) {
            self.push(Step::Skip { sequence, reason });
        } else if operation.kind.is_run_wide() {
            self.push(Step::Finish { sequence });
        } else if self.is_due(self.view.call_note(sequence).not_before) && *free > 0 {
            *free -= 1;
            self.push(Step::Perform { sequence, look_only: false });
        }
    }

    /// An operation that was claimed before the abort and not reported. If no call was made, it was not done.
    fn left(&mut self, sequence: Sequence, free: &mut usize) {
        if self.view.is_under_way(Task::Perform(sequence)) {
            return;
        }
        let note = self.view.call_note(sequence);
        if note.calls == 0 {
            let reason = "the run was aborted before it was begun".to_string();
            self.push(Step::Skip { sequence, reason });
        } else if self.is_due(note.not_before) && *free > 0 {
            *free -= 1;
            self.push(Step::Perform { sequence, look_only: true });
        }
    }
}
