//! Whether a canister can be backed up, by its status and its snapshots.

use super::Looked;
use crate::plan::BackupTarget;
use thiserror::Error;

/// The most snapshots that the network keeps of a canister.
pub const MAX_SNAPSHOTS: usize = 10;
/// What the network takes for a GiB and a second on a subnet of 13 nodes, in cycles.
const CYCLES_PER_GIB_SECOND: u128 = 127_000;
/// What a canister pays for a byte that is uploaded to it, in cycles, on a subnet of 13 nodes.
const CYCLES_PER_UPLOADED_BYTE: u128 = 2_000;
/// What a canister pays for taking a snapshot, for loading one and for beginning an upload, beside one cycle a byte.
const CYCLES_PER_SNAPSHOT: u128 = 2_000_000_000;
const GIB: u128 = 1 << 30;
const SECONDS_PER_DAY: u128 = 86_400;

/// What was seen of a canister.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observed {
    /// Whether it runs; none while it is stopping.
    pub running: Option<bool>,
    /// The hash of its module, in hexadecimal; none if it is empty.
    pub module_hash: Option<String>,
    /// The ids of its snapshots.
    pub snapshots: Vec<Vec<u8>>,
    /// Its balance, in cycles.
    pub cycles: u128,
    /// What it burns a day without doing anything, in cycles.
    pub idle_cycles_per_day: u128,
    /// Its freezing threshold, in seconds.
    pub freezing_seconds: u128,
    /// What a snapshot of it holds, in bytes.
    pub snapshot_bytes: u128,
    /// Whether the next snapshot may take the place of one of them, should it have all that the network keeps.
    pub may_replace: bool,
}

/// Why a canister cannot be backed up or restored now.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotReady {
    /// It has no module, so there is nothing to take a snapshot of.
    #[error("it has no module")]
    NoModule,
    /// Somebody else is stopping it.
    #[error("it is stopping; wait until it has stopped, or start it")]
    Stopping,
    /// The network keeps no more snapshots of it.
    #[error("it has {snapshots} snapshots, the most that the network keeps; delete one")]
    NoFreeSnapshot {
        /// How many it has.
        snapshots: usize,
    },
    /// A restore: the snapshot is not among its snapshots.
    #[error("snapshot {snapshot}, from which it is to be restored, is not on the network any more")]
    SnapshotGone {
        /// The snapshot, in hexadecimal.
        snapshot: String,
    },
    /// With a snapshot it would be frozen.
    #[error(
        "it has {cycles} cycles, and with one more snapshot it freezes below {needed}; top it up"
    )]
    TooFewCycles {
        /// Its balance.
        cycles: u128,
        /// What it needs.
        needed: u128,
    },
}

impl Observed {
    /// The cycles that the canister needs to take a snapshot and not be frozen afterwards.
    pub const fn cycles_needed(&self) -> u128 {
        self.cycles_needed_for(self.snapshot_bytes)
    }

    /// The cycles that the canister needs to take the safety snapshot of a restore, to load another snapshot, and not to be
    /// frozen afterwards. `uploaded` is the size of that snapshot, in bytes, if it is uploaded; if it is 0, the snapshot is on
    /// the network and of about the size of the canister.
    pub const fn cycles_needed_to_restore(&self, uploaded: u128) -> u128 {
        let growth = uploaded.saturating_sub(self.snapshot_bytes);
        let kept = self.snapshot_bytes.saturating_add(uploaded).saturating_add(growth);
        let (loaded, upload) = if uploaded == 0 {
            (self.snapshot_bytes, 0)
        } else {
            let bytes = uploaded.saturating_mul(CYCLES_PER_UPLOADED_BYTE);
            (uploaded, bytes.saturating_add(CYCLES_PER_SNAPSHOT))
        };
        let load = loaded.saturating_add(CYCLES_PER_SNAPSHOT);
        self.cycles_needed_for(kept).saturating_add(upload).saturating_add(load)
    }

    /// The cycles that the canister needs for snapshots, and memory by which it grows, of so many bytes in all, and not to be
    /// frozen afterwards.
    const fn cycles_needed_for(&self, bytes: u128) -> u128 {
        let per_day = self.idle_cycles_per_day.saturating_add(cycles_per_day_of(bytes));
        let frozen_below = per_day.saturating_mul(self.freezing_seconds) / SECONDS_PER_DAY;
        frozen_below.saturating_add(CYCLES_PER_SNAPSHOT).saturating_add(bytes)
    }

    /// The cycles that the canister pays for taking a snapshot.
    pub const fn cycles_of_a_snapshot(&self) -> u128 {
        CYCLES_PER_SNAPSHOT.saturating_add(self.snapshot_bytes)
    }

    /// The cycles that the canister pays a day for keeping a snapshot.
    pub const fn cycles_per_day_of_a_snapshot(&self) -> u128 {
        cycles_per_day_of(self.snapshot_bytes)
    }
}

/// What a canister pays a day for so many bytes, in cycles.
const fn cycles_per_day_of(bytes: u128) -> u128 {
    bytes.saturating_mul(CYCLES_PER_GIB_SECOND * SECONDS_PER_DAY) / GIB
}

/// Whether a target of a plan can be backed up, or restored from the snapshot that the plan names, and what the run has to
/// know of it.
///
/// # Errors
/// The first reason against it.
pub fn check_target(target: &BackupTarget, observed: Observed) -> Result<Looked, NotReady> {
    if let Some(restore) = &target.restore {
        let snapshot = restore.snapshot_id.clone();
        if !observed.snapshots.iter().any(|id| hex::encode(id) == snapshot) {
            return Err(NotReady::SnapshotGone { snapshot });
        }
        let (cycles, needed) = (observed.cycles, observed.cycles_needed_to_restore(0));
        if cycles < needed {
            return Err(NotReady::TooFewCycles { cycles, needed });
        }
    }
    check_ready(observed)
}

/// Whether a canister can be backed up, and what the run has to know of it.
///
/// # Errors
/// The first reason against it.
pub fn check_ready(observed: Observed) -> Result<Looked, NotReady> {
    let running = observed.running.ok_or(NotReady::Stopping)?;
    if observed.module_hash.is_none() {
        return Err(NotReady::NoModule);
    }
    let snapshots = observed.snapshots.len();
    if snapshots >= MAX_SNAPSHOTS && !observed.may_replace {
        return Err(NotReady::NoFreeSnapshot { snapshots });
    }
    let (cycles, needed) = (observed.cycles, observed.cycles_needed());
    if cycles < needed {
        return Err(NotReady::TooFewCycles { cycles, needed });
    }
    let Observed { module_hash, snapshots, .. } = observed;
    let snapshots = snapshots.into_iter().map(Into::into).collect();
    Ok(Looked::Ready { running, snapshots, module_hash })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures::restore_plan, plan::SnapshotPlace};

    fn observed() -> Observed {
        Observed {
            running: Some(true),
            module_hash: Some("aa".to_string()),
            snapshots: vec![vec![1]],
            cycles: 1 << 50,
            idle_cycles_per_day: 1_000,
            freezing_seconds: 2_592_000,
            snapshot_bytes: 1 << 20,
            may_replace: false,
        }
    }

    #[test]
    fn a_canister_is_ready_with_module_slot_and_cycles() {
        let Ok(Looked::Ready { running: true, snapshots, module_hash }) = check_ready(observed())
        else {
            panic!("it is not ready");
        };
        assert_eq!((snapshots, module_hash), (vec![vec![1].into()], Some("aa".to_string())));
        let stopped = check_ready(Observed { running: Some(false), ..observed() });
        assert!(matches!(stopped, Ok(Looked::Ready { running: false, .. })));
    }

    #[test]
    fn what_is_against_it_is_told() {
        let stopping = Observed { running: None, ..observed() };
        assert_eq!(check_ready(stopping), Err(NotReady::Stopping));
        let empty = Observed { module_hash: None, ..observed() };
        assert_eq!(check_ready(empty), Err(NotReady::NoModule));
        let nine = Observed { snapshots: vec![vec![1]; 9], ..observed() };
        assert!(check_ready(nine).is_ok());
        let ten = Observed { snapshots: vec![vec![1]; 10], ..observed() };
        assert_eq!(check_ready(ten.clone()), Err(NotReady::NoFreeSnapshot { snapshots: 10 }));
        assert!(check_ready(Observed { may_replace: true, ..ten }).is_ok());
    }

    /// A GiB for 30 days costs 329 G cycles on 13 nodes, as the network's documentation says.
    #[test]
    fn a_snapshot_counts_against_the_freezing_threshold() {
        let large = Observed { snapshot_bytes: 1 << 30, idle_cycles_per_day: 0, ..observed() };
        let needed = large.cycles_needed();
        let kept = needed - CYCLES_PER_SNAPSHOT - (1 << 30);
        assert_eq!(kept / 1_000_000_000, 329);
        assert!(check_ready(Observed { cycles: needed, ..large.clone() }).is_ok());
        let cycles = needed - 1;
        let poor = check_ready(Observed { cycles, ..large });
        assert_eq!(poor, Err(NotReady::TooFewCycles { cycles, needed }));
    }

    #[test]
    fn a_restore_needs_its_snapshot_and_cycles_for_two() {
        let mut target = restore_plan(SnapshotPlace::Network).targets.swap_remove(0);
        let snapshot = target.restore.as_mut().expect("it is restored");
        snapshot.snapshot_id = "01".to_string();
        assert!(check_target(&target, observed()).is_ok());
        let needed = observed().cycles_needed() + observed().cycles_of_a_snapshot();
        let with = |cycles| check_target(&target, Observed { cycles, ..observed() });
        assert!(with(needed).is_ok());
        let cycles = needed - 1;
        assert_eq!(with(cycles), Err(NotReady::TooFewCycles { cycles, needed }));
        let gone = Observed { snapshots: vec![vec![2], vec![1, 1]], ..observed() };
        let expected = NotReady::SnapshotGone { snapshot: "01".to_string() };
        assert_eq!(check_target(&target, gone.clone()), Err(expected));
        target.restore = None;
        assert!(check_target(&target, gone).is_ok(), "a backup needs no snapshot of before");
    }
}
