//! The fleets on the first page, the worst first.

use super::parts::{Link, outcome_name, run_state};
use crate::{
    http::{fleets::statuses, time::Moment},
    storage::Storage,
};
use askama::Template;
use backup_journal::{
    Span, Timestamp,
    execution::MAX_SNAPSHOTS,
    fleet_status::{FleetBackup, FleetCondition, FleetProblem, FleetRun, FleetStatus},
    schedule::ScheduleStatus,
};
use std::cmp::Reverse;

/// Fleets that are shown.
const SHOWN: usize = 100;

/// How many fleets there are in a condition.
pub(super) struct Count {
    pub(super) condition: &'static str,
    pub(super) class: &'static str,
    pub(super) fleets: usize,
}

/// The fleets, one row each.
#[derive(Template)]
#[template(path = "fleets.html")]
pub(super) struct Fleets {
    rows: Vec<Row>,
    /// How many are not shown.
    more: u64,
}

/// A fleet.
struct Row {
    name: String,
    registered: bool,
    condition: &'static str,
    class: &'static str,
    problems: Vec<String>,
    last: Option<LastRun>,
    next: Next,
    on_network: Option<Span>,
    complete: Option<Span>,
    proven: Option<Span>,
    slots: Option<u32>,
}

/// The last run of a fleet.
struct LastRun {
    link: Link,
    words: &'static str,
    age: Span,
}

/// When the next run is.
enum Next {
    NotScheduled,
    Paused,
    At(Moment),
}

impl Fleets {
    /// The fleets, and how many of them are in each condition, the worst first.
    pub(super) fn of(storage: &Storage, now: Timestamp) -> ([Count; 4], Self) {
        let mut statuses = statuses(storage, now);
        let counts = FleetCondition::ALL.map(|condition| Count {
            condition: condition.name(),
            class: class(condition),
            fleets: statuses.iter().filter(|it| it.condition == condition).count(),
        });
        // Those that nobody has registered come last within their condition.
        statuses.sort_by_key(|status| (Reverse(status.condition), status.members.is_none()));
        let rows: Vec<Row> =
            statuses.into_iter().take(SHOWN).map(|status| Row::of(status, now)).collect();
        let more = storage.known_fleets().saturating_sub(rows.len() as u64);
        (counts, Self { rows, more })
    }
}

impl Row {
    fn of(status: FleetStatus, now: Timestamp) -> Self {
        let age = |backup: Option<FleetBackup>| {
            backup.map(|backup| Span::between(backup.completed_at, now))
        };
        Self {
            condition: status.condition.name(),
            class: class(status.condition),
            problems: status.problems.iter().map(FleetProblem::to_string).collect(),
            last: status.last_run.map(|run| LastRun::of(&run, now)),
            next: Next::of(status.schedule.as_ref()),
            on_network: age(status.on_network),
            complete: age(status.complete),
            proven: age(status.proven),
            slots: status.slots.map(|slots| slots.most_used),
            registered: status.members.is_some(),
            name: status.fleet.to_string(),
        }
    }
}

impl LastRun {
    fn of(run: &FleetRun, now: Timestamp) -> Self {
        Self {
            link: Link::to(run.run_id.as_str()),
            words: run.outcome.map_or_else(|| run_state(run.state).0, outcome_name),
            age: Span::between(run.updated_at, now),
        }
    }
}

impl Next {
    fn of(schedule: Option<&ScheduleStatus>) -> Self {
        match schedule {
            None => Self::NotScheduled,
            Some(schedule) => schedule.next_at.map_or(Self::Paused, |at| Self::At(Moment(at))),
        }
    }
}

/// The class that gives a condition its colour.
const fn class(condition: FleetCondition) -> &'static str {
    match condition {
        FleetCondition::Well => "completed",
        FleetCondition::Warning => "pending",
        FleetCondition::Failing | FleetCondition::Urgent => "failed",
    }
}
