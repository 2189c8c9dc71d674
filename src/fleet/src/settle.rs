//! What follows from the observed state. Pure functions, so that every case can be tested.

use crate::snapshot_id::{SnapshotId, SnapshotIds};
use ic_management_canister_types::CanisterStatusType;

/// What an operation still needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needed {
    /// Nothing: the canister already has the state.
    Nothing,
    /// The call, also if it was made before.
    Call,
}

/// What a stop needs if the canister has this status.
///
/// One that is stopping may go on to do so for ever; to stop it again does no harm, and waits.
pub const fn to_stop(status: CanisterStatusType) -> Needed {
    match status {
        CanisterStatusType::Stopped => Needed::Nothing,
        CanisterStatusType::Running | CanisterStatusType::Stopping => Needed::Call,
    }
}

/// What a start needs if the canister has this status. A start also ends a stop that is not over.
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
    /// Several are new: another caller took some too, and an operator must decide which one belongs to the run.
    Undecided(SnapshotIds),
}

/// Decides by the snapshots before the call and the snapshots now; their age does not matter.
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
