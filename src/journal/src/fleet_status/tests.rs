//! Each problem, and none for a fleet with which everything is well.

use super::{
    AgeRule, DownRun, FleetBackup, FleetCondition, FleetFacts, FleetProblem, FleetRun, FleetStatus,
};
use crate::{
    Timestamp,
    fixtures::{nightly, operator, orders, root},
    fleet::{Fleet, FleetPhase, FleetPolicy, SlotsUsed, TransferPolicy},
    journal::{RunOutcome, RunState},
    schedule::{LastTurn, ScheduleStatus, TurnOutcome},
};

mod edges;
mod seen;

const HOUR: u64 = 3_600 * 1_000_000_000;
const DAY: u64 = 24;

/// The start of a day, and so many hours.
fn at(hours: u64) -> Timestamp {
    Timestamp((20_000 * DAY + hours) * HOUR)
}

/// An hour after the third backup of a nightly schedule.
fn now() -> Timestamp {
    at(2 * DAY + 4)
}

fn backup(run_id: &str, hours: u64) -> FleetBackup {
    FleetBackup::at(run_id.into(), at(hours), now())
}

fn run(run_id: &str, state: RunState, outcome: Option<RunOutcome>, hours: u64) -> FleetRun {
    let (created_at, updated_at) = (at(hours), at(hours));
    FleetRun { run_id: run_id.into(), state, outcome, created_at, updated_at }
}

/// A fleet that is backed up every night at three, and with which everything is well.
fn well() -> FleetFacts {
    let schedule = nightly();
    let started = TurnOutcome::Started { run_id: "third".into() };
    let third = 2 * DAY + 3;
    let last = LastTurn { planned_at: at(third), decided_at: at(third), outcome: started };
    let fleet = Fleet {
        fleet: "shop".into(),
        network: "ic".to_string(),
        root_canister_id: root(),
        policy: FleetPolicy::default(),
        phase: FleetPhase::Complete,
        members: 3,
        registered_at: at(0),
        registered_by: operator(),
        updated_at: at(0),
        schedule: Some(schedule.clone()),
        discovery: None,
    };
    let over = Some(run("third", RunState::Completed, Some(RunOutcome::Complete), third));
    FleetFacts {
        name: "shop".into(),
        fleet: Some(fleet),
        schedule: Some(ScheduleStatus {
            fleet: "shop".into(),
            schedule,
            next_at: Some(at(third + DAY)),
            last: Some(last),
        }),
        last_run: over.clone(),
        last_ended: over,
        down: Vec::new(),
        executing: None,
        on_network: Some(backup("third", third)),
        complete: Some(backup("third", third)),
        proven: Some(backup("second", DAY + 3)),
        slots: Some(slots(7)),
        gone: 0,
        discovery: None,
        restart_overdue_after_nanos: HOUR,
    }
}

fn slots(most_used: u32) -> SlotsUsed {
    SlotsUsed { most_used, canister_id: orders(), not_ours: 2, seen_at: at(2 * DAY) }
}

/// A run that owes two starts since half an hour.
fn down() -> DownRun {
    DownRun {
        run_id: "third".into(),
        contained: false,
        starts_owed: 2,
        owed_since: Some(Timestamp(now().0 - HOUR / 2)),
        deadline: Some(Timestamp(now().0 + HOUR)),
    }
}

fn status(change: impl FnOnce(&mut FleetFacts)) -> FleetStatus {
    let mut facts = well();
    change(&mut facts);
    facts.status(now())
}

fn problems(change: impl FnOnce(&mut FleetFacts)) -> Vec<FleetProblem> {
    status(change).problems
}

fn fleet(facts: &mut FleetFacts) -> &mut Fleet {
    facts.fleet.as_mut().expect("it is registered")
}

fn schedule(facts: &mut FleetFacts) -> &mut ScheduleStatus {
    facts.schedule.as_mut().expect("it has one")
}

#[test]
fn a_fleet_with_which_everything_is_well_has_no_problems() {
    let status = status(|_| {});
    assert_eq!((status.condition, status.problems), (FleetCondition::Well, vec![]));
    assert_eq!(status.on_network.map(|backup| backup.age_seconds), Some(3_600));
    assert_eq!(status.members, Some(3));
    // Starts that are owed in time are no problem; nor is a fleet that nobody has registered and that was backed up.
    assert_eq!(problems(|facts| facts.down = vec![down()]), []);
    let unregistered = problems(|facts| {
        facts.fleet = None;
        facts.schedule = None;
    });
    assert_eq!(unregistered, []);
}

#[test]
fn canisters_that_are_down_for_too_long_are_urgent() {
    let of = |change: fn(&mut DownRun)| {
        let status = status(|facts| {
            let mut run = down();
            change(&mut run);
            facts.down = vec![run];
        });
        assert_eq!(status.condition, FleetCondition::Urgent);
        status.problems
    };
    let (run_id, starts_owed) = (|| "third".into(), 2);
    let contained = of(|run| run.contained = true);
    assert_eq!(contained, [FleetProblem::RestoreContained { run_id: run_id() }]);
    let passed = of(|run| run.deadline = Some(Timestamp(now().0 - HOUR)));
    let late = FleetProblem::DeadlinePassed { run_id: run_id(), starts_owed, late_seconds: 3_600 };
    assert_eq!(passed, [late]);
    let overdue = of(|run| run.owed_since = Some(Timestamp(now().0 - 2 * HOUR)));
    let waiting_seconds = 7_200;
    let waits = FleetProblem::RestartOverdue { run_id: run_id(), starts_owed, waiting_seconds };
    assert_eq!(overdue, [waits]);
}

#[test]
fn a_last_run_that_has_not_done_all_is_a_problem() {
    let failed = problems(|facts| facts.last_run = Some(run("fourth", RunState::Failed, None, 52)));
    assert_eq!(failed, [FleetProblem::LastRunFailed { run_id: "fourth".into() }]);
    for (outcome, wanting) in [
        (RunOutcome::Nothing, true),
        (RunOutcome::Partial, true),
        (RunOutcome::OnNetwork, false),
        (RunOutcome::Complete, false),
        (RunOutcome::RolledBack, false),
        (RunOutcome::Restored, false),
    ] {
        let problems = problems(|facts| {
            facts.last_ended = Some(run("third", RunState::Aborted, Some(outcome), 51));
        });
        let problem = FleetProblem::LastRunIncomplete { run_id: "third".into(), outcome };
        assert_eq!(problems, if wanting { vec![problem] } else { vec![] }, "{outcome:?}");
    }
}

#[test]
fn a_schedule_that_is_not_kept_is_a_problem() {
    let next = |minutes: u64| {
        let planned_at = Timestamp(now().0 - minutes * 60 * 1_000_000_000);
        (planned_at, problems(|facts| schedule(facts).next_at = Some(planned_at)))
    };
    assert_eq!(next(10).1, []);
    let (planned_at, late) = next(11);
    assert_eq!(late, [FleetProblem::ScheduleOverdue { planned_at, late_seconds: 660 }]);

    let skip = |facts: &mut FleetFacts, backed_up: u64| {
        let last = schedule(facts).last.as_mut().expect("it had a turn");
        last.outcome = TurnOutcome::Skipped { reason: "busy".to_string() };
        facts.on_network = Some(backup("second", backed_up));
    };
    let (planned_at, reason) = (at(2 * DAY + 3), "busy".to_string());
    let skipped = problems(|facts| skip(facts, DAY + 3));
    assert_eq!(skipped, [FleetProblem::TurnSkipped { planned_at, reason }]);
    assert_eq!(problems(|facts| skip(facts, 2 * DAY + 4)), [], "somebody has made it up");

    let paused = problems(|facts| {
        skip(facts, 0);
        schedule(facts).schedule.paused = true;
        schedule(facts).next_at = None;
    });
    assert_eq!(paused, [FleetProblem::SchedulePaused]);
}

#[test]
fn a_backup_is_too_old_when_two_times_of_the_schedule_have_passed() {
    // The second night passed with a run that saved nothing, and so did the third; the first time after 03:00 is a day later.
    for (hours, too_old) in
        [(2, true), (3, true), (DAY + 2, true), (DAY + 3, false), (DAY + 4, false)]
    {
        let problems = problems(|facts| facts.on_network = Some(backup("first", hours)));
        let age_seconds = Some((2 * DAY + 4 - hours) * 3_600);
        let problem = FleetProblem::BackupTooOld { rule: AgeRule::OnNetwork, age_seconds };
        assert_eq!(problems, if too_old { vec![problem] } else { vec![] }, "at hour {hours}");
    }
    let verified =
        |age_seconds| FleetProblem::BackupTooOld { rule: AgeRule::Verified, age_seconds };
    let old = problems(|facts| facts.complete = Some(backup("first", 3)));
    assert_eq!(old, [verified(Some((2 * DAY + 1) * 3_600))]);
    let never = problems(|facts| facts.complete = None);
    assert_eq!(never, [verified(None)]);
    let skips = problems(|facts| {
        fleet(facts).policy.transfer = TransferPolicy::Skip;
        facts.complete = None;
    });
    assert_eq!(skips, [], "nobody was to download it");
    // A schedule that had no turn yet has promised nothing.
    let new = problems(|facts| {
        schedule(facts).last = None;
        facts.on_network = Some(backup("first", 3));
        facts.complete = None;
    });
    assert_eq!(new, []);
}

#[test]
fn slots_are_counted() {
    let (canister_id, not_ours) = (orders(), 2);
    for (used, expected) in [
        (0, vec![]),
        (7, vec![]),
        (8, vec![FleetProblem::FewFreeSlots { canister_id, used: 8, not_ours }]),
        (9, vec![FleetProblem::FewFreeSlots { canister_id, used: 9, not_ours }]),
        (10, vec![FleetProblem::NoFreeSlot { canister_id, not_ours }]),
        (11, vec![FleetProblem::NoFreeSlot { canister_id, not_ours }]),
    ] {
        assert_eq!(problems(|facts| facts.slots = Some(slots(used))), expected, "{used}");
    }
    assert_eq!(problems(|facts| facts.slots = None), []);
}

#[test]
fn a_fleet_that_was_never_backed_up_or_is_not_whole_is_a_warning() {
    let nothing = |facts: &mut FleetFacts| {
        (facts.on_network, facts.complete, facts.proven) = (None, None, None);
        (facts.schedule, facts.last_run, facts.last_ended) = (None, None, None);
    };
    assert_eq!(problems(nothing), [FleetProblem::NeverBackedUp]);
    let collecting = status(|facts| {
        nothing(facts);
        fleet(facts).phase = FleetPhase::Collecting { expected_members: 9 };
    });
    let incomplete = FleetProblem::Incomplete { members: 3, expected_members: 9 };
    assert_eq!(
        (collecting.condition, collecting.problems),
        (FleetCondition::Warning, vec![incomplete])
    );
    let removing = problems(|facts| fleet(facts).phase = FleetPhase::Removing);
    assert_eq!(removing, [FleetProblem::BeingRemoved]);
}

#[test]
fn the_worst_comes_first() {
    let status = status(|facts| {
        facts.down = vec![DownRun { contained: true, ..down() }];
        facts.last_run = Some(run("fourth", RunState::Failed, None, 52));
        facts.complete = Some(backup("first", 3));
        facts.slots = Some(slots(10));
    });
    let kinds: Vec<&str> =
        status.problems.iter().map(|problem| FleetProblem::KINDS[problem.kind()]).collect();
    // That a download is missing is a warning, which comes behind what fails.
    assert_eq!(kinds, ["restore_contained", "last_run_failed", "no_free_slot", "backup_too_old"]);
    assert_eq!(status.condition, FleetCondition::Urgent);
}

#[test]
fn every_problem_says_what_it_is_in_words() {
    let words = |problem: FleetProblem| problem.to_string();
    let run_id = || "third".into();
    assert_eq!(
        words(FleetProblem::DeadlinePassed { run_id: run_id(), starts_owed: 2, late_seconds: 90 }),
        "the restart deadline of run third passed 1 min 30 s ago, and 2 canisters must be started"
    );
    assert_eq!(
        words(FleetProblem::BackupTooOld { rule: AgeRule::Verified, age_seconds: Some(180_000) }),
        "the last verified download is 2 d 2 h old: two times of the schedule have passed since"
    );
    assert_eq!(
        words(FleetProblem::LastRunIncomplete { run_id: run_id(), outcome: RunOutcome::Nothing }),
        "the last run that ended, third, has saved nothing"
    );
}

#[test]
fn a_condition_is_called_as_it_is_written() {
    for condition in FleetCondition::ALL {
        assert_eq!(condition.name(), format!("{condition:?}").to_lowercase());
    }
}
