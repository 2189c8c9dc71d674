//! Where the time of a run went: the waves, and the canisters that were down longest.
//!
//! What is read is bounded: [`MEMBERS`] canisters, [`BANDS`] waves, and for the median the keys of [`HALF`]
//! downtimes.

use super::waves::stage_name;
use crate::{
    http::time::Moment,
    storage::{RunNumber, Storage, StoredJournal},
};
use askama::Template;
use backup_journal::{
    Span, Timestamp,
    journal::{Downtime, Downtimes, Header, JournalView, Stage, Wave, WaveBegun},
};
use candid::Principal;

/// Canisters in the chart.
const MEMBERS: usize = 200;

/// Canisters that are shown before the others are unfolded.
const SHOWN: usize = 20;

/// The median is that of twice so many canisters; of larger runs, those that were down longest.
const HALF: u32 = 10_000;

/// Waves in the chart.
const BANDS: usize = 100;

/// How wide a chart is.
const WIDTH: u64 = 1_000;

/// The least width at which a part can be seen.
const LEAST: u64 = 4;

/// What the page says of the downtime of a run.
#[derive(Template)]
#[template(path = "chart.html")]
pub(super) struct Chart {
    from: Moment,
    until: Moment,
    total: Span,
    /// Whether starts are owed still.
    going_on: bool,
    median: Option<Median>,
    bands: Vec<Band>,
    shown: Vec<Member>,
    folded: Vec<Member>,
    /// Of so many, if there may be more.
    among: Option<usize>,
}

/// The downtime in the middle; the shorter one if there are two.
struct Median {
    took: Span,
    /// Of so many canisters.
    of: u32,
    /// Whether there are more, which were down for less time.
    longest: bool,
}

/// A wave, from its beginning to that of the next one.
struct Band {
    name: String,
    class: &'static str,
    x: u64,
    width: u64,
    took: Span,
}

/// One canister.
#[derive(Template)]
#[template(path = "member.html")]
struct Member {
    canister: String,
    took: Span,
    x: u64,
    width: u64,
    stopped: Span,
    /// Where it is drawn, and when it was.
    snapshot: Option<(u64, Span)>,
    started: Option<Span>,
}

/// When a canister was stopped, and when it was started again if it was.
struct Down {
    canister: Principal,
    since: Timestamp,
    until: Option<Timestamp>,
}

impl Down {
    fn took(&self, now: Timestamp) -> u64 {
        self.until.unwrap_or(now).nanos_since(self.since)
    }
}

/// The time that the chart covers.
#[derive(Clone, Copy)]
struct Axis {
    from: Timestamp,
    until: Timestamp,
}

impl Axis {
    fn x(self, at: Timestamp) -> u64 {
        let whole = self.until.nanos_since(self.from).max(1);
        let part = at.nanos_since(self.from).min(whole);
        let x = u128::from(part) * u128::from(WIDTH) / u128::from(whole);
        u64::try_from(x).unwrap_or(WIDTH)
    }

    /// Where a part begins, and how wide it is.
    fn part(self, from: Timestamp, until: Timestamp) -> (u64, u64) {
        let x = self.x(from).min(WIDTH - LEAST);
        (x, self.x(until).saturating_sub(x).max(LEAST))
    }
}

impl Chart {
    /// None before the first stop of a run is claimed, and when it is unknown until when anything was down.
    pub(super) fn of(
        storage: &Storage,
        run: RunNumber,
        journal: &StoredJournal<'_>,
        header: &Header,
        now: Timestamp,
    ) -> Option<Self> {
        let Downtimes { first_stop, last_start, targets } = header.downtimes?;
        let going_on = header.starts_owed > 0;
        let until = if going_on { now } else { last_start? };
        let axis = Axis { from: first_stop, until };
        let downs = longest(storage, run, header, now);
        let mut shown: Vec<Member> =
            downs.iter().map(|down| Member::of(journal, down, axis, now)).collect();
        Some(Self {
            from: Moment(axis.from),
            until: Moment(until),
            total: Span::between(axis.from, until),
            going_on,
            median: Median::of(storage, run, targets),
            bands: bands(storage, run, journal, header, axis),
            folded: shown.split_off(shown.len().min(SHOWN)),
            shown,
            among: (downs.len() == MEMBERS).then_some(MEMBERS),
        })
    }
}

impl Median {
    fn of(storage: &Storage, run: RunNumber, known: u32) -> Option<Self> {
        let longest = known > 2 * HALF;
        let nanos = if longest {
            storage.downtime_from_longest(run, HALF)?
        } else {
            storage.downtime_from_shortest(run, known.checked_sub(1)? / 2)?
        };
        Some(Self { took: Span(nanos), of: known.min(2 * HALF), longest })
    }
}

/// The canisters that were down longest, the longest first: those that still are, and those that run again.
fn longest(storage: &Storage, run: RunNumber, header: &Header, now: Timestamp) -> Vec<Down> {
    let stopped = storage.stopped_in(run, header, MEMBERS).into_iter();
    let stopped = stopped.map(|(canister, since)| Down { canister, since, until: None });
    let started = storage.longest_downtimes(run, MEMBERS).into_iter();
    let started = started.map(|Downtime { target, since, until, .. }| Down {
        canister: target,
        since,
        until: Some(until),
    });
    let mut all: Vec<Down> = stopped.chain(started).collect();
    all.sort_by_key(|down| std::cmp::Reverse(down.took(now)));
    all.truncate(MEMBERS);
    all
}

impl Member {
    fn of(journal: &StoredJournal<'_>, down: &Down, axis: Axis, now: Timestamp) -> Self {
        let Down { canister, since, until } = *down;
        let (x, width) = axis.part(since, until.unwrap_or(now));
        let after = |at| Span::between(axis.from, at);
        let taken_at = journal.artifact(&canister).and_then(|it| it.snapshot_recorded_at);
        Self {
            canister: canister.to_text(),
            took: Span(down.took(now)),
            x,
            width,
            stopped: after(since),
            snapshot: taken_at.map(|at| (axis.x(at).min(WIDTH - LEAST), after(at))),
            started: until.map(after),
        }
    }
}

/// The waves in the time of the chart. Those of an aborted run end with the abort.
fn bands(
    storage: &Storage,
    run: RunNumber,
    journal: &StoredJournal<'_>,
    header: &Header,
    axis: Axis,
) -> Vec<Band> {
    let aborted = header.abort.as_ref().map(|abort| abort.aborted.aborted_at);
    let end = aborted.unwrap_or(axis.until).min(axis.until);
    let waves = storage.waves_begun(run, BANDS + 1);
    let ends = waves.iter().skip(1).map(|(_, next)| next.at).chain([end]);
    let of_waves = waves.iter().zip(ends).take(BANDS);
    let of_waves = of_waves.filter_map(|((wave, begun), until)| {
        Band::of_wave(journal, *wave, *begun, until.min(end), axis)
    });
    let after = aborted.filter(|at| *at < axis.until);
    let after =
        after.map(|at| Band::new("after the abort".to_string(), "late", at, axis.until, axis));
    of_waves.chain(after).collect()
}

impl Band {
    fn of_wave(
        journal: &StoredJournal<'_>,
        wave: Wave,
        begun: WaveBegun,
        until: Timestamp,
        axis: Axis,
    ) -> Option<Self> {
        let stage = Stage::from(journal.spec(begun.first)?.kind);
        let (number, name) = (wave.next().0, stage_name(stage));
        let class = match stage {
            Stage::Stop => "stop",
            Stage::Snapshot => "snapshot",
            Stage::Start => "start",
            _ => "other",
        };
        (begun.at < until)
            .then(|| Self::new(format!("{number} {name}"), class, begun.at, until, axis))
    }

    fn new(
        name: String,
        class: &'static str,
        from: Timestamp,
        until: Timestamp,
        axis: Axis,
    ) -> Self {
        let (x, width) = axis.part(from, until);
        // A gap tells it from the next one.
        Self { name, class, x, width: width - 2, took: Span::between(from, until) }
    }
}
