//! What is noted about canisters and calls, so that another message, or another release, can go on.

use crate::{RunId, Sequence, Timestamp};
use candid::Principal;
use minicbor::{Decode, Encode, bytes::ByteVec};

/// Something that is done with calls, which take time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Task {
    /// The target at this position is checked.
    Check(u32),
    /// An operation is performed.
    Perform(Sequence),
    /// A target is looked at, and started if it does not run.
    Watch(Principal),
    /// A snapshot of a target is deleted.
    Delete(Principal),
    /// The method that lists the members of the fleet is called.
    Discover,
}

/// What is known about a target of a run.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct TargetNote {
    /// What the last check found.
    #[n(0)]
    pub look: Option<Look>,
    /// Why the run does without the target.
    #[n(1)]
    pub given_up: Option<String>,
    /// How many checks in a row were not answered.
    #[n(2)]
    pub errors: u32,
    /// The next check comes not before this time.
    #[n(3)]
    pub not_before: Option<Timestamp>,
    /// The snapshot from which it is restored; none in a backup.
    #[n(4)]
    pub restores: Option<ByteVec>,
}

/// A stop of a target that was not answered and may still take effect, also after the target was started.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct LateStop {
    /// From then on it cannot.
    #[n(0)]
    pub until: Timestamp,
    /// When the target is looked at next.
    #[n(1)]
    pub next_look: Timestamp,
}

/// A check of a target before anything is stopped.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Look {
    /// The number of the preflight that it belongs to.
    #[n(0)]
    pub round: u32,
    /// When it was answered.
    #[n(1)]
    pub at: Timestamp,
    /// What it found.
    #[n(2)]
    pub found: Looked,
}

/// What a check found.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Looked {
    /// The target can be backed up.
    #[n(0)]
    Ready {
        /// Whether it was running. One that was not is left as it is.
        #[n(0)]
        running: bool,
        /// Its snapshots.
        #[n(1)]
        snapshots: Vec<ByteVec>,
        /// The hash of its module, in hexadecimal.
        #[n(2)]
        module_hash: Option<String>,
    },
    /// It cannot, for this reason.
    #[n(1)]
    NotReady {
        /// The reason.
        #[n(0)]
        reason: String,
    },
}

/// What is known about the calls of an operation that is not over.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct CallNote {
    /// How many calls were made that do the operation. If there was one, a canister is looked at before the next.
    #[n(0)]
    pub calls: u32,
    /// When the last of these calls can take effect no more.
    #[n(1)]
    pub gives_up_at: Option<Timestamp>,
    /// How many calls in a row went wrong.
    #[n(2)]
    pub errors: u32,
    /// Why the last of them did.
    #[n(3)]
    pub last_error: Option<String>,
    /// The next call comes not before this time.
    #[n(4)]
    pub not_before: Option<Timestamp>,
    /// Another attempt makes no sense.
    #[n(5)]
    pub is_final: bool,
    /// The snapshot that was taken and is not checked yet.
    #[n(6)]
    pub taken: Option<ByteVec>,
    /// The version of the canister right before its snapshot.
    #[n(7)]
    pub version: Option<u64>,
    /// How many changes of code, state and controllers the canister had right before the first load.
    #[n(8)]
    pub changes: Option<u64>,
    /// The snapshot of which the new one takes the place.
    #[n(9)]
    pub replaces: Option<Replaced>,
    /// Whether the network has said that it keeps no more snapshots of the canister.
    #[cbor(n(10), default)]
    pub is_full: bool,
}

/// A snapshot of an earlier run of which a new one takes the place.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Replaced {
    /// The run that took it.
    #[n(0)]
    pub run_id: RunId,
    /// The snapshot.
    #[n(1)]
    pub snapshot_id: ByteVec,
}

impl CallNote {
    /// One more call has gone wrong: the next comes after `wait` of the errors in a row, in nanoseconds.
    pub fn went_wrong(&mut self, now: Timestamp, wait: fn(u32) -> u64) {
        self.errors += 1;
        self.not_before = Some(Timestamp(now.0 + wait(self.errors)));
    }
}

impl TargetNote {
    /// The check that belongs to this preflight.
    pub fn look_of(&self, round: u32) -> Option<&Look> {
        self.look.as_ref().filter(|look| look.round == round)
    }

    /// Whether the target was not running before the run, so that it is neither stopped nor started.
    pub const fn was_stopped(&self) -> bool {
        matches!(&self.look, Some(Look { found: Looked::Ready { running: false, .. }, .. }))
    }
}

/// The notes of a run, as the decision reads them.
pub trait Notes {
    /// What is known about the calls of an operation.
    fn call_note(&self, sequence: Sequence) -> CallNote;
    /// What is known about a target.
    fn target_note(&self, target: &Principal) -> TargetNote;
    /// The first stops that may still take effect, at most `limit`, with their targets.
    fn late_stops(&self, limit: usize) -> Vec<(Principal, LateStop)>;
    /// Whether a task is under way.
    fn is_under_way(&self, task: Task) -> bool;
    /// How many tasks of the run are under way.
    fn under_way(&self) -> usize;
}
