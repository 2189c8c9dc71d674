//! A run in memory as the decision sees it.

use super::world::World;
use crate::{
    ReceiptIndex, Sequence,
    execution::{CallNote, LateStop, Notes, TargetNote, Task},
    journal::{
        Artifact, AuthoritySet, Header, JournalView, OperationSpec, OwedStart, Progress, Queue,
        ReceiptRecord,
    },
    preflight::ProvenAuthority,
};
use candid::Principal;

impl JournalView for World {
    fn header(&self) -> &Header {
        self.journal.header()
    }

    fn spec(&self, sequence: Sequence) -> Option<OperationSpec> {
        self.journal.spec(sequence)
    }

    fn progress(&self, sequence: Sequence) -> Option<Progress> {
        self.journal.progress(sequence)
    }

    fn receipt(&self, index: ReceiptIndex) -> Option<ReceiptRecord> {
        self.journal.receipt(index)
    }

    fn target(&self, position: u32) -> Option<Principal> {
        self.journal.target(position)
    }

    fn artifact(&self, target: &Principal) -> Option<Artifact> {
        self.journal.artifact(target)
    }

    fn owed_start(&self, target: &Principal) -> Option<OwedStart> {
        self.journal.owed_start(target)
    }

    fn proven(&self, set: AuthoritySet, target: &Principal) -> Option<ProvenAuthority> {
        self.journal.proven(set, target)
    }

    fn queued(&self, queue: Queue, from: Sequence) -> Option<Sequence> {
        self.journal.queued(queue, from)
    }
}

impl Notes for World {
    fn call_note(&self, sequence: Sequence) -> CallNote {
        self.calls.get(&sequence).cloned().unwrap_or_default()
    }

    fn target_note(&self, target: &Principal) -> TargetNote {
        self.targets.get(target).cloned().unwrap_or_default()
    }

    fn late_stops(&self, limit: usize) -> Vec<(Principal, LateStop)> {
        self.late_stops.iter().map(|(target, late)| (*target, *late)).take(limit).collect()
    }

    fn is_under_way(&self, task: Task) -> bool {
        self.tasks.contains_key(&task)
    }

    fn under_way(&self) -> usize {
        self.tasks.len()
    }
}
