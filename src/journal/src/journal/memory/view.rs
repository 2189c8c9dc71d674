//! A journal in memory, as the state machine reads it.

use super::Journal;
use crate::{
    ReceiptIndex, Sequence,
    journal::{
        Artifact, AuthoritySet, Header, JournalView, OperationSpec, OwedStart, Progress, Queue,
        ReceiptRecord,
    },
    preflight::ProvenAuthority,
};
use candid::Principal;

impl JournalView for Journal {
    fn header(&self) -> &Header {
        &self.header
    }

    fn spec(&self, sequence: Sequence) -> Option<OperationSpec> {
        self.specs.get(sequence.index()).cloned()
    }

    fn progress(&self, sequence: Sequence) -> Option<Progress> {
        self.progress.get(sequence.index()).copied().flatten()
    }

    fn receipt(&self, index: ReceiptIndex) -> Option<ReceiptRecord> {
        self.receipts.get(index.0 as usize).cloned()
    }

    fn target(&self, position: u32) -> Option<Principal> {
        self.plan.targets.get(position as usize).map(|target| target.canister_id)
    }

    fn artifact(&self, target: &Principal) -> Option<Artifact> {
        self.artifacts.get(target).cloned()
    }

    fn owed_start(&self, target: &Principal) -> Option<OwedStart> {
        self.owed_starts.get(target).copied()
    }

    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority> {
        self.authorities.get(&(set, *target)).cloned()
    }

    fn queued(&self, queue: Queue, from: Sequence) -> Option<Sequence> {
        let range = (queue, from)..=(queue, Sequence(u32::MAX));
        self.queues.range(range).next().map(|(_, sequence)| *sequence)
    }
}
