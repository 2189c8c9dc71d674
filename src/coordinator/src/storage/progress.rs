//! What has moved about operations, in pages: the operations of a wave stand side by side and move together.

use super::{
    codec::Stored,
    keys::{RunNumber, number, numbered},
    pages::ROWS_PER_PAGE,
    store::Storage,
};
use backup_journal::{Sequence, journal::Progress};
use std::ops::Range;

impl Storage {
    /// What has moved about an operation; none while it is untouched.
    pub(super) fn progress(&self, run: RunNumber, sequence: Sequence) -> Option<Progress> {
        let page = self.progress.get(&numbered(run, sequence.0 / ROWS_PER_PAGE))?;
        page.0.get(sequence)
    }

    /// What has moved about the operations of a run within `sequences`, sorted.
    pub(super) fn progress_within(
        &self,
        run: RunNumber,
        sequences: Range<u32>,
    ) -> impl Iterator<Item = (u32, Progress)> {
        let pages = sequences.start / ROWS_PER_PAGE
            ..sequences.end.div_ceil(ROWS_PER_PAGE).max(sequences.start / ROWS_PER_PAGE);
        let pages = self.progress.range(numbered(run, pages.start)..numbered(run, pages.end));
        let rows = pages.flat_map(|(key, Stored(page))| {
            let first = number(key) * ROWS_PER_PAGE;
            (first..).zip(page.0).filter_map(|(sequence, row)| Some((sequence, row?)))
        });
        rows.filter(move |(sequence, _)| sequences.contains(sequence))
    }

    /// Sets what has moved about an operation.
    pub(crate) fn set_progress(&mut self, run: RunNumber, sequence: Sequence, progress: Progress) {
        let key = numbered(run, sequence.0 / ROWS_PER_PAGE);
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
