//! The page of one run: where it stands, who is stopped, and the timeline of its operations.

use super::{
    chart::Chart,
    execution::Executing,
    parts::{
        Banner, Bar, Link, NAMED, OPERATIONS, Stopped, operation_link, outcome_name, page,
        page_link, run_state,
    },
    timeline::{AttemptRecord, Timeline},
    waves::{Aborted, Waves},
};
use crate::{
    http::{
        response::{Refusal, Reply},
        time::Moment,
    },
    storage::{RunNumber, Storage, StoredJournal},
};
use askama::Template;
use backup_journal::{
    Attempt, PreflightId, RunId, Sequence, Span, Timestamp,
    api::StartOwed,
    journal::{Drill, Header, JournalView, Operation, ReceiptOutcome, wave_end, wave_start},
    limits::check_name,
};
use candid::Principal;
use std::ops::Range;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    now: Moment,
    run_id: String,
    header: Header,
    state: &'static str,
    class: &'static str,
    outcome: &'static str,
    created: Moment,
    created_by: String,
    updated: Moment,
    idle: Span,
    next: Option<Link>,
    preflight: Option<(PreflightId, Moment)>,
    drill: Option<(Drill, Moment)>,
    banner: Option<Banner>,
    aborted: Option<Aborted>,
    execution: Option<Executing>,
    waves: Option<Waves>,
    /// On the first page only.
    chart: Option<Chart>,
    bar: Bar,
    rows: Vec<Row>,
    page: u32,
    pages: u32,
}

/// One operation.
struct Row {
    operation: Operation,
    state: &'static str,
    moved: Option<Moment>,
    target: Option<String>,
    /// What the plan calls it, unless that is but its kind and target.
    name: Option<String>,
    attempts: Vec<AttemptView>,
}

/// One attempt at it.
struct AttemptView {
    number: Attempt,
    claimed: Option<(Moment, String)>,
    /// Whether who claimed it also reported it, and so need be named only once.
    by_one: bool,
    ended: Option<Ended>,
    took: Option<Span>,
}

/// How it ended.
struct Ended {
    outcome: &'static str,
    time: Moment,
    by: String,
    receipt: u32,
    texts: Vec<(&'static str, String)>,
}

impl RunPage {
    /// The address of a page of this run.
    fn at(&self, page: u32) -> String {
        page_link(&self.run_id, page)
    }
}

/// The next operation, and where it is shown.
fn next(journal: &StoredJournal<'_>, header: &Header) -> Option<Link> {
    let Operation { sequence, kind, state, .. } = journal.operation(header, header.cursor?)?;
    Some(Link {
        href: operation_link(header, sequence),
        text: format!("{sequence} {kind:?}, {}", state.name()),
    })
}

impl AttemptView {
    fn of(record: &AttemptRecord, now: Timestamp) -> Self {
        let AttemptRecord { attempt, claim, end, .. } = record;
        let until = end.as_ref().map_or(now, |end| end.time);
        let reporter = end.as_ref().map(|end| end.by);
        Self {
            number: *attempt,
            took: claim.map(|(since, _)| Span::between(since, until)),
            claimed: claim.map(|(time, by)| (Moment(time), by.to_text())),
            by_one: claim.is_some_and(|(_, by)| reporter == Some(by)),
            ended: end.as_ref().map(|end| Ended {
                outcome: outcome(end.outcome),
                time: Moment(end.time),
                by: end.by.to_text(),
                receipt: end.receipt.0,
                texts: end.texts.clone(),
            }),
        }
    }
}

const fn outcome(outcome: ReceiptOutcome) -> &'static str {
    match outcome {
        ReceiptOutcome::Completed => "completed",
        ReceiptOutcome::Failed => "failed",
        ReceiptOutcome::Skipped => "skipped",
    }
}

/// The page.
///
/// # Errors
/// When there is no such run, or it has fewer pages.
pub fn run(
    storage: &Storage,
    run_id: &RunId,
    number: u32,
    now: Timestamp,
) -> Result<Reply, Refusal> {
    // A longer name is none, and no key either.
    check_name("run_id", run_id.as_str()).map_err(|_| Refusal::NotFound)?;
    let run = storage.run(run_id).map_err(|_| Refusal::NotFound)?;
    let journal = StoredJournal::new(storage, run);
    let header = journal.header();
    let pages = header.operations.div_ceil(OPERATIONS).max(1);
    if number > pages {
        return Err(Refusal::NotFound);
    }
    let (state, class) = run_state(header.state());
    Ok(page(&RunPage {
        now: Moment(now),
        run_id: run_id.to_string(),
        state,
        class,
        outcome: header.outcome().map_or("not over", outcome_name),
        created: Moment(header.created_at),
        updated: Moment(header.updated_at),
        idle: Span::between(header.updated_at, now),
        next: next(&journal, header),
        preflight: header.preflight.clone().map(|it| (it.preflight_id, Moment(it.accepted_at))),
        drill: header.drill.clone().map(|drill| (drill.clone(), Moment(drill.recorded_at))),
        created_by: storage.plan(run).created_by.to_text(),
        banner: banner(storage, run, header, now),
        aborted: Aborted::of(header),
        execution: Executing::of(storage, run, header, now),
        waves: Waves::of(storage, run, &journal, header, now),
        chart: (number == 1).then(|| Chart::of(storage, run, &journal, header, now)).flatten(),
        bar: Bar::of_run(header.tally),
        rows: rows(storage, &journal, header, number, now),
        header: header.clone(),
        page: number,
        pages,
    }))
}

fn rows(
    storage: &Storage,
    journal: &StoredJournal<'_>,
    header: &Header,
    page: u32,
    now: Timestamp,
) -> Vec<Row> {
    let start = (page - 1) * OPERATIONS;
    let end = (start + OPERATIONS).min(header.operations);
    let operations = journal.operations(header, start, end);
    let mut timeline = timeline(storage, journal, header, Sequence(start)..Sequence(end));
    for operation in &operations {
        let untold = operation.last_receipt.filter(|last| !timeline.has(operation.sequence, *last));
        if let Some(record) = untold.and_then(|index| journal.receipt(index)) {
            timeline.add_receipt(record);
        }
    }
    operations
        .into_iter()
        .map(|operation| {
            let attempts = timeline.of(operation.sequence);
            let target = operation.target_canister_id.as_ref().map(Principal::to_text);
            let id = &operation.operation_id;
            let plain = target.as_ref().is_some_and(|target| id.ends_with(target));
            Row {
                name: (!plain).then(|| id.clone()),
                state: operation.state.name(),
                moved: operation.state_updated_at.map(Moment),
                target,
                attempts: attempts.map(|record| AttemptView::of(record, now)).collect(),
                operation,
            }
        })
        .collect()
}

/// What the trail says of these operations. Nothing of a wave is claimed before the operation in front of the wave is
/// over.
fn timeline(
    storage: &Storage,
    journal: &StoredJournal<'_>,
    header: &Header,
    page: Range<Sequence>,
) -> Timeline {
    let start = wave_start(journal, header, page.start);
    let since = match start.0.checked_sub(1) {
        None => Some(header.created_at),
        Some(before) => {
            let before = journal.operation(header, Sequence(before));
            before.and_then(|before| before.state_updated_at)
        }
    };
    let Some(since) = since else { return Timeline::default() };
    let last = Sequence(page.end.0.saturating_sub(1));
    let beyond = wave_end(journal, header, last);
    Timeline::gather(storage, &header.run_id, since, page, beyond)
}

fn banner(storage: &Storage, run: RunNumber, header: &Header, now: Timestamp) -> Option<Banner> {
    let limit = u32::try_from(NAMED).unwrap_or(u32::MAX);
    let owed = storage.starts_owed(run, None, limit);
    let oldest = owed.iter().map(|start| start.owed.since).min();
    let row = |start: StartOwed| Stopped::in_run(start.canister_id, start.owed, now);
    let rows = owed.into_iter().map(row).collect();
    Banner::of(header.starts_owed.into(), oldest, rows, now)
}
