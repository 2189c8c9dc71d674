//! A run as the decision sees it: its journal, the notes, and the tasks under way.

use super::under_way;
use crate::storage::StoredJournal;
use backup_journal::{
    Sequence,
    execution::{CallNote, LateStop, Notes, TargetNote, Task},
};
use candid::Principal;

impl Notes for StoredJournal<'_> {
    fn call_note(&self, sequence: Sequence) -> CallNote {
        self.storage().call_note(self.run_number(), sequence)
    }

    fn target_note(&self, target: &Principal) -> TargetNote {
        self.storage().target_note(self.run_number(), target)
    }

    fn late_stops(&self, limit: usize) -> Vec<(Principal, LateStop)> {
        self.storage().late_stops(self.run_number()).take(limit).collect()
    }

    fn is_under_way(&self, task: Task) -> bool {
        under_way::contains(self.run_number(), task)
    }

    fn under_way(&self) -> usize {
        under_way::of_run(self.run_number()).len()
    }
}
