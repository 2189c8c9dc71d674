//! The first page: what needs attention, totals, and the newest runs.

use super::{
    execution::Brief,
    parts::{Banner, Bar, Link, NAMED, Stopped, outcome_name, page, run_state},
    waves::WaveWords,
};
use crate::{
    http::{
        response::Reply,
        time::{Moment, Span},
    },
    storage::{RunNumber, Runs, Storage, StoredJournal, Totals},
};
use askama::Template;
use backup_journal::{Timestamp, journal::JournalView};

/// Runs on a page.
const RUNS: usize = 20;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    now: Moment,
    public: bool,
    banner: Option<Banner>,
    totals: Totals,
    bar: Bar,
    run_count: u64,
    drafts: u64,
    events: u64,
    oldest_claim: Option<Span>,
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

/// The page. Where reading is open to members only it has numbers alone.
pub fn dashboard(storage: &Storage, public: bool, before: Option<u32>, now: Timestamp) -> Reply {
    let owed = if public { storage.owed(NAMED) } else { Vec::new() };
    let rows = owed.iter().map(|owed| Stopped::of(owed, now)).collect();
    let Runs { numbers, before: older } =
        if public { storage.newest_runs(before, RUNS) } else { Runs::default() };
    let totals = storage.totals();
    page(&Dashboard {
        now: Moment(now),
        public,
        banner: Banner::of(storage.owed_count(), storage.oldest_owed(), rows, now),
        bar: Bar::of(totals.operations()),
        totals,
        run_count: storage.run_count(),
        drafts: storage.draft_count(),
        events: storage.audit_length(),
        oldest_claim: storage.oldest_claim().map(|since| Span::between(since, now)),
        runs: numbers.into_iter().map(|run| Card::of(storage, run, now)).collect(),
        newer: before.is_some(),
        older,
    })
}
