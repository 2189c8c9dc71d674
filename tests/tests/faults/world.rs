//! The network of a case: a coordinator, and a fleet that it controls.

use backup_coordinator_client::journal::{
    FleetName, RunId,
    execution::BackupRequest,
    fleet::{FleetPolicy, FleetRegistration, TransferPolicy},
};
use candid::Principal;
use canister_sandbox::{Outcome, Sandbox, Step, StepKind};
use integration_tests::{Network, Setup, callers, fleet};
use std::collections::BTreeSet;

/// The seconds within which everything must run again.
pub const DEADLINE_SECONDS: u64 = 600;
const FLEET: &str = "shop";

/// A network with a fleet of seven canisters in three levels.
pub struct World {
    pub setup: Setup,
    runs: u32,
}

/// A call of the management canister that the coordinator has made.
#[derive(Clone, Debug)]
pub struct Called {
    pub method: String,
    pub about: Option<Principal>,
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

    /// Executes one message.
    pub fn step(&self) -> Option<Step> {
        self.with(Sandbox::step)
    }

    /// A call of the management canister as a controller, which is answered before anything else is done.
    pub fn manage(&self, method: &str, canister: Principal) -> Result<Vec<u8>, String> {
        #[derive(candid::CandidType)]
        struct About {
            canister_id: Principal,
        }
        let arg = candid::encode_one(About { canister_id: canister }).expect("it can be encoded");
        let management = Principal::management_canister();
        self.with(|sandbox| sandbox.update(callers::controller(), management, method, arg))
            .map_err(|reject| reject.to_string())
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

    /// The calls that a run makes when nothing goes wrong, in order.
    pub fn calls_of_a_run(&mut self) -> Vec<Called> {
        self.start();
        let mut calls = Vec::new();
        while let Some(step) = self.step() {
            calls.extend(called(&step));
        }
        calls
    }
}

/// The call of the management canister that a step has executed, or kept from being executed.
pub fn called(step: &Step) -> Option<Called> {
    let refused = matches!(step.outcome, Outcome::Refused(_));
    let management = step.canister == Principal::management_canister();
    (step.kind == StepKind::Management || refused && management)
        .then(|| Called { method: step.method.clone(), about: step.about })
}
