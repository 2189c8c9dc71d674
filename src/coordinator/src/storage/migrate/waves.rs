//! Waves for the runs and drafts of layout 1.
//!
//! Their operations were claimed one by one, so at most the one at the cursor was begun and is not over.

use crate::storage::{codec::Stored, keys::RunNumber, records::DraftRecord, store::Storage};
use backup_journal::{
    Sequence,
    api::DraftPhase,
    journal::{Header, OperationSpec, Progress, Queue, QueueMove, RowState, link_rows},
    plan::BackupOperationKind as Kind,
};
use std::collections::BTreeMap;

impl Storage {
    /// Links the rows of every run that is not over, and lists what was begun there.
    pub(super) fn link_waves(&mut self) {
        self.claims.clear();
        let runs: Vec<RunNumber> = self.headers.keys_range(..).collect();
        for run in runs {
            let header = self.header_of(run);
            if !header.is_over() {
                self.link_waves_of(run, header);
            }
        }
        self.derive_drafts_anew();
    }

    fn link_waves_of(&mut self, run: RunNumber, header: Header) {
        let rows = self.linked_rows(run, &header);
        self.append_rows(run, 0, &rows);
        let mut header = Header { frontier: header.cursor, ..header };
        if let Some(cursor) = header.cursor
            && let Some(row) = self.progress(run, cursor)
        {
            header.frontier = rows[cursor.index()].next;
            header.ready_again = u32::from(row.state == RowState::Ready);
            self.list_begun(run, cursor, rows[cursor.index()].kind, row);
        }
        header.starts_unclaimed = self.list_owed_starts(run, &rows);
        self.headers.set(run, Some(Stored(header)));
    }

    fn linked_rows(&self, run: RunNumber, header: &Header) -> Vec<OperationSpec> {
        let targets = self.listed_targets(run, 0, header.targets);
        let depths: BTreeMap<_, _> =
            targets.iter().map(|target| (target.canister_id, target.depth)).collect();
        let mut rows = self.operation_specs(run, 0, header.operations);
        link_rows(&mut rows, |target| depths.get(target).copied().unwrap_or_default());
        rows
    }

    /// Lists the operation at the cursor, which was begun and is not over.
    fn list_begun(&mut self, run: RunNumber, sequence: Sequence, kind: Kind, row: Progress) {
        let Some(queue) = Queue::of(kind, row.state, false) else { return };
        let claimed_at = queue.is_claimed().then_some(row.updated_at);
        self.move_in_queues(run, QueueMove { enters: true, queue, sequence, claimed_at });
    }

    /// Lists the starts that were never claimed, of targets whose stop was, and counts them.
    fn list_owed_starts(&mut self, run: RunNumber, rows: &[OperationSpec]) -> u32 {
        let is_claimed = |sequence: Sequence| self.progress(run, sequence).is_some();
        let owed: Vec<Sequence> = (0..)
            .map(Sequence)
            .zip(rows)
            .filter(|(stop, row)| row.kind == Kind::Stop && is_claimed(*stop))
            .filter_map(|(_, row)| row.pair)
            .filter(|start| !is_claimed(*start))
            .collect();
        for sequence in &owed {
            let (queue, sequence) = (Queue::StartOwed, *sequence);
            self.move_in_queues(run, QueueMove { enters: true, queue, sequence, claimed_at: None });
        }
        u32::try_from(owed.len()).expect("BUG: more starts than operations")
    }

    /// What layout 1 had derived of the rows of drafts belongs to no wave, so it is derived again.
    fn derive_drafts_anew(&mut self) {
        let drafts: Vec<DraftRecord> = self.drafts.iter().map(|entry| entry.value().0).collect();
        for draft in drafts {
            let DraftPhase::Sealing { operations_written } = draft.phase else { continue };
            let mut start = 0;
            while start < operations_written {
                // Whole stages, since the waves of a stage follow from the stops in front of it.
                let end = draft.layout().stage_end(Sequence(start)).0.min(operations_written);
                let rows = self.derive_rows(&draft, start, end);
                self.append_rows(draft.run, start, &rows);
                start = end;
            }
        }
    }
}
