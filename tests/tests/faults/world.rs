//! The network of a case: a coordinator, and a fleet that it controls, with a backup if it is to be restored.

use backup_coordinator_client::journal::{
    FleetName, RunId,
    api::CoordinatorArgs,
    execution::{BackupRequest, ExecutionPhase, RestoreRequest},
    fleet::{Discovery, FleetPolicy, FleetRegistration, TransferPolicy},
};
use candid::Principal;
use canister_sandbox::{CallFaults, PlannedFault, Sandbox};
use integration_tests::{Network, Setup, callers, fleet, modules};
use std::{collections::BTreeSet, time::Duration};

/// The seconds within which everything must run again.
pub const DEADLINE_SECONDS: u64 = 600;
pub const FLEET: &str = "shop";

/// What the coordinator does by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    Backup,
    Restore,
    /// Snapshots of a backup are deleted.
    Deletion,
}

impl What {
    /// The members below the root, in two levels. A restore makes more calls for each of them.
    const fn members(self) -> u32 {
        match self {
            Self::Backup => 6,
            Self::Restore => 3,
            Self::Deletion => 2,
        }
    }
}

/// A network with a fleet in three levels.
pub struct World {
    pub setup: Setup,
    what: What,
    runs: u32,
    /// The snapshots of the backup that is restored.
    kept: BTreeSet<Vec<u8>>,
    /// What the members count in it.
    pub saved: Vec<u64>,
}

const BACKUP: &str = "backup";

impl World {
    pub fn new(what: What) -> Self {
        let builder = Setup::builder(Network::sandbox()).members(what.members());
        let setup = builder.with_root().executed().build();
        let policy = FleetPolicy {
            transfer: TransferPolicy::Skip,
            restart_within_seconds: DEADLINE_SECONDS,
            ..FleetPolicy::default()
        };
        let registration = FleetRegistration {
            policy: Some(policy),
            discovery: setup
                .root
                .map(|canister_id| Discovery { canister_id, method: "members".to_string() }),
            ..fleet::registration(FLEET, &setup.registry)
        };
        let administrator = setup.as_administrator();
        pollster::block_on(administrator.register_fleet(&registration))
            .expect("the fleet can be registered");
        let (kept, saved) = (BTreeSet::new(), Vec::new());
        let mut world = Self { setup, what, runs: 0, kept, saved };
        if what == What::Restore {
            world.back_up();
        }
        world
    }

    /// Makes the backup that is restored.
    fn back_up(&mut self) {
        self.start_backup(BACKUP.into());
        while self.phase(&BACKUP.into()) != ExecutionPhase::Over {
            while self.with(Sandbox::step).is_some() {}
            self.with(|sandbox| sandbox.advance_time(Duration::from_secs(5)));
        }
        self.kept = self.canisters().into_iter().flat_map(|it| self.all_snapshots(it)).collect();
        self.saved = self.counted();
    }

    pub fn phase(&self, run_id: &RunId) -> ExecutionPhase {
        let status = pollster::block_on(self.setup.as_auditor().execution_status(run_id));
        status.expect("the coordinator answers").phase
    }

    /// What the members count. The root counts nothing.
    pub fn counted(&self) -> Vec<u64> {
        let value = |member: &Principal| {
            let network = &self.setup.network;
            network.query::<u64>(callers::stranger(), *member, "value", ()).expect("it counts")
        };
        self.setup.members.iter().map(value).collect()
    }

    /// Changes what the members count.
    fn ruin(&self) {
        for member in &self.setup.members {
            let network = &self.setup.network;
            let bumped = network.update::<u64>(callers::stranger(), *member, "bump", ());
            bumped.expect("it counts");
        }
    }

    /// Root and members.
    pub fn canisters(&self) -> Vec<Principal> {
        self.setup.root.iter().chain(&self.setup.members).copied().collect()
    }

    /// Begins a run.
    pub fn start(&mut self) -> RunId {
        self.runs += 1;
        let run_id = RunId::from(format!("run-{}", self.runs));
        match self.what {
            What::Backup | What::Deletion => self.start_backup(run_id.clone()),
            What::Restore => {
                self.ruin();
                self.start_restore(run_id.clone());
            }
        }
        run_id
    }

    fn start_backup(&self, run_id: RunId) {
        let request = BackupRequest { run_id: Some(run_id), ..BackupRequest::default() };
        let operator = self.setup.as_operator();
        let fleet = FleetName::from(FLEET);
        pollster::block_on(operator.start_backup(&fleet, &request))
            .expect("the backup can be started");
    }

    fn start_restore(&self, run_id: RunId) {
        let request = RestoreRequest { run_id: Some(run_id), ..RestoreRequest::default() };
        let operator = self.setup.as_operator();
        pollster::block_on(operator.start_restore(&BACKUP.into(), &request))
            .expect("the restore can be started");
    }

    /// Uses the sandbox itself.
    pub fn with<T>(&self, with: impl FnOnce(&mut Sandbox) -> T) -> T {
        with(self.setup.network.lock().as_sandbox().expect("this network is a sandbox"))
    }

    /// Executes one message, with what comes after it.
    pub fn step(&self, faults: &mut CallFaults) -> bool {
        self.with(|sandbox| {
            let Some(step) = sandbox.step() else { return false };
            faults.observe(sandbox, &step);
            true
        })
    }

    /// Faults of the calls that the coordinator makes from now on.
    pub fn plan_faults(&self, faults: &[PlannedFault]) -> CallFaults {
        let nothing = candid::encode_one(None::<CoordinatorArgs>).expect("it can be encoded");
        let (coordinator, module) = (self.setup.coordinator, modules::coordinator().to_vec());
        self.with(|sandbox| {
            CallFaults::plan(sandbox, coordinator, module, nothing, faults.to_vec())
        })
    }

    /// The ids of the snapshots of a canister, without that of the backup that is restored.
    pub fn snapshots(&self, canister: Principal) -> BTreeSet<Vec<u8>> {
        self.all_snapshots(canister).difference(&self.kept).cloned().collect()
    }

    fn all_snapshots(&self, canister: Principal) -> BTreeSet<Vec<u8>> {
        self.with(|sandbox| sandbox.snapshots(canister).into_iter().map(|it| it.id).collect())
    }

    /// Deletes all snapshots but those of the backup that is restored, so that the next run begins as the first.
    pub fn delete_snapshots(&self) {
        #[derive(candid::CandidType)]
        struct Snapshot {
            canister_id: Principal,
            snapshot_id: Vec<u8>,
        }
        for canister_id in self.canisters() {
            for snapshot_id in self.snapshots(canister_id) {
                let arg = candid::encode_one(Snapshot { canister_id, snapshot_id });
                let arg = arg.expect("it can be encoded");
                let (caller, management) =
                    (callers::controller(), Principal::management_canister());
                self.with(|sandbox| {
                    sandbox.update(caller, management, "delete_canister_snapshot", arg)
                })
                .expect("a controller deletes a snapshot");
            }
        }
    }

    /// The methods of the calls that a run makes when nothing goes wrong, in order.
    pub fn calls_of_a_run(&mut self) -> Vec<String> {
        self.start();
        let mut faults = self.plan_faults(&[]);
        while self.step(&mut faults) {}
        faults.calls().to_vec()
    }
}
