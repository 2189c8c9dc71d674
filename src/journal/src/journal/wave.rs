//! Waves: the operations of a stage that may be done side by side.
//!
//! Waves follow from the plan alone, so every row keeps the number of its wave. Nothing of a wave may be claimed
//! before all of the wave in front of it is over.

use super::{Header, JournalView, OperationSpec, Stage};
use crate::{Sequence, plan::BackupOperationKind as Kind};
use candid::{CandidType, Principal};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of a wave, 0-based, in the order in which the waves of a run are done.
#[derive(
    CandidType,
    Clone,
    Copy,
    Debug,
    Decode,
    Deserialize,
    Encode,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
)]
#[cbor(transparent)]
pub struct Wave(#[n(0)] pub u32);

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

/// Links the rows of a journal: each to the next one of its class, to its pair, and to its wave.
///
/// Two operations are of one wave when no operation of another stage stands between them; in the stages Stop and
/// Start the targets of a wave also have the same `depth`.
///
/// # Panics
/// When there are more rows than sequences.
pub fn link_rows(rows: &mut [OperationSpec], depth: impl Fn(&Principal) -> u32) {
    let (mut next_preflight, mut next_mutating) = (None, None);
    for (index, row) in rows.iter_mut().enumerate().rev() {
        let next = if row.kind.is_preflight() { &mut next_preflight } else { &mut next_mutating };
        row.next = next.replace(sequence(index));
    }
    link_waves(rows, depth);
    link_pairs(rows);
}

fn link_waves(rows: &mut [OperationSpec], depth: impl Fn(&Principal) -> u32) {
    let (mut wave, mut before) = (Wave(0), None);
    for row in rows.iter_mut().filter(|row| !row.kind.is_preflight()) {
        let level = match row.kind {
            Kind::Stop | Kind::Start => row.target.map(|target| depth(&target)),
            _ => None,
        };
        let here = (Stage::from(row.kind), level);
        let alone = row.kind == Kind::FinalizeManifest;
        if before.is_some_and(|before| before != here || alone) {
            wave = wave.next();
        }
        before = Some(here);
        row.wave = Some(wave);
    }
}

/// Pairs each stop with the first start of its target behind it, and each download with the first verification
/// behind it in its wave.
fn link_pairs(rows: &mut [OperationSpec]) {
    let mut second: BTreeMap<(Kind, Principal), usize> = BTreeMap::new();
    for index in (0..rows.len()).rev() {
        let OperationSpec { kind, wave, .. } = rows[index];
        let Some(target) = rows[index].target else { continue };
        let wanted = match kind {
            Kind::Start | Kind::VerifyArtifact => {
                second.insert((kind, target), index);
                continue;
            }
            Kind::Stop => Kind::Start,
            Kind::DownloadSnapshot => Kind::VerifyArtifact,
            _ => continue,
        };
        let Some(pair) = second.get(&(wanted, target)).copied() else { continue };
        if kind == Kind::Stop || rows[pair].wave == wave {
            rows[index].pair = Some(sequence(pair));
            rows[pair].pair = Some(sequence(index));
        }
    }
}

fn sequence(index: usize) -> Sequence {
    Sequence(u32::try_from(index).expect("BUG: a journal has more operations than sequences"))
}

impl Wave {
    /// The wave that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// How far the wave of the next operation has come; none when there is no next operation, before preflight is
/// accepted, and once the run is aborted.
///
/// It costs a search among the rows by halves, since waves are numbered in the order of the rows.
///
/// # Panics
/// When the cursor points past the end, which no transition writes.
pub fn current_wave(view: &impl JournalView, header: &Header) -> Option<WaveStatus> {
    let cursor = header.cursor.filter(|_| header.abort.is_none())?;
    let spec = view.spec(cursor).expect("BUG: the cursor points past the end of the journal");
    let wave = spec.wave?;
    let first = wave_start(view, header, cursor).0;
    let end = halve(cursor.0, header.operations, |sequence| {
        wave_at(view, header, sequence).is_some_and(|other| other > wave)
    });
    let last = header.operations.checked_sub(1)?;
    let waves = wave_at(view, header, last)?.next().0;
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

/// The first operation of the wave of the one at `sequence`; that operation itself when it belongs to no wave.
pub fn wave_start(view: &impl JournalView, header: &Header, sequence: Sequence) -> Sequence {
    let wave = view.spec(sequence).and_then(|row| row.wave);
    let (Some(wave), Some(first)) = (wave, header.first_mutating) else { return sequence };
    Sequence(halve(first.0, sequence.0, |sequence| {
        wave_at(view, header, sequence).is_some_and(|other| other >= wave)
    }))
}

/// The wave at a position; preflight rows count as of the wave of the row in front of them.
fn wave_at(view: &impl JournalView, header: &Header, sequence: u32) -> Option<Wave> {
    let first = header.first_mutating?.0;
    (first..=sequence).rev().find_map(|sequence| view.spec(Sequence(sequence))?.wave)
}

/// The first number from `low` on for which `holds`, or `high`; whatever holds for one holds for those behind it.
fn halve(mut low: u32, mut high: u32, holds: impl Fn(u32) -> bool) -> u32 {
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
