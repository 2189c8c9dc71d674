//! The stage of a rehearsal: a sandbox with the fleet, the coordinator beside it, and an operator.

use crate::{
    network::{Network, SimulatedNetwork},
    registry::{Fleet, Registry},
    rehearse::{fleet, modules},
};
use anyhow::{Context, Result};
use backup_coordinator_client::{CoordinatorClient, audit::Trust};
use backup_fleet::Management;
use backup_journal::{
    RunId, Timestamp,
    api::{CoordinatorArgs, CoordinatorError, Role, RoleAssignment, Visibility},
    journal::ResumeSummary,
};
use candid::{Principal, decode_one, encode_args, encode_one};
use canister_sandbox::{CallFaults, PlannedFault};
use std::path::Path;

/// What is left of the stable memory of a member that was ruined: one page.
const RUIN: usize = 65_536;

/// What is not the same for every stage, beside the fleet.
#[derive(Debug)]
pub struct Scene {
    /// Who may read the coordinator.
    pub visibility: Visibility,
    /// When it begins, in network time; the first moment of every sandbox if there is none.
    pub begins: Option<Timestamp>,
    /// Who may operate the coordinator and controls the fleet, beside the operator of the rehearsal.
    pub operators: Vec<Principal>,
}

/// A sandbox with everything that a backup needs.
#[derive(Debug)]
pub struct Stage {
    /// The network, called as the operator.
    pub network: SimulatedNetwork,
    /// The fleet.
    pub fleet: Fleet,
    /// The coordinator.
    pub coordinator: Principal,
    module: Vec<u8>,
}

/// Who runs the backup: an operator to the coordinator, a controller to the fleet.
fn operator() -> Principal {
    Principal::self_authenticating(b"the operator of a rehearsal")
}

/// Who controls the coordinator; not the operator, so that roles are put to the test.
fn administrator() -> Principal {
    Principal::self_authenticating(b"the administrator of a rehearsal")
}

impl Stage {
    /// Sets the stage for a fleet.
    pub fn set(
        registry: &Registry,
        coordinator: &Path,
        member: &Path,
        scene: &Scene,
    ) -> Result<Self> {
        let module = modules::read("coordinator", coordinator)?;
        let member = modules::read("member", member)?;
        let network = SimulatedNetwork::new(operator());
        if let Some(begins) = scene.begins {
            network.pass_to(begins);
        }
        // The fleet comes first, so that the ids of the demo fleet are those of its file.
        let fleet = fleet::create(&network, operator(), &scene.operators, registry, &member)?;
        let coordinator = install_coordinator(&network, &module, scene)
            .context("the coordinator cannot be installed")?;
        Ok(Self { network, fleet, coordinator, module })
    }

    /// The coordinator, called as the operator.
    pub fn client(&self) -> CoordinatorClient<SimulatedNetwork> {
        CoordinatorClient::new(self.network.clone(), self.coordinator)
    }

    /// What an auditor of this network relies on.
    pub fn trust(&self) -> Trust {
        let root_key = self.network.sandbox().root_key();
        Trust { root_key, ..Trust::in_mainnet(self.coordinator, self.network.now()) }
    }

    /// The coordinator, called as its administrator.
    pub fn administrator(&self) -> CoordinatorClient<SimulatedNetwork> {
        CoordinatorClient::new(self.network.as_sender(administrator()), self.coordinator)
    }

    /// The management canister, called as the administrator of the coordinator.
    pub fn as_administrator(&self) -> Management<SimulatedNetwork> {
        Management::new(self.network.as_sender(administrator()))
    }

    /// The management canister, called as the operator, who controls the fleet.
    pub fn as_operator(&self) -> Management<SimulatedNetwork> {
        Management::new(self.network.clone())
    }

    /// Makes the coordinator a controller of every canister of the fleet.
    pub fn let_coordinator_control_the_fleet(&self) {
        let mut sandbox = self.network.sandbox();
        for entry in &self.fleet.entries {
            let mut controllers = sandbox.controllers(entry.canister_id);
            controllers.push(self.coordinator);
            sandbox.set_controllers(entry.canister_id, &controllers);
        }
    }

    /// Lets these faults happen to the calls that the coordinator makes from now on.
    pub fn plan_faults(&self, faults: Vec<PlannedFault>) -> Result<()> {
        let (module, nothing) = (self.module.clone(), encode_one(None::<CoordinatorArgs>)?);
        let mut sandbox = self.network.sandbox();
        let faults = CallFaults::plan(&mut sandbox, self.coordinator, module, nothing, faults);
        drop(sandbox);
        self.network.disturb(faults);
        Ok(())
    }

    /// Upgrades the coordinator to its own module.
    pub fn upgrade_coordinator(&self) -> Result<()> {
        self.network.pass_time();
        let nothing = encode_one(None::<CoordinatorArgs>)?;
        self.network
            .sandbox()
            .upgrade(administrator(), self.coordinator, &self.module, nothing)
            .context("the coordinator cannot be upgraded to its own module")
    }

    /// Ruins the data of every member, on the heap and in stable memory.
    pub fn ruin_the_fleet(&self) -> Result<()> {
        self.network.pass_time();
        let nothing = encode_args(())?;
        let mut sandbox = self.network.sandbox();
        for entry in &self.fleet.entries {
            let member = entry.canister_id;
            sandbox.update(operator(), member, "bump", nothing.clone())?;
            sandbox.set_stable_memory(member, &[0xff].repeat(RUIN));
        }
        Ok(())
    }

    /// Aborts a run, as the operator does who is not content with it.
    pub fn abort_run(&self, run_id: &RunId, reason: &str) -> Result<()> {
        self.network.pass_time();
        let args = encode_args((run_id, reason))?;
        let answer = self.network.sandbox().update(operator(), self.coordinator, "abort_run", args);
        let answer: Result<ResumeSummary, CoordinatorError> =
            decode_one(&answer.context("the run cannot be aborted")?)?;
        answer.map(drop).context("the run cannot be aborted")
    }
}

fn install_coordinator(
    network: &SimulatedNetwork,
    module: &[u8],
    scene: &Scene,
) -> Result<Principal> {
    let operators = [operator()].into_iter().chain(scene.operators.iter().copied());
    let role = Role::Operator;
    let roles = operators.map(|principal| RoleAssignment { principal, role, fleet: None });
    let args = CoordinatorArgs {
        roles: roles.collect(),
        visibility: Some(scene.visibility),
        ..CoordinatorArgs::default()
    };
    let mut sandbox = network.sandbox();
    let id = sandbox.create_canister(&[administrator()]);
    sandbox.install(administrator(), id, module, encode_one(args)?)?;
    Ok(id)
}
