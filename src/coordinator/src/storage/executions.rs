//! What is stored of the runs that the coordinator executes by itself, and of restart deadlines.

use super::{
    codec::Stored,
    keys::{RunNumber, TargetKey, numbered},
    store::Storage,
};
use backup_journal::{
    FleetName, RunId, Sequence,
    execution::{CallNote, Execution, ExecutionPhase, LateStop, RestartDeadline, TargetNote},
};
use candid::Principal;

impl Storage {
    /// The execution of a run; none if a driver outside executes it.
    pub fn execution(&self, run: RunNumber) -> Option<Execution> {
        self.executions.get(&run).map(|record| record.0)
    }

    /// What the executor knows of a target.
    pub fn target_note(&self, run: RunNumber, target: &Principal) -> TargetNote {
        let key = TargetKey { run, target: *target };
        self.target_notes.get(&key).map(|record| record.0).unwrap_or_default()
    }

    /// What the executor knows of the calls of an operation.
    pub fn call_note(&self, run: RunNumber, sequence: Sequence) -> CallNote {
        let key = numbered(run, sequence.0);
        self.call_notes.get(&key).map(|record| record.0).unwrap_or_default()
    }

    /// The stops of a run that may still take effect, with their targets.
    pub fn late_stops(&self, run: RunNumber) -> impl Iterator<Item = (Principal, LateStop)> {
        let all = self.late_stops.range(TargetKey::all(run));
        all.map(|entry| (entry.key().target, entry.value().0))
    }

    /// A stop of a target that may still take effect.
    pub fn late_stop(&self, run: RunNumber, target: &Principal) -> Option<LateStop> {
        self.late_stops.get(&TargetKey { run, target: *target }).map(|record| record.0)
    }

    /// The restart deadline of a run; none if it has none, or has kept it.
    pub fn deadline(&self, run: RunNumber) -> Option<RestartDeadline> {
        self.deadlines.get(&run).map(|record| record.0)
    }

    /// The runs that have a restart deadline and something that it protects.
    pub fn runs_with_deadline(&self) -> impl Iterator<Item = RunNumber> {
        self.deadlines.keys_range(RunNumber(0)..=RunNumber(u32::MAX))
    }

    /// The runs that the coordinator executes, or has planned, and that are not over for it.
    pub fn active_executions(&self) -> impl Iterator<Item = RunNumber> {
        self.active_executions.keys_range(RunNumber(0)..=RunNumber(u32::MAX))
    }

    /// Whether the coordinator may do something now for a run: one that is planned or paused waits for a call, unless it is
    /// aborted.
    pub fn has_executions_to_go_on_with(&self) -> bool {
        self.active_executions().any(|run| {
            let goes_on = |it: Execution| it.is_active() && it.pause.is_none();
            self.execution(run).is_some_and(goes_on) || self.header_of(run).abort.is_some()
        })
    }

    /// How many runs the coordinator has executed and does nothing more for.
    pub fn executions_over(&self) -> u64 {
        self.executions.len() - self.active_executions.len()
    }

    /// The run of a fleet that the coordinator executes now, or that is planned.
    pub fn executed_run_of(&self, fleet: &FleetName) -> Option<RunId> {
        let is_of = |run: &RunNumber| {
            self.execution(*run).is_some_and(|it| it.fleet == *fleet && !it.starts_only)
        };
        let run = self.active_executions().find(is_of)?;
        Some(self.header_of(run).run_id)
    }

    pub(crate) fn save_execution(&mut self, run: RunNumber, execution: Execution) {
        let over = execution.phase == ExecutionPhase::Over;
        self.executions.insert(run, Stored(execution));
        if over {
            self.active_executions.remove(&run);
        } else {
            self.active_executions.insert(run, ());
        }
    }

    pub(crate) fn save_target_note(&mut self, run: RunNumber, target: Principal, note: TargetNote) {
        self.target_notes.insert(TargetKey { run, target }, Stored(note));
    }

    pub(crate) fn save_call_note(&mut self, run: RunNumber, sequence: Sequence, note: CallNote) {
        self.call_notes.insert(numbered(run, sequence.0), Stored(note));
    }

    pub(crate) fn remove_call_note(&mut self, run: RunNumber, sequence: Sequence) {
        self.call_notes.remove(&numbered(run, sequence.0));
    }

    pub(crate) fn set_late_stop(
        &mut self,
        run: RunNumber,
        target: Principal,
        late: Option<LateStop>,
    ) {
        let key = TargetKey { run, target };
        match late {
            Some(late) => self.late_stops.insert(key, Stored(late)),
            None => self.late_stops.remove(&key),
        }
    }

    pub(crate) fn save_deadline(&mut self, run: RunNumber, deadline: RestartDeadline) {
        self.deadlines.insert(run, Stored(deadline));
    }

    pub(crate) fn remove_deadline(&mut self, run: RunNumber) {
        self.deadlines.remove(&run);
    }

    /// Removes the notes of a run, which are as many as its targets and the operations of one wave.
    pub(crate) fn remove_notes(&mut self, run: RunNumber) {
        let targets: Vec<TargetKey> = self.target_notes.keys_range(TargetKey::all(run)).collect();
        for key in targets {
            self.target_notes.remove(&key);
        }
        let all = numbered(run, 0)..=numbered(run, u32::MAX);
        let calls: Vec<u64> = self.call_notes.keys_range(all).collect();
        for key in calls {
            self.call_notes.remove(&key);
        }
    }
}
