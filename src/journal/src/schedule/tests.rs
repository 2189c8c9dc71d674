//! Schedules, by example and by property.

use super::{Due, Schedule, ScheduleError, ScheduleState, Timing, due, next_runs};
use crate::Timestamp;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;
/// 2026-11-26 00:00:00, a Thursday.
const MIDNIGHT: u64 = 1_795_651_200 * SECOND;

fn cron(expression: &str) -> Schedule {
    let timing = Timing::Cron(expression.to_string());
    Schedule { timing, window_seconds: None, paused: false, keep_on_network: None }
}

fn every(seconds: u64) -> Schedule {
    Schedule { timing: Timing::EverySeconds(seconds), ..cron("") }
}

fn after(schedule: &Schedule, hours: u64) -> Option<Timestamp> {
    schedule.after(Timestamp(MIDNIGHT + hours * HOUR))
}

fn at(hours: u64) -> Timestamp {
    Timestamp(MIDNIGHT + hours * HOUR)
}

#[test]
fn a_cron_expression_names_times_in_utc() {
    for (expression, next) in [
        ("0 3 * * *", 3),
        ("0 0 * * *", 24),
        ("0 6,18 * * *", 6),
        ("0 4 * * MON", 4 * 24 + 4),
        ("0 4 * * 1", 4 * 24 + 4),
        ("0 0 1 * *", 5 * 24),
        ("0 0 L * *", 4 * 24),
        ("@daily", 24),
    ] {
        let schedule = cron(expression);
        assert_eq!(schedule.check(at(0)), Ok(()), "{expression}");
        assert_eq!(after(&schedule, 0), Some(at(next)), "{expression}");
    }
    // A time is never its own next time, and a leap day comes every four years.
    assert_eq!(after(&cron("0 3 * * *"), 3), Some(at(27)));
    let leap = cron("0 0 29 2 *").after(at(0)).expect("it comes");
    assert_eq!(leap, Timestamp(1_835_395_200 * SECOND));
}

#[test]
fn an_expression_that_makes_no_sense_is_refused() {
    for expression in ["", "3 * *", "0 3 * * * *", "61 3 * * *", "0 25 * * *", "a b c d e"] {
        let refused = cron(expression).check(at(0));
        assert!(matches!(refused, Err(ScheduleError::Cron { .. })), "{expression}: {refused:?}");
    }
    // As long as it may be, and a byte longer.
    let days = |number| vec!["1"; number].join(",");
    assert_eq!(cron(&format!("00 3 {} * *", days(60))).check(at(0)), Ok(()));
    let too_long = format!("000 3 {} * *", days(60));
    let problem = "it has 129 bytes, and at most 128 are allowed".to_string();
    assert_eq!(cron(&too_long).check(at(0)), Err(ScheduleError::Cron { problem }));
    let long = "0 ".repeat(100);
    assert!(matches!(cron(&long).check(at(0)), Err(ScheduleError::Cron { .. })));
    for never in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *"] {
        assert_eq!(cron(never).check(at(0)), Err(ScheduleError::Never), "{never}");
        assert_eq!(cron(never).after(at(0)), None);
    }
    assert_eq!(cron("0 * * * *").check(at(0)), Ok(()), "an hour apart is enough");
    let often = cron("*/5 * * * *").check(at(0));
    assert_eq!(often, Err(ScheduleError::TooOften { seconds: 300 }));
    for hour in 0..24 {
        let twice = cron("0,30 3 * * *").check(at(hour));
        assert_eq!(twice, Err(ScheduleError::TooOften { seconds: 1_800 }), "checked at {hour}");
    }
}

#[test]
fn an_interval_is_at_least_an_hour_and_at_most_a_year() {
    for seconds in [3_600, 86_400, 31_536_000] {
        assert_eq!(every(seconds).check(at(0)), Ok(()));
    }
    for value in [0, 3_599, 31_536_001, u64::MAX] {
        let refused = every(value).check(at(0));
        assert!(matches!(refused, Err(ScheduleError::OutOfRange { .. })), "{value}: {refused:?}");
    }
    assert_eq!(after(&every(0), 7), None);
    assert_eq!(after(&every(6 * 3_600), 7), Some(at(12)));
    assert_eq!(after(&every(6 * 3_600), 12), Some(at(18)));
}

#[test]
fn a_window_is_a_minute_to_a_week() {
    let with = |seconds| Schedule { window_seconds: Some(seconds), ..cron("0 3 * * *") };
    assert_eq!([60, 604_800].map(|seconds| with(seconds).check(at(0))), [Ok(()), Ok(())]);
    for value in [59, 604_801] {
        let refused = with(value).check(at(0));
        assert!(matches!(refused, Err(ScheduleError::OutOfRange { .. })), "{value}: {refused:?}");
    }
}

#[test]
fn one_to_eight_backups_stay_and_three_unless_it_is_said() {
    let with = |keep| Schedule { keep_on_network: keep, ..cron("0 3 * * *") };
    for (said, kept) in [(None, 3), (Some(1), 1), (Some(8), 8)] {
        assert_eq!((with(said).check(at(0)), with(said).keep()), (Ok(()), kept));
    }
    for value in [0, 9] {
        let refused = with(Some(value)).check(at(0));
        assert!(matches!(refused, Err(ScheduleError::OutOfRange { .. })), "{value}: {refused:?}");
    }
}

#[test]
fn missed_times_are_made_up_for_once_and_not_outside_their_window() {
    let nightly = cron("0 3 * * *");
    let state = ScheduleState { next_at: at(3), last: None };
    assert_eq!(due(&nightly, &state, at(2)), Due::NotYet);
    assert_eq!(due(&nightly, &state, at(3)), Due::Begin { planned_at: at(3) });
    assert_eq!(due(&nightly, &state, at(80)), Due::Begin { planned_at: at(3) });
    let paused = Schedule { paused: true, ..nightly.clone() };
    assert_eq!(due(&paused, &state, at(80)), Due::NotYet);
    let within = Schedule { window_seconds: Some(7_200), ..nightly };
    assert_eq!(due(&within, &state, at(5)), Due::Begin { planned_at: at(3) });
    assert_eq!(due(&within, &state, Timestamp(at(5).0 + 1)), Due::Missed { planned_at: at(3) });
    // Two nights later, in the window of that night.
    assert_eq!(due(&within, &state, at(52)), Due::Begin { planned_at: at(51) });
    assert_eq!(due(&within, &state, at(60)), Due::Missed { planned_at: at(3) });
}

#[test]
fn the_next_runs_are_listed() {
    let nightly = cron("0 3 * * *");
    assert_eq!(next_runs(&nightly, at(0), 3), [at(3), at(27), at(51)]);
    assert_eq!(next_runs(&nightly, at(0), 0), []);
    assert_eq!(next_runs(&cron("0 0 30 2 *"), at(0), 3), []);
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let cron = (0..60_u8, 0..24_u8, 0..7_u8).prop_map(|(minute, hour, day)| match day {
        0 => format!("{minute} {hour} 1 * *"),
        1 | 2 => format!("{minute} {hour} * * {day}"),
        _ => format!("{minute} {hour} * * *"),
    });
    let timing = prop_oneof![
        cron.prop_map(Timing::Cron),
        (3_600..1_000_000_u64).prop_map(Timing::EverySeconds),
    ];
    (timing, prop::option::of(60..604_800_u64)).prop_map(|(timing, window_seconds)| Schedule {
        timing,
        window_seconds,
        paused: false,
        keep_on_network: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A coordinator that wakes at any time begins one backup for all times that it has missed, and none twice.
    #[test]
    fn each_time_is_decided_once(
        schedule in any_schedule(),
        waits in prop::collection::vec(0..200 * 3_600_u64, 1..40),
    ) {
        prop_assert_eq!(schedule.check(at(0)), Ok(()));
        let mut now = at(0);
        let mut state = ScheduleState { next_at: schedule.after(now).expect("it comes"), last: None };
        let mut last = None;
        for wait in waits {
            now.0 += wait * SECOND;
            let planned_at = match due(&schedule, &state, now) {
                Due::NotYet => {
                    prop_assert!(now < state.next_at);
                    continue;
                }
                Due::Begin { planned_at } => {
                    let late = now.nanos_since(planned_at) / SECOND;
                    prop_assert!(schedule.window_seconds.is_none_or(|window| late <= window));
                    planned_at
                }
                Due::Missed { planned_at } => planned_at,
            };
            prop_assert!(planned_at <= now);
            prop_assert!(last.is_none_or(|last| last < planned_at), "{last:?} {planned_at:?}");
            last = Some(planned_at);
            state.next_at = schedule.after(now).expect("it comes");
            prop_assert!(state.next_at > now);
        }
    }
}
