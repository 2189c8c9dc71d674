//! A coordinator with its callers, and a fleet to back up.

use crate::{BackendRuntime, Driver, Network, backend::Rejected, callers, fleet, modules};
use backup_coordinator_client::{CoordinatorClient, audit::Trust};
use backup_journal::{
    Timestamp,
    api::{CoordinatorArgs, Role, RoleAssignment, Visibility},
    plan::BackupPlan,
    registry::RegistryEntry,
};
use candid::{CandidType, Principal};
use sha2::{Digest, Sha256};

/// A typed client of the coordinator, calling as one person.
pub type Client = CoordinatorClient<BackendRuntime>;

/// Bytes of stable memory of a member: more than a page, less than two.
const MEMBER_BYTES: u32 = 100_000;

/// The network and what was installed on it.
pub struct Setup {
    /// The network.
    pub network: Network,
    /// The coordinator.
    pub coordinator: Principal,
    /// The root of the fleet, where one was asked for.
    pub root: Option<Principal>,
    /// The members of the fleet, which the operator and the root control.
    pub members: Vec<Principal>,
    /// Root and members, as the root knows them.
    pub registry: Vec<RegistryEntry>,
}

/// What is to be installed.
pub struct Builder {
    network: Network,
    members: u32,
    with_root: bool,
    executed: bool,
    visibility: Option<Visibility>,
}

/// What the coordinator is installed with unless told otherwise: an administrator, two operators, an auditor.
pub fn roles() -> Vec<RoleAssignment> {
    [
        (callers::administrator(), Role::Administrator),
        (callers::operator(), Role::Operator),
        (callers::second_operator(), Role::Operator),
        (callers::auditor(), Role::Auditor),
    ]
    .map(|(principal, role)| RoleAssignment { principal, role, fleet: None })
    .to_vec()
}

#[derive(CandidType)]
struct Filling {
    seed: u64,
    bytes: u32,
}

impl Builder {
    /// So many members; none unless said.
    #[must_use]
    pub fn members(self, members: u32) -> Self {
        Self { members, ..self }
    }

    /// A root that is a canister, holds the role Operator and controls the members.
    #[must_use]
    pub fn with_root(self) -> Self {
        Self { with_root: true, ..self }
    }

    /// The coordinator controls root and members, so that it can back them up by itself.
    #[must_use]
    pub fn executed(self) -> Self {
        Self { executed: true, ..self }
    }

    /// Who may read.
    #[must_use]
    pub fn visibility(self, visibility: Visibility) -> Self {
        Self { visibility: Some(visibility), ..self }
    }

    /// Installs it all.
    pub fn build(self) -> Setup {
        let network = self.network.clone();
        let coordinator = network.lock().create_canister(&[callers::controller()]);
        let executor = self.executed.then_some(coordinator);
        let root = self.with_root.then(|| create_root(&network, executor));
        let create = |number| create_member(&network, root.into_iter().chain(executor), number);
        let members: Vec<Principal> = (0..self.members).map(create).collect();
        let root_id = root.unwrap_or_else(|| fleet::paper_canister(0));
        let hash = hex::encode(Sha256::digest(modules::fleet_member()));
        let setup = Setup {
            registry: fleet::registry(root_id, &members, &hash),
            network,
            coordinator,
            root,
            members,
        };
        setup.install_coordinator(self.visibility);
        setup.introduce_root();
        setup
    }
}

/// Installs a coordinator with an argument in Candid, and nothing else.
///
/// # Errors
/// When the module refuses the argument.
pub fn install_coordinator(network: &Network, arg: Vec<u8>) -> Result<Principal, Rejected> {
    let mut backend = network.lock();
    let coordinator = backend.create_canister(&[callers::controller()]);
    backend.try_install(callers::controller(), coordinator, modules::coordinator(), arg)?;
    Ok(coordinator)
}

/// The argument of an installation without roles and settings.
///
/// # Panics
/// Never: arguments can be encoded.
pub fn no_arguments() -> Vec<u8> {
    candid::encode_one(CoordinatorArgs::default()).expect("the arguments can be encoded")
}

fn create_root(network: &Network, executor: Option<Principal>) -> Principal {
    let mut controllers = vec![callers::controller(), callers::operator()];
    controllers.extend(executor);
    let mut backend = network.lock();
    let root = backend.create_canister(&controllers);
    let none = candid::encode_args(()).expect("nothing can be encoded");
    backend.install(callers::controller(), root, modules::fleet_root(), none);
    root
}

/// A member with the usual controllers and others.
pub fn create_member(
    network: &Network,
    others: impl IntoIterator<Item = Principal>,
    number: u32,
) -> Principal {
    let mut controllers = vec![callers::controller(), callers::operator()];
    controllers.extend(others);
    let filling = Filling { seed: u64::from(number), bytes: MEMBER_BYTES };
    let arg = candid::encode_one(Some(filling)).expect("the filling can be encoded");
    let mut backend = network.lock();
    let member = backend.create_canister(&controllers);
    backend.install(callers::controller(), member, modules::fleet_member(), arg);
    member
}

impl Setup {
    /// A coordinator, and nothing to back up unless said.
    pub fn builder(network: Network) -> Builder {
        Builder { network, members: 0, with_root: false, executed: false, visibility: None }
    }

    /// A coordinator that is already installed, without a fleet.
    pub fn without_fleet(network: Network, coordinator: Principal) -> Self {
        Self { network, coordinator, root: None, members: Vec::new(), registry: Vec::new() }
    }

    /// What an auditor of this coordinator trusts now.
    pub fn trust(&self) -> Trust {
        let root_key = self.network.lock().root_key();
        let now = Timestamp(self.network.now());
        Trust { root_key, ..Trust::in_mainnet(self.coordinator, now) }
    }

    /// A typed client that calls as `caller`.
    pub fn client(&self, caller: Principal) -> Client {
        CoordinatorClient::new(self.network.runtime(caller), self.coordinator)
    }

    /// A client of [`callers::administrator`].
    pub fn as_administrator(&self) -> Client {
        self.client(callers::administrator())
    }

    /// A client of [`callers::operator`].
    pub fn as_operator(&self) -> Client {
        self.client(callers::operator())
    }

    /// A client of [`callers::auditor`].
    pub fn as_auditor(&self) -> Client {
        self.client(callers::auditor())
    }

    /// A plan for the whole fleet but the root.
    pub fn plan(&self, run_id: &str) -> BackupPlan {
        fleet::plan(run_id, &self.registry)
    }

    /// The operator at work on a run of the whole fleet.
    pub fn driver(&self, run_id: &str) -> Driver {
        self.driver_of(self.plan(run_id))
    }

    /// The operator at work on any plan.
    pub fn driver_of(&self, plan: BackupPlan) -> Driver {
        Driver::new(self, callers::operator(), plan)
    }

    /// Upgrades the coordinator to its own module.
    ///
    /// # Errors
    /// When the module refuses.
    ///
    /// # Panics
    /// Never: arguments can be encoded.
    pub fn upgrade(&self, args: Option<CoordinatorArgs>) -> Result<(), Rejected> {
        self.upgrade_raw(candid::encode_one(args).expect("the arguments can be encoded"))
    }

    /// Upgrades the coordinator to its own module, with arguments in Candid.
    ///
    /// # Errors
    /// When the module refuses.
    pub fn upgrade_raw(&self, arg: Vec<u8>) -> Result<(), Rejected> {
        let module = modules::coordinator();
        self.network.lock().upgrade(callers::controller(), self.coordinator, module, arg)
    }

    fn install_coordinator(&self, visibility: Option<Visibility>) {
        let mut roles = roles();
        roles.extend(self.root.map(|principal| RoleAssignment {
            principal,
            role: Role::Operator,
            fleet: None,
        }));
        let args = CoordinatorArgs { roles, visibility, ..CoordinatorArgs::default() };
        let arg = candid::encode_one(args).expect("the arguments can be encoded");
        let (controller, module) = (callers::controller(), modules::coordinator());
        self.network.lock().install(controller, self.coordinator, module, arg);
    }

    /// Tells the root of its members.
    fn introduce_root(&self) {
        let Some(root) = self.root else { return };
        let registered: Result<(), fleet_root_api::RootError> = self
            .network
            .update(callers::operator(), root, "register", (&self.registry,))
            .expect("the root answers");
        registered.expect("the operator controls the root");
    }
}
