//! Which part of stable memory holds what. No other file knows a memory id.
//!
//! | id | holds | key | value |
//! | --- | --- | --- | --- |
//! | 0 | layout | | the layout version, a `u32` |
//! | 1 | settings | | visibility, when an owed start is overdue |
//! | 2 | roles | principal | a bit for each role that it holds for all fleets |
//! | 3 | run numbers | run id | run number |
//! | 4 | headers | run number | journal header |
//! | 5 | plans | run number | plan header, digest, creator |
//! | 6 | targets | run number, page | 32 targets |
//! | 7 | operations | run number, page | what is fixed about 32 operations |
//! | 8 | single progress | run number, sequence | only in layout 1: what has moved about an operation |
//! | 9 | receipts | run number, index | a receipt |
//! | 10 | artifacts | run number, target | snapshot, download, checksum |
//! | 11 | authorities | run number, target | what preflight has proven |
//! | 12 | owed starts | run number, target | what is known about its stop, and since when |
//! | 13, 14 | audit trail | | index and data of an append-only log |
//! | 15 | tip | | hash of the last block of the trail |
//! | 16 | totals | | the next run number, runs and operations by state, events by kind |
//! | 17 | drafts | run id | a plan that is still arriving |
//! | 18 | draft targets | run number, target | its position |
//! | 19 | draft order | run number, depth, text of the target | the target |
//! | 20 | claims | since, run number | how many operations are claimed since then, the oldest first |
//! | 21 | stopped | since, run number, target | owed starts, the oldest first |
//! | 22 | last backups | fleet | the last run that counts as a backup, on the network and complete |
//! | 23 | other authorities | run number, target | as 11; the header says which of the two count |
//! | 24 | holds | target, run number | canisters that are between their stop and their start in a run |
//! | 25 | queues | run number, list, page | which of 256 operations were begun and are not over, a bit for each |
//! | 26 | downtimes | run number, nanoseconds, sequence of the start | targets that were started again, and when |
//! | 27 | waves | run number, wave | when the wave began, and with which operation |
//! | 28 | progress | run number, page | what has moved about 16 operations |
//! | 29 | fleets | fleet | a registered fleet, without its members |
//! | 30 | fleet members | fleet number, canister | a member, and how many children it has |
//! | 31 | open runs | fleet | how many runs of it are not over |
//! | 32 | executions | run number | a run that the coordinator executes |
//! | 33 | target notes | run number, target | what the executor knows of a target; only while it executes the run |
//! | 34 | call notes | run number, sequence | what the executor knows of its calls; only until the operation is over |
//! | 35 | deadlines | run number | by when what a run has stopped must run again; only while there is something |
//! | 36 | active executions | run number | runs that the coordinator executes, or has planned, and that are not over for it |
//! | 37 | fleet roles | principal, fleet | a bit for each role that it holds for this fleet |
//! | 38 | late stops | run number, target | stops that were not answered and may still take effect |
//! | 39 | schedules | fleet | when its next backup is due, and what became of the last |
//! | 40 | snapshot sets | fleet, run number | runs that may have snapshots on the network, and how many are being deleted |
//! | 41 | deletions | when, run number, target, number | snapshots that are to be deleted, and when that is tried |
//! | 42 | slots | fleet | how many snapshots its fullest member had in the last preflight |
//! | 43 | fleet runs | fleet | the last run, and the last that is over; of every fleet that is registered or has runs |
//! | 44 | down runs | fleet, run number | runs that owe starts or are contained |
//! | 45 | discoveries | fleet | what the method that lists its members has told last |
//!
//! Retired ids: none. An id that held something in a release is never used for anything else.

use super::room::Room;
use ic_stable_structures::{
    DefaultMemoryImpl,
    memory_manager::{MemoryId, MemoryManager, VirtualMemory},
};

/// One virtual memory of the canister.
pub type Memory = VirtualMemory<DefaultMemoryImpl>;

/// Pages of 64 KiB that a memory grows by. There can be 32,768 such buckets in all, so this decides at the first
/// installation how much can ever be kept: 256 GiB. What was laid out with another number keeps it.
const BUCKET_PAGES: u16 = 128;

/// Every memory of the canister, by what it holds.
pub struct Memories {
    manager: MemoryManager<DefaultMemoryImpl>,
    whole: DefaultMemoryImpl,
}

macro_rules! memories {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
        impl Memories {
            $($(#[$doc])* pub fn $name(&self) -> Memory {
                self.manager.get(MemoryId::new($id))
            })*
        }
    };
}

memories! {
    /// The layout version.
    layout = 0;
    /// What an administrator may set.
    settings = 1;
    /// Who holds which role for all fleets.
    roles = 2;
    /// Run numbers by run id.
    run_numbers = 3;
    /// Journal headers.
    headers = 4;
    /// Plans, without their lists.
    plans = 5;
    /// Targets, in pages.
    targets = 6;
    /// What is fixed about operations, in pages.
    operations = 7;
    /// What had moved about operations in layout 1.
    single_progress = 8;
    /// Receipts.
    receipts = 9;
    /// Snapshots, downloads and checksums.
    artifacts = 10;
    /// Proven authorities.
    authorities = 11;
    /// Targets that are stopped and owe a start.
    owed_starts = 12;
    /// Index of the audit trail.
    audit_index = 13;
    /// Data of the audit trail.
    audit_data = 14;
    /// Hash of the last block.
    tip = 15;
    /// Counters.
    totals = 16;
    /// Plans that are still arriving.
    drafts = 17;
    /// Positions of the targets of drafts.
    draft_targets = 18;
    /// Targets of drafts from the top of the fleet down.
    draft_order = 19;
    /// Claimed operations, by time.
    claims = 20;
    /// Owed starts, by time.
    stopped = 21;
    /// The last backups of each fleet.
    last_backups = 22;
    /// Proven authorities, the other set.
    other_authorities = 23;
    /// Which run holds which canister.
    holds = 24;
    /// Operations that were begun and are not over.
    queues = 25;
    /// How long targets were down.
    downtimes = 26;
    /// When waves began.
    waves = 27;
    /// What has moved about operations, in pages.
    progress = 28;
    /// Registered fleets.
    fleets = 29;
    /// Members of registered fleets.
    fleet_members = 30;
    /// How many runs of each fleet are not over.
    open_runs = 31;
    /// Runs that the coordinator executes.
    executions = 32;
    /// What the executor knows of targets.
    target_notes = 33;
    /// What the executor knows of its calls.
    call_notes = 34;
    /// Restart deadlines.
    deadlines = 35;
    /// Runs that the coordinator executes, or has planned.
    active_executions = 36;
    /// Who holds which role for one fleet.
    fleet_roles = 37;
    /// Stops that may still take effect.
    late_stops = 38;
    /// How far the schedules of fleets have come.
    schedules = 39;
    /// Runs that may have snapshots on the network.
    snapshot_sets = 40;
    /// Snapshots that are to be deleted.
    deletions = 41;
    /// How many snapshots the fullest member of each fleet had.
    slots = 42;
    /// The last runs of each fleet.
    fleet_runs = 43;
    /// Runs that keep canisters down.
    down_runs = 44;
    /// What the discoveries of fleets have told.
    discoveries = 45;
}

#[allow(
    clippy::clone_on_copy,
    reason = "on the network this memory has no state, elsewhere it is shared"
)]
impl Memories {
    /// Opens the memories within `memory`, or lays them out if it is empty.
    pub fn new(memory: DefaultMemoryImpl) -> Self {
        let whole = memory.clone();
        Self { manager: MemoryManager::init_with_bucket_size(memory, BUCKET_PAGES), whole }
    }

    /// What is taken of the memory, and what is left.
    pub fn room(&self) -> Room<DefaultMemoryImpl> {
        Room::new(self.whole.clone())
    }
}
