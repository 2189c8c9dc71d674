//! What pages share: the bar of states, the banner of stopped canisters, links and words.

use crate::{
    http::{
        request::run_link,
        response::{Content, Reply},
        time::Moment,
        words::standing,
    },
    storage::Owed,
};
use askama::{
    Template,
    filters::{Escaper, Html},
};
use backup_journal::{
    Sequence, Span, Timestamp,
    journal::{Header, OperationState, OwedStart, RunOutcome, RunState, Tally, WaveStatus},
    text::visible,
};
use candid::Principal;
use std::fmt;

/// How many stopped canisters are named; the others are counted.
pub(super) const NAMED: usize = 20;

/// Writes text into a page: `askama.toml` has every field of every template go through this, so that nothing
/// that was typed can be taken for a tag, nor put out of sight or in another place.
#[derive(Clone, Copy)]
pub(crate) struct Readable;

impl Escaper for Readable {
    fn write_escaped_str<W: fmt::Write>(&self, page: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(page, &visible(text))
    }
}

/// A finished page.
pub(super) fn page(template: &impl Template) -> Reply {
    let body = template.render().expect("BUG: writing to a string cannot fail");
    Reply::ok(Content::Html, body)
}

/// Operations by state, as a bar.
#[derive(Template)]
#[template(path = "bar.html")]
pub(super) struct Bar {
    /// What is counted.
    what: &'static str,
    done: u64,
    total: u64,
    segments: Vec<Segment>,
}

/// A part of a bar, which is 1,000 wide.
struct Segment {
    state: &'static str,
    name: &'static str,
    count: u64,
    x: u64,
    width: u64,
}

impl Bar {
    /// Of so many operations in each state.
    pub(super) fn of(counts: [(OperationState, u64); 6]) -> Self {
        let total = counts.iter().map(|(_, count)| count).sum();
        let (mut before, mut done) = (0, 0);
        let mut segments = Vec::new();
        for (state, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            let x = before * 1_000 / total;
            before += count;
            segments.push(Segment {
                state: state.name(),
                name: state.name(),
                count,
                x,
                width: before * 1_000 / total - x,
            });
            if matches!(state, OperationState::Completed | OperationState::Skipped) {
                done += count;
            }
        }
        Self { what: "operations", done, total, segments }
    }

    /// Of the operations of a wave.
    pub(super) fn of_wave(wave: WaveStatus) -> Self {
        use OperationState::{Blocked, Completed, Failed, Pending, Ready, Skipped};
        let WaveStatus { operations, over, pending, failed, .. } = wave;
        let ready = operations.saturating_sub(over + pending + failed);
        let counts = [
            (Completed, over),
            (Skipped, 0),
            (Failed, failed),
            (Pending, pending),
            (Ready, ready),
            (Blocked, 0),
        ];
        let mut bar = Self::of(counts.map(|(state, count)| (state, count.into())));
        bar.what = "operations of the wave";
        for segment in &mut bar.segments {
            segment.name = match segment.name {
                "completed" => "over",
                "pending" => "claimed",
                "ready" => "not claimed",
                name => name,
            };
        }
        bar
    }

    pub(super) fn of_run(tally: Tally) -> Self {
        Self::of(tally.by_state().map(|(state, count)| (state, count.into())))
    }
}

/// The canisters that must be started.
#[derive(Template)]
#[template(path = "banner.html")]
pub(super) struct Banner {
    total: u64,
    oldest: Span,
    rows: Vec<Stopped>,
}

/// One of them.
pub(super) struct Stopped {
    canister: String,
    /// What is known about its stop.
    standing: &'static str,
    since: Moment,
    age: Span,
    run: Option<Link>,
}

impl Banner {
    /// None when no start is owed.
    pub(super) fn of(
        total: u64,
        oldest: Option<Timestamp>,
        rows: Vec<Stopped>,
        now: Timestamp,
    ) -> Option<Self> {
        let oldest = Span::between(oldest?, now);
        Some(Self { total, oldest, rows })
    }

    fn more(&self) -> u64 {
        self.total - self.rows.len() as u64
    }
}

impl Stopped {
    pub(super) fn of(owed: &Owed, now: Timestamp) -> Self {
        Self {
            run: Some(Link::to(owed.run_id.as_str())),
            ..Self::in_run(owed.canister, owed.owed, now)
        }
    }

    /// On the page of its run, which needs no link.
    pub(super) fn in_run(canister: Principal, owed: OwedStart, now: Timestamp) -> Self {
        Self {
            canister: canister.to_text(),
            standing: standing(owed),
            since: Moment(owed.since),
            age: Span::between(owed.since, now),
            run: None,
        }
    }
}

/// What a run is worth, in a word or two.
pub(super) const fn outcome_name(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Complete => "complete",
        RunOutcome::OnNetwork => "on the network only",
        RunOutcome::Partial => "partial",
        RunOutcome::Nothing => "nothing",
        RunOutcome::RolledBack => "rolled back",
        RunOutcome::Restored => "restored",
    }
}

/// Operations on a page of a run.
pub(super) const OPERATIONS: u32 = 50;

/// The address of a page of a run.
pub(super) fn page_link(run_id: &str, page: u32) -> String {
    let href = run_link(run_id);
    let separator = if href.contains('?') { '&' } else { '?' };
    format!("{href}{separator}page={page}")
}

/// Where an operation is shown.
pub(super) fn operation_link(header: &Header, sequence: Sequence) -> String {
    format!("{}#o{sequence}", page_link(header.run_id.as_str(), sequence.0 / OPERATIONS + 1))
}

/// A link to a run.
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
}

impl Link {
    pub(super) fn to(run_id: &str) -> Self {
        Self { href: run_link(run_id), text: run_id.to_string() }
    }
}

/// What a state is called, and the class of its badge.
pub(super) const fn run_state(state: RunState) -> (&'static str, &'static str) {
    match state {
        RunState::AwaitingPreflight => ("awaiting preflight", "blocked"),
        RunState::InProgress => ("in progress", "pending"),
        RunState::Failed => ("failed", "failed"),
        RunState::Completed => ("completed", "completed"),
        RunState::Aborting => ("aborting", "failed"),
        RunState::Aborted => ("aborted", "skipped"),
        RunState::Contained => ("contained", "failed"),
    }
}
