//! What follows from what was seen. Functions of their arguments, so that every case can be tried.

use crate::snapshot_id::{SnapshotId, SnapshotIds};
use ic_management_canister_types::CanisterStatusType;

/// Whether a call is still to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needed {
    /// What the call is to bring about is so already.
    Nothing,
    /// The call is to be made, or made again.
    Call,
}

/// Whether a canister in this status has still to be stopped.
///
/// One that is stopping may go on to do so for ever; to stop it again does no harm, and waits.
pub const fn to_stop(status: CanisterStatusType) -> Needed {
    match status {
        CanisterStatusType::Stopped => Needed::Nothing,
        CanisterStatusType::Running | CanisterStatusType::Stopping => Needed::Call,
    }
}

/// Whether a canister in this status has still to be started. A start also ends a stop that is not over.
pub const fn to_start(status: CanisterStatusType) -> Needed {
    match status {
        CanisterStatusType::Running => Needed::Nothing,
        CanisterStatusType::Stopped | CanisterStatusType::Stopping => Needed::Call,
    }
}

/// What has become of a call that takes a snapshot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Taken {
    /// No snapshot is new: it was not taken.
    Not,
    /// One is new: it is that of the call.
    This(SnapshotId),
    /// Several are new: somebody else has taken some, and a person has to say which.
    Undecided(SnapshotIds),
}

/// Decides by the snapshots that there were before the call, whatever their age, and those that there are now.
pub fn taken(before: &SnapshotIds, now: &SnapshotIds) -> Taken {
    let new: SnapshotIds = now.difference(before).cloned().collect();
    let mut ids = new.iter();
    match (ids.next(), ids.next()) {
        (None, _) => Taken::Not,
        (Some(id), None) => Taken::This(id.clone()),
        (Some(_), Some(_)) => Taken::Undecided(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[u8]) -> SnapshotIds {
        ids.iter().map(|id| vec![*id].into()).collect()
    }

    /// Every pair of lists of up to four snapshots.
    #[test]
    fn a_snapshot_is_ours_if_it_alone_is_new() {
        let list = |bits: u8| ids(&(0..4).filter(|id| bits >> id & 1 == 1).collect::<Vec<u8>>());
        for (before, now) in (0..16).flat_map(|before| (0..16).map(move |now| (before, now))) {
            let new = list(now & !before);
            let expected = match new.len() {
                0 => Taken::Not,
                1 => Taken::This(new.first().expect("it has one").clone()),
                _ => Taken::Undecided(new),
            };
            assert_eq!(taken(&list(before), &list(now)), expected, "{before:b} {now:b}");
        }
    }

    #[test]
    fn a_canister_that_is_stopping_is_neither_stopped_nor_running() {
        use CanisterStatusType::{Running, Stopped, Stopping};
        let needed = |status| (to_stop(status), to_start(status));
        assert_eq!(needed(Running), (Needed::Call, Needed::Nothing));
        assert_eq!(needed(Stopping), (Needed::Call, Needed::Call));
        assert_eq!(needed(Stopped), (Needed::Nothing, Needed::Call));
    }
}
