//! Which wave a run is in, and how far it has come.

use super::{Header, JournalView, Stage, Wave};
use crate::Sequence;
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// How far the wave of the next operation has come.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WaveStatus {
    /// Which wave of the run it is.
    pub wave: Wave,
    /// How many waves the run has.
    pub waves: u32,
    /// Its stage.
    pub stage: Stage,
    /// The first operation of the wave.
    pub first: Sequence,
    /// How many operations the wave has.
    pub operations: u32,
    /// How many of them are completed or skipped.
    pub over: u32,
    /// How many of them are claimed.
    pub pending: u32,
    /// How many of them have failed and wait for a retry.
    pub failed: u32,
}

/// How far the wave of the next operation has come; none when there is no next operation, before preflight is
/// accepted, once the run is aborted, and in a run of a plan whose checks stand between its other operations.
///
/// It costs a search among the rows by halves, since waves are numbered in the order of the rows.
///
/// # Panics
/// When the cursor points past the end, which no transition writes.
pub fn current_wave(view: &impl JournalView, header: &Header) -> Option<WaveStatus> {
    let cursor = header.cursor.filter(|_| header.abort.is_none())?;
    let spec = view.spec(cursor).expect("BUG: the cursor points past the end of the journal");
    let wave = spec.wave?;
    first_of_waves(header)?;
    let first = wave_start(view, header, cursor).0;
    let end = wave_end(view, header, cursor).0;
    let last = header.operations.checked_sub(1)?;
    let waves = wave_at(view, last)?.next().0;
    // All rows in front of the wave are over. Before an abort what is claimed or has failed is of this wave.
    let over = (header.tally.completed + header.tally.skipped).saturating_sub(first);
    Some(WaveStatus {
        wave,
        waves,
        stage: spec.kind.into(),
        first: Sequence(first),
        operations: end - first,
        over,
        pending: header.tally.pending,
        failed: header.tally.failed,
    })
}

/// The first operation of the wave of the one at `sequence`; that operation itself when it belongs to no wave, and in
/// a run of a plan whose checks stand between its other operations.
pub fn wave_start(view: &impl JournalView, header: &Header, sequence: Sequence) -> Sequence {
    let wave = view.spec(sequence).and_then(|row| row.wave);
    let (Some(wave), Some(first)) = (wave, first_of_waves(header)) else { return sequence };
    Sequence(halve(first.0, sequence.0, |sequence| {
        wave_at(view, sequence).is_some_and(|other| other >= wave)
    }))
}

/// The first operation behind the wave of the one at `sequence`; the one behind that operation itself when it belongs
/// to no wave, and in a run of a plan whose checks stand between its other operations.
pub fn wave_end(view: &impl JournalView, header: &Header, sequence: Sequence) -> Sequence {
    let wave = view.spec(sequence).and_then(|row| row.wave);
    let (Some(wave), Some(_)) = (wave, first_of_waves(header)) else { return sequence.next() };
    Sequence(halve(sequence.0, header.operations, |sequence| {
        wave_at(view, sequence).is_some_and(|other| other > wave)
    }))
}

/// The first operation of the first wave; none when not all checks of the plan stand in front of it. Such a check is
/// completed wherever it stands, so it would count as done in a wave.
fn first_of_waves(header: &Header) -> Option<Sequence> {
    header.first_mutating.filter(|first| first.0 == header.preflight_operations)
}

fn wave_at(view: &impl JournalView, sequence: u32) -> Option<Wave> {
    view.spec(Sequence(sequence))?.wave
}

/// The first number from `low` on for which `holds`, or `high`; whatever holds for one holds for those behind it.
fn halve(mut low: u32, mut high: u32, holds: impl Fn(u32) -> bool) -> u32 {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
