//! A change, written into a journal in memory.

use super::Journal;
use crate::journal::{Change, Moved, QueueMove, Restart};

impl Journal {
    /// Writes a change that a transition has made of this journal.
    pub(crate) fn apply(&mut self, change: Change) {
        // Downtimes and waves that begin are kept for people; no transition reads them.
        let Change { header, moved, queues, receipt, artifact, restarts, proven, .. } = change;
        let before = std::mem::replace(&mut self.header, header);
        for Moved { sequence, progress, .. } in moved {
            self.progress[sequence.index()] = Some(progress);
        }
        for QueueMove { enters, queue, sequence, .. } in queues {
            if enters {
                self.queues.insert((queue, sequence));
            } else {
                self.queues.remove(&(queue, sequence));
            }
        }
        self.receipts.extend(receipt);
        self.artifacts.extend(artifact);
        for restart in restarts {
            match restart {
                Restart::Owed { target, owed } => self.owed_starts.insert(target, owed),
                Restart::Settled { target } => self.owed_starts.remove(&target),
            };
        }
        let set = before.authorities.other();
        let proven = proven.into_iter().map(|proof| ((set, proof.canister_id), proof));
        self.authorities.extend(proven);
        if self.header.authorities == set {
            self.show_authorities();
        }
    }

    /// Makes the plan show the authorities that count.
    fn show_authorities(&mut self) {
        let set = self.header.authorities;
        for target in &mut self.plan.targets {
            if let Some(proof) = self.authorities.get(&(set, target.canister_id)) {
                target.control_authority = proof.control.clone();
                target.snapshot_read_authority = proof.snapshot_read;
            }
        }
    }
}
