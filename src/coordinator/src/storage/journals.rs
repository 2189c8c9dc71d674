//! A journal in stable memory, as the state machine reads it.

use super::{
    codec::Stored,
    indexes::HoldKey,
    keys::{RunNumber, TargetKey, numbered},
    records::ProvenRecord,
    store::Storage,
};
use backup_journal::{
    ReceiptIndex, RunId, Sequence,
    journal::{
        Artifact, AuthoritySet, Header, JournalView, Operation, OperationSpec, OtherRuns,
        OwedStart, Progress, Queue, ReceiptRecord,
    },
    preflight::ProvenAuthority,
};
use candid::Principal;
use std::collections::BTreeMap;

impl Storage {
    /// The header of a run, which must exist.
    pub(crate) fn header_of(&self, run: RunNumber) -> Header {
        self.headers.get(&run).expect("BUG: a run without a header").0
    }
}

/// One journal of a storage.
pub struct StoredJournal<'a> {
    storage: &'a Storage,
    run: RunNumber,
    header: Header,
}

impl<'a> StoredJournal<'a> {
    /// The journal of `run`, which must exist.
    ///
    /// # Panics
    /// When it does not.
    pub fn new(storage: &'a Storage, run: RunNumber) -> Self {
        Self { storage, run, header: storage.header_of(run) }
    }

    /// The storage that it is read from.
    pub(crate) const fn storage(&self) -> &'a Storage {
        self.storage
    }

    /// The number of its run.
    pub(crate) const fn run_number(&self) -> RunNumber {
        self.run
    }

    /// Its header, handed over.
    pub fn into_header(self) -> Header {
        self.header
    }

    /// The operations `start..end`.
    pub fn operations(&self, header: &Header, start: u32, end: u32) -> Vec<Operation> {
        let progress = self.progress_between(start, end);
        (start..)
            .zip(self.storage.operation_specs(self.run, start, end))
            .map(|(sequence, spec)| {
                let progress = progress.get(&sequence).copied();
                self.operation_from(header, Sequence(sequence), spec, progress)
            })
            .collect()
    }

    /// The receipts `start..end`.
    pub fn receipts(&self, start: u32, end: u32) -> Vec<ReceiptRecord> {
        self.storage
            .receipts
            .range(numbered(self.run, start)..numbered(self.run, end))
            .map(|entry| entry.value().0)
            .collect()
    }

    fn progress_between(&self, start: u32, end: u32) -> BTreeMap<u32, Progress> {
        self.storage.progress_within(self.run, start..end).collect()
    }

    fn target_key(&self, target: &Principal) -> TargetKey {
        TargetKey { run: self.run, target: *target }
    }
}

impl JournalView for StoredJournal<'_> {
    fn header(&self) -> &Header {
        &self.header
    }

    fn spec(&self, sequence: Sequence) -> Option<OperationSpec> {
        self.storage.operation_spec(self.run, sequence.0)
    }

    fn progress(&self, sequence: Sequence) -> Option<Progress> {
        self.storage.progress(self.run, sequence)
    }

    fn receipt(&self, index: ReceiptIndex) -> Option<ReceiptRecord> {
        self.storage.receipts.get(&numbered(self.run, index.0)).map(|record| record.0)
    }

    fn target(&self, position: u32) -> Option<Principal> {
        let targets = self.storage.listed_targets(self.run, position, position + 1);
        targets.first().map(|target| target.canister_id)
    }

    fn artifact(&self, target: &Principal) -> Option<Artifact> {
        self.storage.artifacts.get(&self.target_key(target)).map(|record| record.0)
    }

    fn owed_start(&self, target: &Principal) -> Option<OwedStart> {
        self.storage.owed_starts.get(&self.target_key(target)).map(|record| record.0)
    }

    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority> {
        let Stored(ProvenRecord { control, snapshot_read }) =
            self.storage.authorities(set).get(&self.target_key(target))?;
        Some(ProvenAuthority { canister_id: *target, control, snapshot_read })
    }

    fn queued(&self, queue: Queue, from: Sequence) -> Option<Sequence> {
        self.storage.queued(self.run, queue, from)
    }
}

impl OtherRuns for StoredJournal<'_> {
    fn holder(&self, target: &Principal) -> Option<RunId> {
        let mut runs = self.storage.holds.keys_range(HoldKey::of(*target)).map(|key| key.run);
        let other = runs.find(|run| *run != self.run)?;
        Some(self.storage.header_of(other).run_id)
    }
}
