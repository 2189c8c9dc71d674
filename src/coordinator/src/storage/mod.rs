//! Everything the coordinator remembers, in stable memory, as typed maps.

mod audit;
mod codec;
mod drafts;
mod indexes;
mod journals;
mod keys;
mod plans;
mod totals;

#[cfg(test)]
mod tests;

pub use audit::LogRecord;
pub use codec::{Bundle, Small, Stored};
pub use drafts::{DraftRecord, OrderKey};
pub use indexes::{ClaimKey, FleetKey, LastBackup, StoppedKey};
pub use journals::StoredJournal;
pub use keys::{RunKey, RunNumber, TargetKey, number, numbered};
pub use plans::{PlanRecord, RECORDS_PER_PAGE};
pub use totals::Totals;

use crate::memory::{Memories, Memory};
use backup_journal::{
    api::Visibility,
    journal::{Artifact, Header, Progress, ReceiptRecord},
    plan::{ControlAuthority, SnapshotReadAuthority},
};
use candid::Principal;
use ic_stable_structures::{StableBTreeMap, StableCell, StableLog};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::cell::RefCell;

/// The layout that this release reads and writes.
pub const LAYOUT_VERSION: u32 = 1;

/// Bytes of the longest [`Progress`]: version, array head, state, attempt, time, receipt index.
const PROGRESS_BYTES: u32 = 1 + 1 + 1 + 5 + 9 + 5;

/// What an administrator may set.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Config {
    /// Who may read.
    #[n(0)]
    pub visibility: Visibility,
    /// After how many seconds an owed start is overdue.
    #[n(1)]
    pub restart_overdue_after_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { visibility: Visibility::Members, restart_overdue_after_seconds: 3_600 }
    }
}

/// What preflight has proven about a target.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ProvenRecord {
    /// Who controls it.
    #[n(0)]
    pub control: ControlAuthority,
    /// Who may read its snapshots.
    #[n(1)]
    pub snapshot_read: SnapshotReadAuthority,
}

/// The maps of the coordinator. [`crate::record`] is the only writer.
pub struct Storage {
    layout: StableCell<u32, Memory>,
    pub(crate) config: StableCell<Stored<Config>, Memory>,
    pub(crate) roles: StableBTreeMap<Principal, u8, Memory>,
    pub(crate) run_numbers: StableBTreeMap<RunKey, RunNumber, Memory>,
    pub(crate) headers: StableBTreeMap<RunNumber, Stored<Header>, Memory>,
    pub(crate) plans: StableBTreeMap<RunNumber, Stored<PlanRecord>, Memory>,
    pub(crate) targets: StableBTreeMap<u64, Bundle, Memory>,
    pub(crate) operations: StableBTreeMap<u64, Bundle, Memory>,
    pub(crate) progress: StableBTreeMap<u64, Small<Progress, PROGRESS_BYTES>, Memory>,
    pub(crate) receipts: StableBTreeMap<u64, Stored<ReceiptRecord>, Memory>,
    pub(crate) artifacts: StableBTreeMap<TargetKey, Stored<Artifact>, Memory>,
    pub(crate) authorities: StableBTreeMap<TargetKey, Stored<ProvenRecord>, Memory>,
    pub(crate) owed_starts: StableBTreeMap<TargetKey, u64, Memory>,
    audit: StableLog<Stored<LogRecord>, Memory, Memory>,
    tip: StableCell<Stored<Option<ByteArray<32>>>, Memory>,
    pub(crate) totals: StableCell<Stored<Totals>, Memory>,
    pub(crate) drafts: StableBTreeMap<RunKey, Stored<DraftRecord>, Memory>,
    draft_targets: StableBTreeMap<TargetKey, u32, Memory>,
    draft_order: StableBTreeMap<OrderKey, Principal, Memory>,
    pub(crate) claims: StableBTreeMap<ClaimKey, (), Memory>,
    pub(crate) stopped: StableBTreeMap<StoppedKey, (), Memory>,
    pub(crate) last_backups: StableBTreeMap<FleetKey, Stored<LastBackup>, Memory>,
}

impl Storage {
    /// Opens what `memories` hold, or lays it out if they are empty.
    pub fn open(memories: &Memories) -> Self {
        Self {
            layout: StableCell::init(memories.layout(), LAYOUT_VERSION),
            config: StableCell::init(memories.config(), Stored(Config::default())),
            roles: StableBTreeMap::init(memories.roles()),
            run_numbers: StableBTreeMap::init(memories.run_numbers()),
            headers: StableBTreeMap::init(memories.headers()),
            plans: StableBTreeMap::init(memories.plans()),
            targets: StableBTreeMap::init(memories.targets()),
            operations: StableBTreeMap::init(memories.operations()),
            progress: StableBTreeMap::init(memories.progress()),
            receipts: StableBTreeMap::init(memories.receipts()),
            artifacts: StableBTreeMap::init(memories.artifacts()),
            authorities: StableBTreeMap::init(memories.authorities()),
            owed_starts: StableBTreeMap::init(memories.owed_starts()),
            audit: StableLog::init(memories.audit_index(), memories.audit_data()),
            tip: StableCell::init(memories.tip(), Stored(None)),
            totals: StableCell::init(memories.totals(), Stored(Totals::default())),
            drafts: StableBTreeMap::init(memories.drafts()),
            draft_targets: StableBTreeMap::init(memories.draft_targets()),
            draft_order: StableBTreeMap::init(memories.draft_order()),
            claims: StableBTreeMap::init(memories.claims()),
            stopped: StableBTreeMap::init(memories.stopped()),
            last_backups: StableBTreeMap::init(memories.last_backups()),
        }
    }

    /// The layout version that stable memory was written with.
    pub fn layout_version(&self) -> u32 {
        *self.layout.get()
    }
}

thread_local! {
    static STORAGE: RefCell<Option<Storage>> = const { RefCell::new(None) };
}

/// Makes `storage` the one that [`read`] and [`write`] see.
pub fn install(storage: Storage) {
    STORAGE.set(Some(storage));
}

/// Looks at the storage.
///
/// # Panics
/// Before init or upgrade has installed one.
pub fn read<T>(look: impl FnOnce(&Storage) -> T) -> T {
    STORAGE.with_borrow(|storage| look(storage.as_ref().expect("BUG: storage is not open")))
}

/// Changes the storage.
///
/// # Panics
/// Before init or upgrade has installed one.
pub fn write<T>(change: impl FnOnce(&mut Storage) -> T) -> T {
    STORAGE.with_borrow_mut(|storage| change(storage.as_mut().expect("BUG: storage is not open")))
}
