//! Whether a canister can take what is restored to it.

use backup_fleet::{CallFailed, Management, Runtime, SnapshotId};
use backup_journal::execution::{MAX_SNAPSHOTS, Observed};
use candid::Principal;
use thiserror::Error;

/// What is restored to a canister.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Restored {
    /// A snapshot that is uploaded, with so many bytes.
    Upload(u64),
    /// A snapshot that it has.
    Has(SnapshotId),
    /// A snapshot that another canister has.
    OfAnother(Principal, SnapshotId),
}

/// Why nothing can be restored to a canister now.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotRestorable {
    /// Somebody else is stopping it.
    #[error("it is stopping; wait until it has stopped, or start it")]
    Stopping,
    /// The network keeps no more snapshots of it.
    #[error(
        "it has {snapshots} of {MAX_SNAPSHOTS} snapshots, and a restore needs room for {needed} more; delete some"
    )]
    NoFreeSnapshot {
        /// How many it has.
        snapshots: usize,
        /// How many more there will be.
        needed: usize,
    },
    /// The snapshot that is to be loaded is gone.
    #[error(
        "{canister} does not have snapshot {snapshot} any more; restore it from the folder of a backup"
    )]
    SnapshotGone {
        /// The canister that had it.
        canister: Principal,
        /// The snapshot.
        snapshot: SnapshotId,
    },
    /// It could not pay for it, or would be frozen afterwards.
    #[error("it has {cycles} cycles and needs {needed}; top it up with {} more", needed - cycles)]
    TooFewCycles {
        /// Its balance.
        cycles: u128,
        /// What it needs.
        needed: u128,
    },
}

impl Restored {
    /// How many snapshots a restore adds to the canister: the safety snapshot, and what is uploaded.
    const fn snapshots(&self) -> usize {
        match self {
            Self::Upload(_) => 2,
            Self::Has(_) | Self::OfAnother(..) => 1,
        }
    }

    const fn uploaded(&self) -> u128 {
        match self {
            Self::Upload(bytes) => *bytes as u128,
            Self::Has(_) | Self::OfAnother(..) => 0,
        }
    }
}

/// The cycles that a canister needs for a restore so that it is not frozen afterwards.
pub const fn cycles_needed(observed: &Observed, restored: &Restored) -> u128 {
    observed.cycles_needed_to_restore(restored.uploaded())
}

/// Looks whether a snapshot is there that another canister should have.
///
/// # Errors
/// If the canister does not answer.
pub async fn find_foreign<R: Runtime>(
    management: &Management<R>,
    restored: &Restored,
) -> Result<Result<(), NotRestorable>, CallFailed> {
    let Restored::OfAnother(canister, snapshot) = restored else { return Ok(Ok(())) };
    let is_there = management.snapshots(*canister).await?.contains(snapshot);
    Ok(if is_there { Ok(()) } else { Err(gone(*canister, snapshot)) })
}

fn gone(canister: Principal, snapshot: &SnapshotId) -> NotRestorable {
    NotRestorable::SnapshotGone { canister, snapshot: snapshot.clone() }
}

/// Whether something can be restored to a canister, as it was observed.
///
/// # Errors
/// The first reason against it.
pub fn check_restorable(
    canister: Principal,
    observed: &Observed,
    restored: &Restored,
) -> Result<(), NotRestorable> {
    if observed.running.is_none() {
        return Err(NotRestorable::Stopping);
    }
    if let Restored::Has(snapshot) = restored {
        let listed = observed.snapshots.iter().any(|id| id == snapshot.as_bytes());
        if !listed {
            return Err(gone(canister, snapshot));
        }
    }
    let (snapshots, needed) = (observed.snapshots.len(), restored.snapshots());
    if snapshots + needed > MAX_SNAPSHOTS {
        return Err(NotRestorable::NoFreeSnapshot { snapshots, needed });
    }
    let (cycles, needed) = (observed.cycles, cycles_needed(observed, restored));
    if cycles < needed {
        return Err(NotRestorable::TooFewCycles { cycles, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    const CANISTER: Principal = Principal::anonymous();

    fn observed() -> Observed {
        Observed {
            running: Some(true),
            module_hash: Some("aa".to_owned()),
            snapshots: vec![vec![1]],
            cycles: 1 << 60,
            idle_cycles_per_day: 0,
            freezing_seconds: 2_592_000,
            snapshot_bytes: u128::from(GIB),
            may_replace: false,
        }
    }

    #[test]
    fn a_canister_is_restorable_also_if_it_is_stopped_or_has_lost_its_module() {
        let upload = Restored::Upload(GIB);
        for seen in [
            observed(),
            Observed { running: Some(false), ..observed() },
            Observed { module_hash: None, ..observed() },
        ] {
            assert_eq!(check_restorable(CANISTER, &seen, &upload), Ok(()));
        }
        let stopping = Observed { running: None, ..observed() };
        assert_eq!(check_restorable(CANISTER, &stopping, &upload), Err(NotRestorable::Stopping));
    }

    #[test]
    fn an_upload_needs_two_snapshots_more_and_a_load_one() {
        for (restored, needed) in [
            (Restored::Upload(1), 2),
            (Restored::Has(vec![1].into()), 1),
            (Restored::OfAnother(CANISTER, vec![1].into()), 1),
        ] {
            let with = |snapshots| Observed { snapshots: vec![vec![1]; snapshots], ..observed() };
            assert_eq!(check_restorable(CANISTER, &with(10 - needed), &restored), Ok(()));
            let snapshots = 11 - needed;
            let refused = Err(NotRestorable::NoFreeSnapshot { snapshots, needed });
            assert_eq!(check_restorable(CANISTER, &with(snapshots), &restored), refused);
        }
    }

    #[test]
    fn a_snapshot_that_is_gone_is_named() {
        let snapshot: SnapshotId = vec![2].into();
        let refused = check_restorable(CANISTER, &observed(), &Restored::Has(snapshot.clone()));
        assert_eq!(refused, Err(NotRestorable::SnapshotGone { canister: CANISTER, snapshot }));
    }

    /// An upload of a GiB costs about 2.15 T cycles, and keeping a GiB for 30 days 329 G.
    #[test]
    fn what_is_missing_is_told() {
        let upload = Restored::Upload(GIB);
        let needed = cycles_needed(&observed(), &upload);
        let (uploading, keeping_two) = (2_147, 2 * 329);
        assert!(
            (uploading + keeping_two..uploading + keeping_two + 20)
                .contains(&(needed / 1_000_000_000)),
            "{needed}"
        );
        let enough = Observed { cycles: needed, ..observed() };
        assert_eq!(check_restorable(CANISTER, &enough, &upload), Ok(()));
        let cycles = needed - 7;
        let refused = check_restorable(CANISTER, &Observed { cycles, ..observed() }, &upload);
        assert_eq!(refused, Err(NotRestorable::TooFewCycles { cycles, needed }));
        let told = refused.expect_err("too few").to_string();
        assert!(told.ends_with("top it up with 7 more"), "{told}");
        // A canister that is smaller now has to grow.
        let small = Observed { snapshot_bytes: 0, ..observed() };
        let grown = cycles_needed(&small, &upload) / 1_000_000_000;
        assert!(
            (uploading + keeping_two..uploading + keeping_two + 20).contains(&grown),
            "{grown}"
        );
    }

    /// The same as the coordinator asks of it before it executes a restore.
    #[test]
    fn a_load_without_an_upload_costs_a_cycle_a_byte_too() {
        let large = Observed { snapshot_bytes: u128::from(8 * GIB), ..observed() };
        let needed = cycles_needed(&large, &Restored::Has(vec![1].into()));
        assert_eq!(needed, large.cycles_needed() + large.cycles_of_a_snapshot());
    }
}
