//! Which backups are kept on the disk: a rule of what is known of them, without clock and files.

use backup_journal::Timestamp;
use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;
use std::collections::BTreeMap;

/// For how many days, weeks and months that have a backup the newest one is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Keep {
    /// Days, in UTC.
    pub days: u32,
    /// Weeks, which begin on Monday.
    pub weeks: u32,
    /// Months.
    pub months: u32,
}

/// A backup, as far as the rule needs to know it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Backup {
    /// The name of its folder, which is that of its run.
    pub name: String,
    /// The fleet; empty if it is not known.
    pub fleet: String,
    /// When its run began.
    pub begun_at: Timestamp,
    /// What it is worth.
    pub state: State,
}

/// What a backup is worth.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every member of the fleet is in it.
    Complete,
    /// Some members are missing.
    Partial,
    /// It has not all been fetched yet.
    Unfinished,
    /// It is not what was downloaded.
    Damaged(String),
    /// This service has not fetched it.
    Foreign,
}

/// Why a backup is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// All are.
    NothingIsDeleted,
    /// This service has not fetched it.
    Foreign,
    /// It has not all been fetched yet.
    Unfinished,
    /// It is not what was downloaded, and somebody should look at it.
    Damaged,
    /// Its fleet has no complete backup.
    NoneIsComplete,
    /// It is the newest complete one of its fleet.
    Newest,
    /// It is the newest of a day.
    Day,
    /// It is the newest of a week.
    Week,
    /// It is the newest of a month.
    Month,
}

impl Reason {
    /// The reason in a table.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NothingIsDeleted => "all are kept",
            Self::Foreign => "not fetched by this service",
            Self::Unfinished => "not all fetched",
            Self::Damaged => "damaged",
            Self::NoneIsComplete => "its fleet has no complete one",
            Self::Newest => "the newest complete one",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// Why each of these backups is kept, in their order; one without a reason may be deleted.
pub fn decide(backups: &[Backup], keep: Option<Keep>) -> Vec<Vec<Reason>> {
    let Some(keep) = keep else {
        return vec![vec![Reason::NothingIsDeleted]; backups.len()];
    };
    let mut reasons: Vec<Vec<Reason>> =
        backups.iter().map(|backup| untouchable(&backup.state).into_iter().collect()).collect();
    let mut fleets: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, backup) in backups.iter().enumerate().filter(|(at, _)| reasons[*at].is_empty()) {
        fleets.entry(&backup.fleet).or_default().push(at);
    }
    for good in fleets.values_mut() {
        good.sort_by_key(|at| (backups[*at].begun_at, &backups[*at].name));
        good.reverse();
        let is_complete = |at: &usize| backups[*at].state == State::Complete;
        let Some(newest) = good.iter().copied().find(is_complete) else {
            for at in good.iter() {
                reasons[*at].push(Reason::NoneIsComplete);
            }
            continue;
        };
        reasons[newest].push(Reason::Newest);
        for (reason, count, period) in [
            (Reason::Day, keep.days, day as fn(Date) -> (i16, i8, i8)),
            (Reason::Week, keep.weeks, week),
            (Reason::Month, keep.months, month),
        ] {
            // In a period that has a complete backup, the newest complete one stands for it.
            let mut best: BTreeMap<(i16, i8, i8), usize> = BTreeMap::new();
            for at in good.iter().copied() {
                let stands = best.entry(period(date(backups[at].begun_at))).or_insert(at);
                if is_complete(&at) && !is_complete(stands) {
                    *stands = at;
                }
            }
            for at in best.into_values().rev().take(count as usize) {
                reasons[at].push(reason);
            }
        }
    }
    reasons
}

/// Why a backup is never deleted, whatever the others are.
const fn untouchable(state: &State) -> Option<Reason> {
    match state {
        State::Foreign => Some(Reason::Foreign),
        State::Unfinished => Some(Reason::Unfinished),
        State::Damaged(_) => Some(Reason::Damaged),
        State::Complete | State::Partial => None,
    }
}

fn date(time: Timestamp) -> Date {
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.0));
    // Nanoseconds in 64 bits end in 2554, long before the calendar does.
    time.unwrap_or(jiff::Timestamp::MAX).to_zoned(TimeZone::UTC).date()
}

fn day(date: Date) -> (i16, i8, i8) {
    (date.year(), date.month(), date.day())
}

fn week(date: Date) -> (i16, i8, i8) {
    let week = date.iso_week_date();
    (week.year(), week.week(), 0)
}

fn month(date: Date) -> (i16, i8, i8) {
    (date.year(), date.month(), 0)
}

#[cfg(test)]
mod tests;
