//! What the coordinator does for a run that it executes.

use super::parts::{Link, operation_link};
use crate::{
    executor::{calls_of, status_of},
    http::time::Moment,
    storage::{RunNumber, Storage},
};
use askama::Template;
use backup_journal::{
    Span, Timestamp,
    execution::{
        ActiveCall, DeadlineStatus, ExecutionPhase, ExecutionStatus, Pause, WaitingOperation,
    },
    journal::Header,
};
use std::fmt::{self, Display};

/// Calls, and operations that wait, that are listed.
const LISTED: usize = 20;

/// What the coordinator does for a run, in a line.
pub(super) struct Brief {
    phase: ExecutionPhase,
    starts_only: bool,
    paused: bool,
    calls: usize,
    deadline: Option<DeadlineWords>,
}

impl Brief {
    /// None when it does nothing for it.
    pub(super) fn of(
        storage: &Storage,
        run: RunNumber,
        header: &Header,
        now: Timestamp,
    ) -> Option<Self> {
        let execution = storage.execution(run).filter(|it| it.phase != ExecutionPhase::Over)?;
        let deadline = storage.deadline(run).map(|deadline| deadline.status(header));
        Some(Self {
            phase: execution.phase,
            starts_only: execution.starts_only,
            paused: execution.pause.is_some(),
            calls: calls_of(run),
            deadline: DeadlineWords::of(deadline, now),
        })
    }
}

impl Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The coordinator {}", phase_words(self.phase, self.starts_only))?;
        if self.paused {
            write!(f, ", paused")?;
        }
        write!(f, "; {} under way", Count(self.calls))?;
        if let Some(deadline) = &self.deadline {
            write!(f, "; restart deadline {deadline}")?;
        }
        Ok(())
    }
}

const fn phase_words(phase: ExecutionPhase, starts_only: bool) -> &'static str {
    match phase {
        ExecutionPhase::Planned => "waits for start_execution",
        ExecutionPhase::Preflight => "checks the targets",
        ExecutionPhase::Running if starts_only => "starts what a driver has left stopped",
        ExecutionPhase::Running => "performs the operations",
        ExecutionPhase::Over => "has done its part",
    }
}

/// How many calls.
struct Count(usize);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "call" } else { "calls" })
    }
}

/// How far away a restart deadline is.
struct DeadlineWords {
    at: Timestamp,
    now: Timestamp,
}

impl DeadlineWords {
    /// None when it has not begun.
    fn of(deadline: Option<DeadlineStatus>, now: Timestamp) -> Option<Self> {
        Some(Self { at: deadline?.at?, now })
    }
}

impl Display for DeadlineWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at >= self.now {
            write!(f, "in {}", Span::between(self.now, self.at))
        } else {
            write!(f, "passed {} ago", Span::between(self.at, self.now))
        }
    }
}

/// What the coordinator does for a run, on the page of the run.
#[derive(Template)]
#[template(path = "execution.html")]
pub(super) struct Executing {
    words: &'static str,
    /// How many targets are checked, and of how many; while they are.
    checked: Option<(u32, u32)>,
    paused: Option<(Pause, Moment)>,
    problem: Option<String>,
    deadline: Option<(DeadlineWords, Moment)>,
    calls: Vec<CallRow>,
    waiting: Vec<WaitingRow>,
    more: bool,
}

/// A call that is under way.
struct CallRow {
    link: Option<Link>,
    canister: String,
    age: Span,
}

/// An operation that waits for another try.
struct WaitingRow {
    link: Link,
    canister: String,
    reason: String,
    next: Moment,
}

impl Executing {
    /// None when a driver outside executes the run.
    pub(super) fn of(
        storage: &Storage,
        run: RunNumber,
        header: &Header,
        now: Timestamp,
    ) -> Option<Self> {
        let status: ExecutionStatus = status_of(storage, run)?;
        let checks = status.phase == ExecutionPhase::Preflight;
        let deadline = DeadlineWords::of(status.deadline, now);
        let more = status.under_way.len() > LISTED || status.waiting.len() > LISTED;
        let calls = status.under_way.iter().take(LISTED);
        let waiting = status.waiting.into_iter().take(LISTED);
        Some(Self {
            words: phase_words(status.phase, status.starts_only),
            checked: checks.then_some((status.preflight.checked, status.preflight.targets)),
            paused: status.pause.map(|pause| (pause.clone(), Moment(pause.since))),
            problem: status.problem,
            deadline: deadline.map(|words| {
                let at = Moment(words.at);
                (words, at)
            }),
            calls: calls.map(|call| CallRow::of(call, header, now)).collect(),
            waiting: waiting.map(|it| WaitingRow::of(it, header)).collect(),
            more,
        })
    }
}

impl CallRow {
    fn of(call: &ActiveCall, header: &Header, now: Timestamp) -> Self {
        let link = call.sequence.zip(call.kind).map(|(sequence, kind)| Link {
            href: operation_link(header, sequence),
            text: format!("{sequence} {kind:?}"),
        });
        Self { link, canister: call.canister_id.to_text(), age: Span::between(call.since, now) }
    }
}

impl WaitingRow {
    fn of(waiting: WaitingOperation, header: &Header) -> Self {
        let WaitingOperation { sequence, kind, canister_id, reason, not_before, .. } = waiting;
        let (href, text) = (operation_link(header, sequence), format!("{sequence} {kind:?}"));
        let (canister, next) = (canister_id.to_text(), Moment(not_before));
        Self { link: Link { href, text }, canister, reason, next }
    }
}
