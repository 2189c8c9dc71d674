//! One run with its faults.

use crate::{
    report::Report,
    world::{DEADLINE_SECONDS, World},
};
use backup_coordinator_client::{
    audit::Log,
    journal::{
        RunId,
        execution::ExecutionPhase,
        journal::{OperationState, RunOutcome, RunState},
    },
};
use candid::Principal;
use canister_sandbox::{CallFaults, CanisterStatus, PlannedFault};
use integration_tests::callers;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long a run is watched at most.
const PATIENCE: Duration = Duration::from_mins(40);
/// How often it is looked at while nothing happens.
const STEP: Duration = Duration::from_secs(5);

/// Makes a run with these faults, and checks what must hold afterwards.
pub fn run(world: &mut World, case: &[PlannedFault]) -> Report {
    let canisters = world.canisters();
    let run_id = world.start();
    let before = world.counted();
    let mut faults = world.plan_faults(case);
    let mut watched = Watched::default();
    loop {
        while world.step(&mut faults) {
            watched.saw_status(world, &canisters);
        }
        watched.saw_status(world, &canisters);
        if world.phase(&run_id) == ExecutionPhase::Over {
            break;
        }
        assert!(watched.elapsed < PATIENCE, "{case:?}: {}", story(world, &run_id));
        watched.elapsed += STEP;
        world.with(|sandbox| sandbox.advance_time(STEP));
    }
    world.with(canister_sandbox::Sandbox::withdraw_faults);
    // A stop that is still on its way would win now.
    world.with(|sandbox| sandbox.advance_time(Duration::from_secs(700)));
    while world.step(&mut faults) {}
    assert!(faults.problems().is_empty(), "{case:?}: {:?}", faults.problems());
    let report = check(world, &run_id, &canisters, &watched, &faults, case);
    check_restored(world, &run_id, &report, &before, case);
    world.delete_snapshots();
    report
}

fn runs(world: &World, canister: Principal) -> bool {
    world.with(|sandbox| sandbox.status(canister)) == Some(CanisterStatus::Running)
}

/// What is seen while a run is under way.
#[derive(Default)]
struct Watched {
    elapsed: Duration,
    down_since: Option<Duration>,
    down: Duration,
}

impl Watched {
    fn saw_status(&mut self, world: &World, canisters: &[Principal]) {
        match (canisters.iter().all(|canister| runs(world, *canister)), self.down_since) {
            (false, None) => self.down_since = Some(self.elapsed),
            (true, Some(since)) => {
                self.down = self.down.max(self.elapsed.saturating_sub(since));
                self.down_since = None;
            }
            (true, None) | (false, Some(_)) => {}
        }
    }
}

/// What must hold after every run.
fn check(
    world: &World,
    run_id: &RunId,
    canisters: &[Principal],
    watched: &Watched,
    faults: &CallFaults,
    case: &[PlannedFault],
) -> Report {
    let left_stopped = canisters.iter().filter(|canister| !runs(world, **canister)).count();
    assert_eq!(left_stopped, 0, "{case:?}: {}", story(world, run_id));
    let deadline = Duration::from_secs(DEADLINE_SECONDS + 60);
    assert!(watched.down <= deadline, "{case:?}: down for {:?}", watched.down);
    let client = world.setup.as_auditor();
    let summary = pollster::block_on(client.resume_summary(run_id)).expect("there is a run");
    let ended = [RunState::Completed, RunState::Aborted].contains(&summary.state);
    assert!(ended, "{case:?}: {:?}: {}", summary.state, story(world, run_id));
    assert_eq!(summary.starts_owed, 0, "{case:?}");
    let operations = pollster::block_on(client.all_operations(run_id)).expect("they are listed");
    let open = operations.iter().find(|it| it.state == OperationState::Pending);
    assert!(open.is_none(), "{case:?}: {open:?} is claimed for ever");
    check_snapshots(world, run_id, canisters, faults, case);
    check_log(world);
    let (state, outcome, down) = (summary.state, summary.outcome, watched.down);
    Report { state, outcome, left_stopped, down }
}

/// A restore has restored all members, or left all as they were; and its outcome says which.
fn check_restored(
    world: &World,
    run_id: &RunId,
    report: &Report,
    before: &[u64],
    case: &[PlannedFault],
) {
    if world.saved.is_empty() {
        return;
    }
    let expected = match report.outcome {
        Some(RunOutcome::Restored | RunOutcome::Partial) => world.saved.clone(),
        Some(RunOutcome::RolledBack | RunOutcome::Nothing) => before.to_vec(),
        outcome => panic!("{case:?}: {outcome:?}"),
    };
    assert_eq!(world.counted(), expected, "{case:?}: {}", story(world, run_id));
}

/// The journal knows every snapshot of the run, or says that it exists; there is at most one such of a member.
fn check_snapshots(
    world: &World,
    run_id: &RunId,
    canisters: &[Principal],
    faults: &CallFaults,
    case: &[PlannedFault],
) {
    let client = world.setup.as_auditor();
    let targets = pollster::block_on(client.all_targets(run_id)).expect("they are listed");
    let receipts =
        pollster::block_on(client.all_operation_receipts(run_id)).expect("they are listed");
    let reasons: BTreeMap<Principal, String> = receipts
        .iter()
        .filter_map(|it| Some((it.receipt.target_canister_id?, it.receipt.failure_reason.clone()?)))
        .fold(BTreeMap::new(), |mut reasons, (target, reason)| {
            reasons.entry(target).or_insert_with(String::new).push_str(&reason);
            reasons
        });
    for canister in canisters {
        let target = targets.iter().find(|it| it.target.canister_id == *canister);
        let known = target.and_then(|it| it.artifact.as_ref()?.snapshot_id.clone());
        let foreign = faults.foreign_snapshots(*canister);
        let now: BTreeSet<String> =
            world.snapshots(*canister).difference(&foreign).map(hex::encode).collect();
        if let Some(known) = &known {
            assert!(now.contains(known), "{case:?}: {canister} has no snapshot {known}");
        }
        let unknown: Vec<&String> = now.iter().filter(|id| Some(*id) != known.as_ref()).collect();
        assert!(unknown.len() <= 1, "{case:?}: {canister} has {unknown:?}");
        for id in unknown {
            let told = reasons.get(canister).is_some_and(|reasons| reasons.contains(id.as_str()));
            assert!(told, "{case:?}: the journal does not tell of {id}: {}", story(world, run_id));
        }
    }
}

/// A replay of the log gives what the coordinator says.
pub fn check_log(world: &World) {
    let client = world.setup.client(callers::auditor());
    let replayed = pollster::block_on(async {
        let evidence = client.fetch_log().await?;
        let mut log = Log::of(&evidence.blocks)?;
        client.compare(&mut log).await
    });
    replayed.expect("the log and the queries agree");
}

/// What the coordinator logged, for a failed assertion.
fn story(world: &World, run_id: &RunId) -> String {
    let status = pollster::block_on(world.setup.as_auditor().execution_status(run_id));
    let events = pollster::block_on(world.setup.as_auditor().all_audit_events());
    let events = events.expect("they are listed");
    let of_run: Vec<String> = events
        .iter()
        .filter(|event| event.run_id.as_ref() == Some(run_id))
        .map(|event| format!("{} {:?}", event.time.seconds(), event.kind))
        .collect();
    let log = world.with(|sandbox| sandbox.canister_log(world.setup.coordinator));
    format!("{status:#?}\n{}\n{}", of_run.join("\n"), log.join("\n"))
}
