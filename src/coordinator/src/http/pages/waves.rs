//! Which wave a run is in, what is claimed there, and why a run was aborted.

use super::parts::{Bar, Link, operation_link};
use crate::{
    http::time::Moment,
    storage::{RunNumber, Storage, StoredJournal},
};
use askama::Template;
use backup_journal::{
    Sequence, Span, Timestamp,
    journal::{Header, JournalView, Stage, WaveStatus, current_wave},
};
use candid::Principal;
use std::fmt::{self, Display};

/// Operations under way that are listed.
const LISTED: usize = 20;

/// How far a wave has come, in words.
#[derive(Clone, Copy)]
pub(super) struct WaveWords(WaveStatus);

impl Display for WaveWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WaveStatus { wave, waves, stage, operations, over, pending, failed, .. } = self.0;
        let (number, stage) = (wave.next().0, stage_name(stage));
        write!(f, "wave {number} of {waves}, {stage}: {over} of {operations} over")?;
        for (count, what) in [(pending, "claimed"), (failed, "failed")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

impl WaveWords {
    /// Of a run that is in a wave.
    pub(super) fn of(journal: &StoredJournal<'_>, header: &Header) -> Option<Self> {
        current_wave(journal, header).filter(|_| header.preflight_accepted()).map(Self)
    }
}

pub(super) const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Preflight => "preflight",
        Stage::Stop => "stop",
        Stage::Snapshot => "snapshot",
        Stage::Start => "start",
        Stage::Transfer => "transfer",
        Stage::Finalize => "finalize",
        Stage::Upload => "upload",
        Stage::Load => "load",
        Stage::RollBack => "roll back",
        Stage::Verify => "verify",
    }
}

/// The wave of a run, and its operations that were claimed and are not over.
#[derive(Template)]
#[template(path = "waves.html")]
pub(super) struct Waves {
    wave: Option<(WaveWords, Bar)>,
    open: Vec<Open>,
    more: bool,
}

/// One of them.
struct Open {
    link: Link,
    target: Option<String>,
    state: &'static str,
    age: Option<Span>,
}

impl Waves {
    /// None when the run is in no wave and nothing is under way.
    pub(super) fn of(
        storage: &Storage,
        run: RunNumber,
        journal: &StoredJournal<'_>,
        header: &Header,
        now: Timestamp,
    ) -> Option<Self> {
        let wave = WaveWords::of(journal, header).map(|words| (words, Bar::of_wave(words.0)));
        let found = storage.open_operations(run, header, Sequence(0), LISTED + 1);
        let more = found.len() > LISTED;
        let shown = found.into_iter().take(LISTED);
        let open: Vec<Open> =
            shown.filter_map(|sequence| Open::of(journal, header, sequence, now)).collect();
        (wave.is_some() || !open.is_empty()).then_some(Self { wave, open, more })
    }
}

impl Open {
    fn of(
        journal: &StoredJournal<'_>,
        header: &Header,
        sequence: Sequence,
        now: Timestamp,
    ) -> Option<Self> {
        let operation = journal.operation(header, sequence)?;
        Some(Self {
            link: Link {
                href: operation_link(header, sequence),
                text: format!("{sequence} {:?}", operation.kind),
            },
            target: operation.target_canister_id.as_ref().map(Principal::to_text),
            state: operation.state.name(),
            age: operation.state_updated_at.map(|since| Span::between(since, now)),
        })
    }
}

/// That a run was aborted.
#[derive(Template)]
#[template(path = "aborted.html")]
pub(super) struct Aborted {
    reason: String,
    at: Moment,
    /// Starts that are not over.
    starts_left: u32,
    /// Whether the run is a restore that was rolled back, and how many targets are still to be rolled back.
    rolled_back: Option<u32>,
}

impl Aborted {
    /// None when it was not.
    pub(super) fn of(header: &Header) -> Option<Self> {
        let aborted = &header.abort.as_ref()?.aborted;
        let restore = header.restore.filter(|_| aborted.rolled_back);
        let roll_backs_left = restore.map(|restore| restore.roll_backs_left);
        Some(Self {
            reason: aborted.reason.clone(),
            at: Moment(aborted.aborted_at),
            starts_left: header.starts_open - roll_backs_left.unwrap_or_default(),
            rolled_back: roll_backs_left,
        })
    }
}
