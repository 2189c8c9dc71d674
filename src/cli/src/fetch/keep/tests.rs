use super::*;
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::collections::BTreeSet;

const HOUR: u64 = 3_600_000_000_000;

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        6 => Just(State::Complete),
        2 => Just(State::Partial),
        1 => Just(State::Unfinished),
        1 => Just(State::Damaged("a file is missing".to_owned())),
        1 => Just(State::Foreign),
    ]
}

/// Backups of two fleets within some weeks around a new year.
fn backups() -> impl Strategy<Value = Vec<Backup>> {
    let begun = 1_766_000_000_000_000_000..1_766_000_000_000_000_000 + 24 * 40 * HOUR;
    let backup = (select(vec!["bank", "shop"]), begun, state());
    vec(backup, 0..40).prop_map(|backups| {
        let named = |(at, (fleet, begun_at, state)): (usize, (&str, u64, State))| Backup {
            name: format!("run-{at}"),
            fleet: fleet.to_owned(),
            begun_at: Timestamp(begun_at),
            state,
        };
        backups.into_iter().enumerate().map(named).collect()
    })
}

fn keep() -> impl Strategy<Value = Keep> {
    (0..9_u32, 0..5_u32, 0..3_u32)
        .prop_map(|(days, weeks, months)| Keep { days, weeks, months })
        .prop_filter("it keeps something", |keep| *keep != Keep::default())
}

fn kept(backups: &[Backup], keep: Keep) -> Vec<Backup> {
    let reasons = decide(backups, Some(keep));
    let kept = backups.iter().zip(reasons).filter(|(_, reasons)| !reasons.is_empty());
    kept.map(|(backup, _)| backup.clone()).collect()
}

const fn is_good(state: &State) -> bool {
    matches!(state, State::Complete | State::Partial)
}

proptest! {
    #[test]
    fn nothing_is_deleted_unless_it_is_asked_for(backups in backups()) {
        prop_assert!(decide(&backups, None).iter().all(|reasons| !reasons.is_empty()));
    }

    #[test]
    fn what_is_foreign_damaged_or_not_all_there_stays(backups in backups(), keep in keep()) {
        let kept = kept(&backups, keep);
        for backup in backups.iter().filter(|backup| !is_good(&backup.state)) {
            prop_assert!(kept.contains(backup));
        }
    }

    #[test]
    fn the_newest_complete_backup_of_a_fleet_stays(backups in backups(), keep in keep()) {
        let kept = kept(&backups, keep);
        for fleet in ["bank", "shop"] {
            let complete = backups.iter().filter(|it| it.fleet == fleet && it.state == State::Complete);
            let newest = complete.max_by_key(|it| (it.begun_at, &it.name));
            prop_assert!(newest.is_none_or(|newest| kept.contains(newest)));
        }
    }

    #[test]
    fn a_second_look_deletes_nothing_more(backups in backups(), keep in keep()) {
        let first = kept(&backups, keep);
        prop_assert_eq!(kept(&first, keep), first);
    }

    #[test]
    fn no_fleet_counts_for_another(backups in backups(), keep in keep()) {
        let shop: Vec<Backup> = backups.iter().filter(|it| it.fleet == "shop").cloned().collect();
        let mut together = kept(&backups, keep);
        together.retain(|it| it.fleet == "shop");
        prop_assert_eq!(kept(&shop, keep), together);
    }

    /// The last days that have a good backup keep one each, a complete one if they have one; and no more are kept than asked for.
    #[test]
    fn each_of_the_last_days_keeps_one(backups in backups(), days in 1..9_u32) {
        let keep = Keep { days, ..Keep::default() };
        let day_of = |it: &Backup| it.begun_at.0 / (24 * HOUR);
        let kept = kept(&backups, keep);
        for fleet in ["bank", "shop"] {
            let of_fleet = |it: &&Backup| it.fleet == fleet && is_good(&it.state);
            let good: Vec<&Backup> = backups.iter().filter(of_fleet).collect();
            let left: Vec<&Backup> = kept.iter().filter(of_fleet).collect();
            if good.iter().all(|it| it.state != State::Complete) {
                prop_assert_eq!(left.len(), good.len());
                continue;
            }
            let last: BTreeSet<u64> = good.iter().map(|it| day_of(it)).collect();
            for day in last.iter().rev().take(days as usize) {
                let of_day = |it: &&&Backup| day_of(it) == *day;
                let complete = |it: &&Backup| it.state == State::Complete;
                prop_assert!(left.iter().any(|it| day_of(it) == *day));
                let had = good.iter().filter(of_day).copied().any(|it| complete(&it));
                prop_assert_eq!(had, left.iter().filter(of_day).copied().any(|it| complete(&it)));
            }
            // One for each day, and the newest complete one.
            prop_assert!(left.len() <= days as usize + 1);
        }
    }

    #[test]
    fn more_is_kept_when_more_is_asked_for(backups in backups(), few in keep(), more in option::of(keep())) {
        let more = more.unwrap_or_default();
        let sum = Keep {
            days: few.days + more.days,
            weeks: few.weeks + more.weeks,
            months: few.months + more.months,
        };
        let all = kept(&backups, sum);
        prop_assert!(kept(&backups, few).iter().all(|it| all.contains(it)));
    }
}

/// Weeks begin on Monday, and the one at the turn of a year is one week.
#[test]
fn days_weeks_and_months_are_those_of_the_calendar() {
    use Reason::{Day, Month, Newest, Week};
    let backup = |name: &str, time: &str| Backup {
        name: name.to_owned(),
        fleet: "shop".to_owned(),
        begun_at: time.parse::<jiff::Timestamp>().map_or(Timestamp(0), |time| {
            Timestamp(u64::try_from(time.as_nanosecond()).expect("after 1970"))
        }),
        state: State::Complete,
    };
    let backups = [
        backup("sunday", "2025-12-28T23:59:59Z"),
        backup("monday", "2025-12-29T00:00:00Z"),
        backup("new year", "2026-01-01T00:00:00Z"),
        backup("the same day", "2026-01-01T23:59:59Z"),
    ];
    let reasons = |days, weeks, months| decide(&backups, Some(Keep { days, weeks, months }));
    assert_eq!(reasons(2, 0, 0), [vec![], vec![Day], vec![], vec![Newest, Day]]);
    assert_eq!(reasons(0, 2, 0), [vec![Week], vec![], vec![], vec![Newest, Week]]);
    assert_eq!(reasons(0, 0, 2), [vec![], vec![Month], vec![], vec![Newest, Month]]);
}
