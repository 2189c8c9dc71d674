//! A run in memory with its notes, its tasks, and the canisters that it is about. Steps are made here as the coordinator
//! makes them.

use super::dice::Dice;
use crate::{
    RunId, Sequence, Timestamp,
    execution::{
        BackupSelection, CallNote, Execution, ExecutionPhase, LateStop, Notes, RestartDeadline,
        Step, TargetNote, Task, plan_input, preflight_receipts,
    },
    fixtures::{canister, entry, operator, root},
    fleet::{Discovery, Fleet, FleetPhase, FleetPolicy},
    journal::{
        Journal, JournalError, JournalView, OperationReceipt, OtherRuns, ReceiptOutcome, abort_run,
        retry_failed_operation, roll_back_run, settle_start,
    },
    plan::{BackupOperationKind as Kind, BackupPlan, ValidPlan, build_backup_plan},
    registry::RegistryEntry,
};
use candid::Principal;
use std::collections::{BTreeMap, BTreeSet};

pub const SECOND: u64 = 1_000_000_000;
/// How long a claim that was refused is not tried again.
const CLAIM_WAIT: u64 = 30 * SECOND;

/// The canister that makes the backup.
pub fn coordinator() -> Principal {
    canister(200)
}

/// Members below the root, each below the root or a member in front of it, on up to four levels.
pub fn members(parents: &[u8]) -> Vec<RegistryEntry> {
    let mut members = vec![entry(root(), "root", None)];
    let mut depths = vec![0];
    for (number, parent) in (1..).zip(parents) {
        let shallow: Vec<usize> = (0..depths.len()).filter(|at| depths[*at] < 3).collect();
        let parent = shallow[usize::from(*parent) % shallow.len()];
        members.push(entry(canister(number), "member", Some(members[parent].canister_id)));
        depths.push(depths[parent] + 1);
    }
    members
}

/// A method of the root that lists the members.
pub fn discovery() -> Discovery {
    Discovery { canister_id: root(), method: "members".to_string() }
}

/// The registered fleet of these members.
pub fn fleet_of(members: &[RegistryEntry]) -> Fleet {
    Fleet {
        fleet: "shop".into(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: FleetPolicy::default(),
        phase: FleetPhase::Complete,
        members: u32::try_from(members.len()).expect("few members"),
        registered_at: Timestamp(1),
        registered_by: operator(),
        updated_at: Timestamp(1),
        schedule: None,
        discovery: None,
    }
}

/// Another run holds this canister.
struct Held(Option<Principal>);

impl OtherRuns for Held {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        self.0.filter(|held| held == target).map(|_| "another".into())
    }
}

#[derive(Clone, Debug)]
pub struct World {
    pub journal: Journal,
    pub execution: Execution,
    pub deadline: Option<RestartDeadline>,
    pub now: Timestamp,
    pub calls: BTreeMap<Sequence, CallNote>,
    pub targets: BTreeMap<Principal, TargetNote>,
    /// The tasks under way, and whether they only look.
    pub tasks: BTreeMap<Task, bool>,
    /// Canisters that do not run now.
    pub stopped: BTreeSet<Principal>,
    /// Canisters that did not run before the run.
    pub idle: BTreeSet<Principal>,
    /// Canisters that do not exist any more.
    pub gone: BTreeSet<Principal>,
    /// Stops that take effect later, and when.
    pub to_come: Vec<(Timestamp, Principal)>,
    /// What is noted of stops that may take effect later.
    pub late_stops: BTreeMap<Principal, LateStop>,
    /// Canisters that have the state that is restored.
    pub restored: BTreeSet<Principal>,
    /// Calls that were not answered and have done what they should.
    pub unknown_done: BTreeSet<Sequence>,
    /// A canister that another run holds, for a while.
    pub held: Option<Principal>,
    /// Operations that somebody else has reported.
    pub meddled: BTreeSet<Sequence>,
    /// When the last preflight was accepted.
    accepted_at: Timestamp,
    pub dice: Dice,
}

impl World {
    pub fn new(parents: &[u8], policy: FleetPolicy, start: bool, dice: Dice) -> Self {
        let members = members(parents);
        let (fleet, run_id) = (fleet_of(&members), RunId::from("run-1"));
        let selection = BackupSelection::WholeFleet;
        let input = plan_input(&fleet, members, selection, run_id, coordinator())
            .expect("the root is a member");
        let plan = build_backup_plan(input).and_then(BackupPlan::validate).expect("it is valid");
        Self::of(plan, &fleet, policy, start, dice)
    }

    /// A run of this plan.
    pub fn of(
        plan: ValidPlan,
        fleet: &Fleet,
        policy: FleetPolicy,
        start: bool,
        dice: Dice,
    ) -> Self {
        let now = Timestamp(1_000 * SECOND);
        let deadline = RestartDeadline::new(policy.restart_within_seconds, operator());
        Self {
            journal: Journal::new(plan, now),
            execution: Execution::new(fleet.fleet.clone(), policy, start, operator(), now),
            deadline: Some(deadline.expect("the policy is in range")),
            now,
            calls: BTreeMap::new(),
            targets: BTreeMap::new(),
            tasks: BTreeMap::new(),
            stopped: BTreeSet::new(),
            idle: BTreeSet::new(),
            gone: BTreeSet::new(),
            to_come: Vec::new(),
            late_stops: BTreeMap::new(),
            restored: BTreeSet::new(),
            unknown_done: BTreeSet::new(),
            held: None,
            meddled: BTreeSet::new(),
            accepted_at: Timestamp(0),
            dice,
        }
    }

    pub fn kind(&self, sequence: Sequence) -> Kind {
        self.journal.spec(sequence).expect("there is such an operation").kind
    }

    pub fn target_of(&self, sequence: Sequence) -> Principal {
        let spec = self.journal.spec(sequence).expect("there is such an operation");
        spec.target.expect("it has a target")
    }

    pub fn change(&mut self, change: impl FnOnce(Execution) -> Execution) {
        self.execution = change(self.execution.clone());
    }

    /// Makes a step. The state machine must accept it.
    pub fn make(&mut self, step: Step) {
        match step {
            Step::Check { position, target } => {
                assert_eq!(self.journal.target(position), Some(target));
                self.begin(Task::Check(position), false);
            }
            Step::Perform { sequence, look_only } => {
                self.begin(Task::Perform(sequence), look_only);
            }
            Step::Discover { .. } => {
                self.change(Execution::with_discovery_begun);
                self.begin(Task::Discover, false);
            }
            Step::Watch { target } => self.begin(Task::Watch(target), false),
            Step::Checked { before } => {
                assert!(before > self.execution.checked_before, "nothing new is checked");
                self.change(|it| Execution { checked_before: before, ..it });
            }
            Step::Accept => self.accept(),
            Step::Claim { limit } => self.claim(limit),
            Step::Skip { sequence, reason } => self.skip(sequence, &reason),
            Step::Finish { sequence } => {
                self.report(sequence, ReceiptOutcome::Completed, None);
            }
            Step::RollBack { reason } => {
                let answer = self.journal.change(|it| roll_back_run(it, &reason, self.now));
                answer.expect("nothing is claimed, and the fleet is contained");
            }
            Step::Retry { sequence } => {
                let answer =
                    self.journal.change(|it| retry_failed_operation(it, sequence, self.now));
                answer.expect("what failed can be tried again");
            }
            Step::GiveUp { target, reason } => {
                self.targets.entry(target).or_default().given_up = Some(reason);
            }
            Step::Abort { reason } => self.abort(&reason),
            Step::End => self.change(|it| Execution { phase: ExecutionPhase::Over, ..it }),
        }
    }

    fn begin(&mut self, task: Task, look_only: bool) {
        let before = self.tasks.insert(task, look_only);
        assert_eq!(before, None, "{task:?} is under way");
    }

    fn accept(&mut self) {
        let BackupPlan { header, targets, .. } = self.journal.plan().clone();
        let hash = header.topology_hash_before_quiesce.clone();
        let noted = targets.into_iter().map(|target| {
            let note = self.target_note(&target.canister_id);
            (target, note)
        });
        let noted: Vec<_> = noted.collect();
        let round = self.execution.preflight_round;
        match preflight_receipts(&header, &noted, round, coordinator(), hash, None) {
            Err(problems) => {
                assert!(!problems.is_empty());
                self.abort("the targets cannot be backed up");
            }
            Ok(receipts) => match self.journal.accept_preflight_receipts(&receipts, self.now) {
                Ok(()) => {
                    self.accepted_at = receipts.validated_at;
                    self.change(|it| Execution { phase: ExecutionPhase::Running, ..it });
                }
                Err(error) => {
                    let old = receipts.expires_at <= self.now;
                    assert!(old, "it is accepted, unless a pause was long: {error}");
                    self.abort(&error.to_string());
                }
            },
        }
    }

    fn claim(&mut self, limit: u32) {
        let held = Held(self.held);
        let problem = match self.journal.claim_operations(&held, limit, self.now) {
            Ok(claimed) => {
                assert!(!claimed.is_empty(), "there is something to claim");
                return;
            }
            Err(JournalError::PreflightExpired { .. }) => {
                assert!(self.now.nanos_since(self.accepted_at) >= 3_600 * SECOND);
                return self.change(Execution::with_new_preflight);
            }
            Err(error @ JournalError::TargetHeld { .. }) => error.to_string(),
            Err(error) => panic!("a claim is refused: {error}"),
        };
        let later = Timestamp(self.now.0 + CLAIM_WAIT);
        self.change(|it| Execution { problem: Some(problem), claim_not_before: Some(later), ..it });
    }

    fn skip(&mut self, sequence: Sequence, reason: &str) {
        self.report(sequence, ReceiptOutcome::Skipped, Some(reason));
        let is_stop = self.kind(sequence) == Kind::Stop;
        if is_stop && self.target_note(&self.target_of(sequence)).was_stopped() {
            let target = self.target_of(sequence);
            let answer = self.journal.change(|it| settle_start(it, target, reason, self.now));
            answer.expect("a claimed stop owes a start");
        }
    }

    pub fn abort(&mut self, reason: &str) {
        self.journal.change(|it| abort_run(it, reason, self.now)).expect("the run is not over");
        let phase = match self.execution.phase {
            ExecutionPhase::Preflight => ExecutionPhase::Running,
            phase => phase,
        };
        self.change(|it| Execution { problem: Some(reason.to_string()), phase, ..it });
    }

    /// Reports an operation that is claimed; somebody else may have done so meanwhile.
    pub fn report(&mut self, sequence: Sequence, outcome: ReceiptOutcome, reason: Option<&str>) {
        let header = self.journal.header();
        let operation = self.journal.operation(header, sequence).expect("there is such a row");
        let (plan_id, run_id) = (header.plan_id.clone(), header.run_id.clone());
        let preflight = header.preflight_id().cloned();
        let failed = outcome == ReceiptOutcome::Failed;
        let receipt = OperationReceipt {
            snapshot_id: Some("0001".to_string()),
            failure_reason: reason.filter(|_| failed).map(str::to_string),
            ..OperationReceipt::new(plan_id, run_id, preflight, &operation, outcome)
        };
        let recorded = self.journal.record_operation_receipt(receipt, coordinator(), self.now);
        let meddled = self.meddled.contains(&sequence);
        assert!(recorded.is_ok() || meddled, "{operation:?}: {outcome:?}: {recorded:?}");
        if !failed {
            self.calls.remove(&sequence);
        }
    }
}
