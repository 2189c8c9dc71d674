//! The moments at which a problem begins, and those just before.

use super::*;
use crate::schedule::Timing;

fn later(at: Timestamp, nanos: u64) -> Timestamp {
    Timestamp(at.0 + nanos)
}

fn earlier(at: Timestamp, nanos: u64) -> Timestamp {
    Timestamp(at.0 - nanos)
}

#[test]
fn a_deadline_has_passed_after_its_moment() {
    let with = |deadline| {
        problems(|facts| facts.down = vec![DownRun { deadline: Some(deadline), ..down() }])
    };
    assert_eq!(with(now()), []);
    assert!(matches!(with(earlier(now(), 1))[..], [FleetProblem::DeadlinePassed { .. }]));
}

#[test]
fn a_start_is_overdue_after_the_time_that_it_may_take() {
    let with =
        |since| problems(|facts| facts.down = vec![DownRun { owed_since: Some(since), ..down() }]);
    assert_eq!(with(earlier(now(), HOUR)), []);
    let overdue = with(earlier(now(), HOUR + 1));
    assert!(matches!(overdue[..], [FleetProblem::RestartOverdue { waiting_seconds: 3_600, .. }]));
}

#[test]
fn only_a_later_backup_makes_up_for_a_turn() {
    let decided_at = at(2 * DAY + 3);
    let with = |completed_at| {
        problems(|facts| {
            let last = schedule(facts).last.as_mut().expect("it had a turn");
            last.outcome = TurnOutcome::Skipped { reason: "busy".to_string() };
            facts.on_network = Some(FleetBackup::at("second".into(), completed_at, now()));
        })
    };
    assert!(matches!(with(decided_at)[..], [FleetProblem::TurnSkipped { .. }]));
    assert_eq!(with(later(decided_at, 1)), []);
}

#[test]
fn a_turn_at_the_time_of_the_backup_is_the_turn_that_made_it() {
    let with = |completed_at: Timestamp| {
        problems(|facts| {
            let schedule = schedule(facts);
            schedule.schedule.timing = Timing::EverySeconds(3_600);
            schedule.next_at = Some(later(now(), HOUR));
            let last = schedule.last.as_mut().expect("it had a turn");
            last.planned_at = at(2 * DAY);
            facts.on_network = Some(FleetBackup::at("second".into(), completed_at, now()));
            facts.complete = facts.on_network.clone();
        })
    };
    assert_eq!(with(at(2 * DAY)), []);
    assert_eq!(with(earlier(at(2 * DAY), 1)).len(), 2, "on the network, and verified");
}
