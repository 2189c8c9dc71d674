//! Everything the coordinator remembers, in stable memory, as typed maps.

mod audit;
mod burn;
mod check;
mod codec;
mod drafts;
mod indexes;
mod journals;
mod keys;
mod map;
mod migrate;
mod plans;
mod recent;
mod sweep;
mod totals;

pub use audit::LogRecord;
pub use codec::{Bundle, Stored};
pub use drafts::{DraftRecord, OrderKey};
pub use indexes::{ClaimKey, FleetKey, HoldKey, LastBackup, LastBackups, StoppedKey};
pub use journals::StoredJournal;
pub use keys::{RunKey, RunNumber, TargetKey, number, numbered};
pub use map::{Entry, Map};
pub use plans::{Authorities, PlanRecord, RECORDS_PER_PAGE};
pub use recent::Recent;
pub use totals::Totals;

use crate::{
    memory::{Memories, Memory},
    room::{MemoryUse, Room},
};
use backup_journal::{
    api::Settings,
    journal::{Artifact, Header, OwedStart, Progress, ReceiptRecord},
    plan::{ControlAuthority, SnapshotReadAuthority},
};
use candid::Principal;
use ic_stable_structures::{DefaultMemoryImpl, StableCell, StableLog};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::cell::RefCell;

/// The layout that this release reads and writes.
pub const LAYOUT_VERSION: u32 = 2;

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
    pub(crate) settings: StableCell<Stored<Settings>, Memory>,
    pub(crate) roles: Map<Principal, u8>,
    pub(crate) run_numbers: Map<RunKey, RunNumber>,
    pub(crate) headers: Recent<RunNumber, Stored<Header>>,
    pub(crate) plans: Map<RunNumber, Stored<PlanRecord>>,
    pub(crate) targets: Recent<u64, Bundle>,
    pub(crate) operations: Recent<u64, Bundle>,
    pub(crate) progress: Recent<u64, Stored<Progress>>,
    pub(crate) receipts: Map<u64, Stored<ReceiptRecord>>,
    pub(crate) artifacts: Map<TargetKey, Stored<Artifact>>,
    authorities: Authorities,
    pub(crate) owed_starts: Map<TargetKey, Stored<OwedStart>>,
    audit: StableLog<Stored<LogRecord>, Memory, Memory>,
    tip: StableCell<Stored<Option<ByteArray<32>>>, Memory>,
    pub(crate) totals: StableCell<Stored<Totals>, Memory>,
    pub(crate) drafts: Map<RunKey, Stored<DraftRecord>>,
    draft_targets: Map<TargetKey, u32>,
    draft_order: Map<OrderKey, Principal>,
    pub(crate) claims: Map<ClaimKey, ()>,
    pub(crate) stopped: Map<StoppedKey, ()>,
    pub(crate) last_backups: Map<FleetKey, Stored<LastBackups>>,
    other_authorities: Authorities,
    pub(crate) holds: Map<HoldKey, ()>,
    pub(crate) room: Room<DefaultMemoryImpl>,
}

impl Storage {
    /// Opens what `memories` hold, brings an earlier layout up to date, or lays it out if they are empty.
    ///
    /// # Panics
    /// When they have a layout that this release does not know: rather than misread it.
    pub fn open(memories: &Memories) -> Self {
        let layout = StableCell::init(memories.layout(), LAYOUT_VERSION);
        let found = *layout.get();
        assert!(
            (1..=LAYOUT_VERSION).contains(&found),
            "stable memory has layout {found}; this release reads layouts 1 to {LAYOUT_VERSION}"
        );
        let mut storage = Self {
            layout,
            settings: StableCell::init(memories.settings(), Stored(Settings::default())),
            roles: Map::init(memories.roles()),
            run_numbers: Map::init(memories.run_numbers()),
            headers: Recent::init(memories.headers()),
            plans: Map::init(memories.plans()),
            targets: Recent::init(memories.targets()),
            operations: Recent::init(memories.operations()),
            progress: Recent::init(memories.progress()),
            receipts: Map::init(memories.receipts()),
            artifacts: Map::init(memories.artifacts()),
            authorities: Map::init(memories.authorities()),
            owed_starts: Map::init(memories.owed_starts()),
            audit: StableLog::init(memories.audit_index(), memories.audit_data()),
            tip: StableCell::init(memories.tip(), Stored(None)),
            totals: StableCell::init(memories.totals(), Stored(Totals::default())),
            drafts: Map::init(memories.drafts()),
            draft_targets: Map::init(memories.draft_targets()),
            draft_order: Map::init(memories.draft_order()),
            claims: Map::init(memories.claims()),
            stopped: Map::init(memories.stopped()),
            last_backups: Map::init(memories.last_backups()),
            other_authorities: Map::init(memories.other_authorities()),
            holds: Map::init(memories.holds()),
            room: memories.room(),
        };
        storage.migrate();
        storage
    }

    /// Brings an earlier layout up to date.
    fn migrate(&mut self) {
        if self.layout_version() < LAYOUT_VERSION {
            self.migrate_from_layout_1();
            self.layout.set(LAYOUT_VERSION);
        }
    }

    /// The layout version that stable memory was written with.
    pub fn layout_version(&self) -> u32 {
        *self.layout.get()
    }

    /// How much of stable memory is taken, and how much there can ever be.
    pub fn memory_use(&self) -> MemoryUse {
        self.room.memory_use()
    }
}

thread_local! {
    static STORAGE: RefCell<Option<Storage>> = const { RefCell::new(None) };
}

/// Makes `storage` the one that [`read`] and [`write()`] see.
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
