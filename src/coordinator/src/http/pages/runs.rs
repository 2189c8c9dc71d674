//! The runs, the newest first.

use super::{
    execution::Brief,
    parts::{Bar, Link, outcome_name, page, run_state},
    waves::WaveWords,
};
use crate::{
    http::{response::Reply, time::Moment},
    storage::{RunNumber, Runs, Storage, StoredJournal},
};
use askama::Template;
use backup_journal::{Span, Timestamp, journal::JournalView};

/// Runs on a page.
const RUNS: usize = 20;

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    now: Moment,
    run_count: u64,
    runs: Vec<Card>,
    /// Whether there are newer runs than these.
    newer: bool,
    /// Where older ones begin.
    older: Option<u32>,
}

/// One run.
struct Card {
    link: Link,
    fleet: String,
    state: &'static str,
    class: &'static str,
    bar: Bar,
    starts_owed: u32,
    outcome: Option<&'static str>,
    wave: Option<WaveWords>,
    execution: Option<Brief>,
    created: Moment,
    updated: Moment,
    idle: Span,
}

impl Card {
    fn of(storage: &Storage, run: RunNumber, now: Timestamp) -> Self {
        let journal = StoredJournal::new(storage, run);
        let header = journal.header();
        let (state, class) = run_state(header.state());
        Self {
            link: Link::to(header.run_id.as_str()),
            state,
            class,
            bar: Bar::of_run(header.tally),
            starts_owed: header.starts_owed,
            outcome: header.outcome().map(outcome_name),
            wave: WaveWords::of(&journal, header),
            execution: Brief::of(storage, run, header, now),
            created: Moment(header.created_at),
            updated: Moment(header.updated_at),
            idle: Span::between(header.updated_at, now),
            fleet: header.fleet.to_string(),
        }
    }
}

/// A page of the runs: the newest, or the newest of those with a number below `before`.
pub fn runs(storage: &Storage, before: Option<u32>, now: Timestamp) -> Reply {
    let Runs { numbers, before: older } = storage.newest_runs(before, RUNS);
    page(&RunsPage {
        now: Moment(now),
        run_count: storage.run_count(),
        runs: numbers.into_iter().map(|run| Card::of(storage, run, now)).collect(),
        newer: before.is_some(),
        older,
    })
}
