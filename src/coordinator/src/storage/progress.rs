//! What has moved about operations, in pages: the operations of a wave stand side by side and move together.

use super::{
    codec::Stored,
    keys::{RunNumber, number, numbered},
    store::Storage,
};
use backup_journal::{Sequence, journal::Progress};
use minicbor::{Decode, Encode};
use std::ops::Range;

/// How many operations share a page.
const PAGE: u32 = 16;

/// The operations of a page, up to the last one that has moved.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct ProgressPage(#[n(0)] Vec<Option<Progress>>);

impl ProgressPage {
    fn get(&self, sequence: Sequence) -> Option<Progress> {
        self.0.get((sequence.0 % PAGE) as usize).copied().flatten()
    }

    fn set(&mut self, sequence: Sequence, progress: Progress) {
        let position = (sequence.0 % PAGE) as usize;
        if self.0.len() <= position {
            self.0.resize(position + 1, None);
        }
        self.0[position] = Some(progress);
    }
}

impl Storage {
    /// What has moved about an operation; none while it is untouched.
    pub(super) fn progress(&self, run: RunNumber, sequence: Sequence) -> Option<Progress> {
        let page = self.progress.get(&numbered(run, sequence.0 / PAGE))?;
        page.0.get(sequence)
    }

    /// What has moved about the operations of a run within `sequences`, sorted.
    pub(super) fn progress_within(
        &self,
        run: RunNumber,
        sequences: Range<u32>,
    ) -> impl Iterator<Item = (u32, Progress)> {
        let pages =
            sequences.start / PAGE..sequences.end.div_ceil(PAGE).max(sequences.start / PAGE);
        let pages = self.progress.range(numbered(run, pages.start)..numbered(run, pages.end));
        let rows = pages.flat_map(|(key, Stored(page))| {
            let first = number(key) * PAGE;
            (first..).zip(page.0).filter_map(|(sequence, row)| Some((sequence, row?)))
        });
        rows.filter(move |(sequence, _)| sequences.contains(sequence))
    }

    /// Sets what has moved about an operation.
    pub(crate) fn set_progress(&mut self, run: RunNumber, sequence: Sequence, progress: Progress) {
        let key = numbered(run, sequence.0 / PAGE);
        let mut page = self.progress.get(&key).map(|page| page.0).unwrap_or_default();
        page.set(sequence, progress);
        self.progress.set(key, Some(Stored(page)));
    }

    /// Brings what layout 1 has into pages.
    pub(super) fn page_progress(&mut self) {
        let rows: Vec<(u64, Progress)> =
            self.single_progress.iter().map(|entry| (*entry.key(), entry.value().0)).collect();
        for (key, progress) in rows {
            let run = RunNumber(u32::try_from(key >> 32).expect("BUG: shifted to 32 bits"));
            self.set_progress(run, Sequence(number(key)), progress);
        }
        self.progress.save();
        self.single_progress.clear();
    }
}
