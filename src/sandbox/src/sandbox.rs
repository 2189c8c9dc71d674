//! The public face: what a test or a rehearsal does with the simulated network.

use crate::canister::{
    Canister,
    install::Mode,
    snapshot::{Snapshot, SnapshotInfo},
};
use crate::model::{
    call::MessageId, certificate, cost::Cost, fault::Fault, reject::Reject, stable::StableMemory,
    status::CanisterStatus, step::Step,
};
use crate::vm::module::Metadata;
use crate::world::World;
use crate::{management, scheduler};
use candid::Principal;
use ic_certification::HashTree;
use ic_error_types::RejectCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// More steps than any test needs; canisters that are still busy after them are taken to be so for ever.
const MAX_STEPS: usize = 100_000;

/// A simulated network of one subnet.
pub struct Sandbox {
    world: World,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// An empty network, at a fixed time.
    pub fn new() -> Self {
        Self { world: World::new() }
    }

    /// Creates an empty canister. The first one has the same id in every sandbox, and so have those after it.
    pub fn create_canister(&mut self, controllers: &[Principal]) -> Principal {
        let id = self.world.create_canister(controllers);
        let sender = controllers.first().copied().unwrap_or(id);
        let recorded = self.world.record_creation(id, sender);
        recorded.expect("BUG: a canister is gone right after its creation");
        id
    }

    /// Creates an empty canister with this id, as somebody who restores one may need.
    ///
    /// # Errors
    /// If there is such a canister.
    pub fn create_canister_with_id(
        &mut self,
        id: Principal,
        controllers: &[Principal],
    ) -> Result<(), Reject> {
        self.world.create_canister_with_id(id, controllers)
    }

    /// Installs a module into an empty canister, at once and ahead of all messages in the queue.
    pub fn install(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Reject> {
        let mode = Mode::Install;
        management::install_as(&mut self.world, sender, canister, mode, module, arg)
    }

    /// Upgrades a canister, at once and ahead of all messages in the queue.
    pub fn upgrade(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Reject> {
        let mode = Mode::Upgrade { skip_pre_upgrade: false };
        management::install_as(&mut self.world, sender, canister, mode, module, arg)
    }

    /// Submits an ingress update. The callee may refuse it here (`canister_inspect_message`); otherwise it is
    /// executed by one of the next steps.
    pub fn submit(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<MessageId, Reject> {
        scheduler::submit(&mut self.world, sender, canister, method, arg)
    }

    /// Executes exactly one message, callback or timer; `None` when there is nothing to do at this time.
    pub fn step(&mut self) -> Option<Step> {
        scheduler::step(&mut self.world)
    }

    /// How many messages, answers and timers are in the queue.
    pub fn pending(&self) -> usize {
        self.world.queue.len()
    }

    /// Executes until there is nothing to do at this time.
    ///
    /// # Panics
    ///
    /// If that takes more than 100,000 steps.
    pub fn run_until_idle(&mut self) {
        for _ in 0..MAX_STEPS {
            if self.step().is_none() {
                return;
            }
        }
        panic!("the canisters are still busy after {MAX_STEPS} messages");
    }

    /// The answer to a submitted message, once there is one. It can be taken once.
    pub fn take_response(&mut self, id: MessageId) -> Option<Result<Vec<u8>, Reject>> {
        self.world.answers.remove(&id)
    }

    /// The answer to a submitted message, once there is one.
    pub fn response(&self, id: MessageId) -> Option<Result<Vec<u8>, Reject>> {
        self.world.answers.get(&id).cloned()
    }

    /// Submits an update and executes until it is answered; messages that were sent before it come first.
    ///
    /// If it is not answered although nothing is left to do, because something waits for time to pass, the
    /// reject is `SYS_UNKNOWN`.
    ///
    /// # Panics
    ///
    /// If that takes more than 100,000 steps.
    pub fn update(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<Vec<u8>, Reject> {
        let id = self.submit(sender, canister, method, arg)?;
        let mut cost = Cost::default();
        for _ in 0..MAX_STEPS {
            let Some(step) = self.step() else { break };
            cost.add(step.cost);
            if self.world.answers.contains_key(&id) {
                break;
            }
        }
        self.world.last_cost = cost;
        // The id of the message is not returned, so no one can read the answer later.
        self.take_response(id).unwrap_or_else(|| {
            Err(Reject::new(
                RejectCode::SysUnknown,
                format!("'{method}' is not answered, and nothing happens until time is advanced"),
            ))
        })
    }

    /// Answers a query; it changes nothing.
    pub fn query(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<Vec<u8>, Reject> {
        scheduler::query(&mut self.world, sender, canister, method, arg)
    }

    /// The time that canisters see.
    pub fn time_nanos(&self) -> u64 {
        self.world.time
    }

    /// Advances the time; the next steps execute the timers that become due.
    ///
    /// # Panics
    ///
    /// If time would pass beyond the year 2554.
    pub fn advance_time(&mut self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).expect("a duration beyond any canister's life");
        let time = self.world.time.checked_add(by);
        self.world.time = time.expect("a time beyond any canister's life");
    }

    /// Lets each call of a canister by another one take this long: it is delivered so much later. At first it takes no
    /// time. The longest is 584 years.
    pub fn set_call_latency(&mut self, latency: Duration) {
        self.world.latency = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
    }

    /// When canisters have something to do next, if they have nothing to do now: a call arrives, a timer is due, or a
    /// wait ends. `None` if nothing will happen without a message from outside.
    pub fn next_due_nanos(&self) -> Option<u64> {
        scheduler::next_due(&self.world)
    }

    /// Whether a canister takes calls; `None` if there is no such canister.
    pub fn status(&self, canister: Principal) -> Option<CanisterStatus> {
        Some(self.canister(canister)?.status)
    }

    /// The hash of a canister's module as it was uploaded; `None` if there is no module.
    pub fn module_hash(&self, canister: Principal) -> Option<[u8; 32]> {
        let vm = self.canister(canister)?.vm.as_ref()?;
        Some(vm.module().hash)
    }

    /// The metadata of a canister's module, by name: its custom sections `icp:public <name>` and `icp:private <name>`.
    pub fn metadata(&self, canister: Principal) -> BTreeMap<String, Metadata> {
        let vm = self.canister(canister).and_then(|canister| canister.vm.as_ref());
        vm.map_or_else(BTreeMap::new, |vm| vm.module().metadata.clone())
    }

    /// The snapshots of a canister, oldest first.
    pub fn snapshots(&self, canister: Principal) -> Vec<SnapshotInfo> {
        self.canister(canister).map_or_else(Vec::new, |canister| {
            canister.snapshots.iter().map(Snapshot::info).collect()
        })
    }

    /// The controllers of a canister.
    pub fn controllers(&self, canister: Principal) -> Vec<Principal> {
        self.canister(canister).map_or_else(Vec::new, |canister| canister.controllers.clone())
    }

    /// Changes the controllers of a canister, without a check of who calls.
    ///
    /// # Panics
    ///
    /// If there is no such canister.
    pub fn set_controllers(&mut self, canister: Principal, controllers: &[Principal]) {
        self.existing(canister).controllers = controllers.to_vec();
    }

    /// The balance of a canister.
    pub fn cycles(&self, canister: Principal) -> u128 {
        self.canister(canister).map_or(0, |canister| canister.state.cycles)
    }

    /// Changes the balance of a canister.
    ///
    /// # Panics
    ///
    /// If there is no such canister.
    pub fn set_cycles(&mut self, canister: Principal, cycles: u128) {
        self.existing(canister).state.cycles = cycles;
    }

    /// A copy of a canister's stable memory.
    pub fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.canister(canister).map_or_else(Vec::new, |canister| canister.state.stable.to_vec())
    }

    /// Replaces a canister's stable memory without a message, for example with an image that an earlier release
    /// wrote. The heap of the module still belongs to the former memory: upgrade the canister next.
    ///
    /// # Panics
    ///
    /// If there is no such canister.
    pub fn set_stable_memory(&mut self, canister: Principal, bytes: &[u8]) {
        self.existing(canister).state.stable = StableMemory::from_bytes(bytes);
    }

    /// Lets a canister's stable memory grow to `pages` of 64 KiB and no further, like a full subnet.
    ///
    /// # Panics
    ///
    /// If there is no such canister.
    pub fn limit_stable_memory(&mut self, canister: Principal, pages: u64) {
        self.existing(canister).state.stable.limit(pages);
    }

    /// The cost of the last step, query, installation or upgrade; after [`Self::update`], of all steps that it took.
    pub fn last_cost(&self) -> Cost {
        self.world.last_cost
    }

    /// Injects a fault. It takes effect once, when a call that it matches is delivered.
    pub fn inject(&mut self, fault: Fault) {
        self.world.faults.push(fault);
    }

    /// Withdraws the faults that have not taken effect.
    pub fn withdraw_faults(&mut self) {
        self.world.faults.clear();
    }

    /// Withdraws a fault that has not taken effect. One that has counted calls since it was injected is another one.
    pub fn withdraw_fault(&mut self, fault: &Fault) {
        self.world.faults.retain(|other| other != fault);
    }

    /// What a canister printed and why it trapped, also in executions that were undone.
    pub fn canister_log(&self, canister: Principal) -> Vec<String> {
        self.canister(canister).map_or_else(Vec::new, |canister| canister.log.clone())
    }

    /// The public key, in DER, that certificates of this network verify against. It is the same in every sandbox.
    pub fn root_key(&self) -> Vec<u8> {
        certificate::root_key().to_vec()
    }

    /// A certificate, in CBOR, that verifies against [`Self::root_key`]: the signature of the network under this tree.
    pub fn certify(tree: HashTree) -> Vec<u8> {
        certificate::sign(tree)
    }

    /// The first and the last id that a canister of this network can have.
    pub fn canister_range() -> (Principal, Principal) {
        (World::canister_id(0), World::canister_id(World::MAX_CANISTER))
    }

    fn canister(&self, id: Principal) -> Option<&Canister> {
        self.world.canisters.get(&id)
    }

    fn existing(&mut self, id: Principal) -> &mut Canister {
        let canister = self.world.canisters.get_mut(&id);
        canister.unwrap_or_else(|| panic!("there is no canister {id}"))
    }
}
