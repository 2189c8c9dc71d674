//! What the coordinator keeps in stable memory, as typed maps, and how it is read and written.
//!
//! `memory` has the memory ids, `keys`, `indexes` and `records` what is stored, `codec` how, and `store` the maps. The
//! other files have the methods of [`Storage`], one subject each. Only `gate` writes.

mod access;
mod audit;
mod burn;
mod check;
mod codec;
mod discoveries;
mod downtimes;
mod drafts;
mod executions;
mod fleet_runs;
mod fleet_status;
mod fleets;
mod indexes;
mod journals;
mod keys;
mod late;
mod map;
mod memory;
mod migrate;
mod overview;
mod owed_starts;
mod pages;
mod plans;
mod progress;
mod queues;
mod recent;
mod records;
mod room;
mod runs;
mod schedules;
mod snapshot_keys;
mod snapshots;
mod store;
mod sweep;
mod totals;

pub(crate) use audit::NextRecord;
pub use codec::{Bundle, Stored};
pub use indexes::{
    ClaimKey, DowntimeKey, FleetKey, FleetNumber, HoldKey, MemberKey, OrderKey, QueueKey,
    StoppedKey,
};
pub use journals::StoredJournal;
pub use keys::{RunKey, RunNumber, TargetKey, number, numbered};
pub use map::{Entry, Map};
pub use memory::{Memories, Memory};
pub use overview::{Owed, Runs};
pub use recent::Recent;
pub use records::{
    DraftRecord, FleetRecord, FleetRuns, LastBackup, LastBackups, LogRecord, PlanRecord,
    RECORDS_PER_PAGE,
};
pub use room::MemoryUse;
pub use snapshot_keys::DeletionKey;
pub use store::{LAYOUT_VERSION, Storage};
pub use totals::Totals;

use std::cell::RefCell;

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
