//! The network of a case: a coordinator, and a fleet that it controls.

use backup_coordinator_client::journal::{
    FleetName, RunId,
    api::CoordinatorArgs,
    execution::BackupRequest,
    fleet::{FleetPolicy, FleetRegistration, TransferPolicy},
};
use candid::Principal;
use canister_sandbox::{CallFaults, PlannedFault, Sandbox};
use integration_tests::{Network, Setup, callers, fleet, modules};
use std::collections::BTreeSet;

/// The seconds within which everything must run again.
pub const DEADLINE_SECONDS: u64 = 600;
const FLEET: &str = "shop";

/// A network with a fleet of seven canisters in three levels.
pub struct World {
    pub setup: Setup,
    runs: u32,
}

impl World {
    pub fn new() -> Self {
        let setup = Setup::builder(Network::sandbox()).members(6).with_root().executed().build();
        let policy = FleetPolicy {
            transfer: TransferPolicy::Skip,
            restart_within_seconds: DEADLINE_SECONDS,
            ..FleetPolicy::default()
        };
        let registration = FleetRegistration {
            policy: Some(policy),
            ..fleet::registration(FLEET, &setup.registry)
        };
        let administrator = setup.as_administrator();
        pollster::block_on(administrator.register_fleet(&registration))
            .expect("the fleet can be registered");
        Self { setup, runs: 0 }
    }

    /// Root and members.
    pub fn canisters(&self) -> Vec<Principal> {
        self.setup.root.iter().chain(&self.setup.members).copied().collect()
    }

    /// Begins a backup.
    pub fn start(&mut self) -> RunId {
        self.runs += 1;
        let run_id = RunId::from(format!("run-{}", self.runs));
        let request = BackupRequest { run_id: Some(run_id.clone()), ..BackupRequest::default() };
        let operator = self.setup.as_operator();
        let fleet = FleetName::from(FLEET);
        pollster::block_on(operator.start_backup(&fleet, &request))
            .expect("the backup can be started");
        run_id
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

    /// The ids of the snapshots of a canister.
    pub fn snapshots(&self, canister: Principal) -> BTreeSet<Vec<u8>> {
        self.with(|sandbox| sandbox.snapshots(canister).into_iter().map(|it| it.id).collect())
    }

    /// Deletes all snapshots, so that the next run begins as the first.
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
