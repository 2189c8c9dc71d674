//! The maps of the coordinator.

use super::{
    codec::{Bundle, Stored},
    indexes::{
        ClaimKey, DowntimeKey, FleetKey, HoldKey, MemberKey, OrderKey, QueueKey, StoppedKey,
    },
    keys::{FleetRoleKey, RunKey, RunNumber, TargetKey},
    late::Late,
    map::Map,
    memory::{Memories, Memory},
    pages::{ProgressPage, QueuePage},
    recent::Recent,
    records::{
        DraftRecord, FleetRecord, FleetRuns, LastBackups, LogRecord, PlanRecord, ProvenRecord,
        SlotsRecord, StartedRecord,
    },
    room::{MemoryUse, Room},
    snapshot_keys::{DeletionKey, FleetRunKey},
    totals::Totals,
};
use backup_journal::{
    api::Settings,
    execution::{CallNote, Execution, LateStop, RestartDeadline, TargetNote},
    fleet::DiscoveryReport,
    fleet::Member,
    journal::{Artifact, Header, OwedStart, Progress, ReceiptRecord, WaveBegun},
    retention::Deletion,
    schedule::ScheduleState,
};
use candid::Principal;
use ic_stable_structures::{DefaultMemoryImpl, StableCell, StableLog};
use minicbor::bytes::ByteArray;

/// What preflight has proven about targets.
pub type Authorities = Map<TargetKey, Stored<ProvenRecord>>;

/// The layout that this release reads and writes.
pub const LAYOUT_VERSION: u32 = 2;

/// The maps of the coordinator. [`crate::gate`] is the only writer.
pub struct Storage {
    pub(super) layout: StableCell<u32, Memory>,
    pub(crate) settings: StableCell<Stored<Settings>, Memory>,
    pub(crate) roles: Map<Principal, u8>,
    pub(crate) run_numbers: Map<RunKey, RunNumber>,
    pub(crate) headers: Late<RunNumber, Stored<Header>>,
    pub(crate) plans: Map<RunNumber, Stored<PlanRecord>>,
    pub(crate) targets: Recent<u64, Bundle>,
    pub(crate) operations: Recent<u64, Bundle>,
    pub(super) progress: Late<u64, Stored<ProgressPage>>,
    pub(crate) receipts: Map<u64, Stored<ReceiptRecord>>,
    pub(crate) artifacts: Map<TargetKey, Stored<Artifact>>,
    pub(super) authorities: Authorities,
    pub(crate) owed_starts: Map<TargetKey, Stored<OwedStart>>,
    pub(super) audit: StableLog<Stored<LogRecord>, Memory, Memory>,
    pub(super) tip: StableCell<Stored<Option<ByteArray<32>>>, Memory>,
    pub(crate) totals: StableCell<Stored<Totals>, Memory>,
    pub(crate) drafts: Map<RunKey, Stored<DraftRecord>>,
    pub(super) draft_targets: Map<TargetKey, u32>,
    pub(super) draft_order: Map<OrderKey, Principal>,
    pub(super) claims: Late<ClaimKey, u32>,
    pub(crate) stopped: Map<StoppedKey, ()>,
    pub(crate) last_backups: Map<FleetKey, Stored<LastBackups>>,
    pub(super) other_authorities: Authorities,
    pub(crate) holds: Map<HoldKey, ()>,
    pub(super) queues: Late<QueueKey, QueuePage>,
    /// Where layout 1 had what is in `progress` now.
    pub(super) single_progress: Map<u64, Stored<Progress>>,
    pub(crate) downtimes: Map<DowntimeKey, Stored<StartedRecord>>,
    pub(super) waves: Map<u64, Stored<WaveBegun>>,
    pub(crate) fleets: Map<FleetKey, Stored<FleetRecord>>,
    pub(super) fleet_members: Map<MemberKey, Stored<Member>>,
    pub(super) open_runs: Map<FleetKey, u32>,
    pub(super) executions: Map<RunNumber, Stored<Execution>>,
    pub(super) target_notes: Map<TargetKey, Stored<TargetNote>>,
    pub(super) call_notes: Map<u64, Stored<CallNote>>,
    pub(super) deadlines: Map<RunNumber, Stored<RestartDeadline>>,
    pub(super) active_executions: Map<RunNumber, ()>,
    pub(super) late_stops: Map<TargetKey, Stored<LateStop>>,
    pub(super) fleet_roles: Map<FleetRoleKey, u8>,
    pub(super) schedules: Map<FleetKey, Stored<ScheduleState>>,
    pub(super) snapshot_sets: Map<FleetRunKey, u32>,
    pub(super) deletions: Map<DeletionKey, Stored<Deletion>>,
    pub(super) slots: Map<FleetKey, Stored<SlotsRecord>>,
    pub(super) fleet_runs: Map<FleetKey, Stored<FleetRuns>>,
    pub(super) down_runs: Map<FleetRunKey, ()>,
    pub(super) discoveries: Map<FleetKey, Stored<DiscoveryReport>>,
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
            headers: Late::init(memories.headers()),
            plans: Map::init(memories.plans()),
            targets: Recent::init(memories.targets()),
            operations: Recent::init(memories.operations()),
            progress: Late::init(memories.progress()),
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
            claims: Late::init(memories.claims()),
            stopped: Map::init(memories.stopped()),
            last_backups: Map::init(memories.last_backups()),
            other_authorities: Map::init(memories.other_authorities()),
            holds: Map::init(memories.holds()),
            queues: Late::init(memories.queues()),
            single_progress: Map::init(memories.single_progress()),
            downtimes: Map::init(memories.downtimes()),
            waves: Map::init(memories.waves()),
            fleets: Map::init(memories.fleets()),
            fleet_members: Map::init(memories.fleet_members()),
            open_runs: Map::init(memories.open_runs()),
            executions: Map::init(memories.executions()),
            target_notes: Map::init(memories.target_notes()),
            call_notes: Map::init(memories.call_notes()),
            deadlines: Map::init(memories.deadlines()),
            active_executions: Map::init(memories.active_executions()),
            late_stops: Map::init(memories.late_stops()),
            fleet_roles: Map::init(memories.fleet_roles()),
            schedules: Map::init(memories.schedules()),
            snapshot_sets: Map::init(memories.snapshot_sets()),
            deletions: Map::init(memories.deletions()),
            slots: Map::init(memories.slots()),
            fleet_runs: Map::init(memories.fleet_runs()),
            down_runs: Map::init(memories.down_runs()),
            discoveries: Map::init(memories.discoveries()),
            room: memories.room(),
        };
        storage.migrate();
        storage
    }

    /// Stores what was left until the end of a call.
    pub(crate) fn save(&mut self) {
        self.headers.save();
        self.progress.save();
        self.queues.save();
        self.claims.save();
    }

    /// Brings an earlier layout up to date.
    fn migrate(&mut self) {
        if self.layout_version() < LAYOUT_VERSION {
            self.migrate_from_layout_1();
            self.save();
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
