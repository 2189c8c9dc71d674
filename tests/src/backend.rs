//! The little that a scenario needs of a network, whoever simulates it.

use candid::Principal;
use canister_sandbox::{Cost, Sandbox};
use ic_error_types::RejectCode;
use std::{fmt, time::Duration};

/// A call that was answered with a reject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejected {
    /// The class of the failure.
    pub code: RejectCode,
    /// What happened, for people.
    pub message: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for Rejected {}

/// A reply, or why there is none.
pub type Reply = Result<Vec<u8>, Rejected>;

/// An update that was submitted and is not answered yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ticket(pub usize);

/// Who calls what, with arguments in Candid.
#[derive(Clone, Debug)]
pub struct RawCall {
    /// As whom.
    pub sender: Principal,
    /// Whom; [`Principal::management_canister`] acts on `target`.
    pub canister: Principal,
    /// The canister that a call of the management canister is about; otherwise the callee.
    pub target: Principal,
    /// What.
    pub method: String,
    /// The arguments.
    pub arg: Vec<u8>,
}

impl RawCall {
    /// A call of a canister's method.
    pub fn new(sender: Principal, canister: Principal, method: &str, arg: Vec<u8>) -> Self {
        Self { sender, canister, target: canister, method: method.to_string(), arg }
    }

    /// A call of the management canister about `target`.
    pub fn manage(sender: Principal, target: Principal, method: &str, arg: Vec<u8>) -> Self {
        Self { target, ..Self::new(sender, Principal::management_canister(), method, arg) }
    }
}

/// A simulated network.
pub trait Backend: Send {
    /// Creates a canister with cycles and without a module.
    fn create_canister(&mut self, controllers: &[Principal]) -> Principal;

    /// Installs a module.
    ///
    /// # Errors
    /// When the module refuses; the canister stays empty.
    fn try_install(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected>;

    /// Installs a module, which must succeed.
    ///
    /// # Panics
    /// When the module refuses.
    fn install(&mut self, sender: Principal, canister: Principal, module: &[u8], arg: Vec<u8>) {
        self.try_install(sender, canister, module, arg)
            .unwrap_or_else(|refused| panic!("the module cannot be installed: {refused}"));
    }

    /// Upgrades a canister.
    ///
    /// # Errors
    /// When the module refuses; the earlier one goes on.
    fn upgrade(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected>;

    /// Sends an update without waiting for its answer.
    ///
    /// # Errors
    /// When the message is not accepted.
    fn submit(&mut self, call: &RawCall) -> Result<Ticket, Rejected>;

    /// The answer to an update.
    ///
    /// # Errors
    /// When it is a reject.
    fn wait(&mut self, ticket: Ticket) -> Reply;

    /// The answer to a query.
    ///
    /// # Errors
    /// When it is a reject.
    fn query(&mut self, call: &RawCall) -> Reply;

    /// The time that canisters see, in nanoseconds.
    fn now(&self) -> u64;

    /// Lets time pass.
    fn advance(&mut self, by: Duration);

    /// Executes what can be executed at this time.
    fn run(&mut self);

    /// Executes one message, or makes one round.
    fn step(&mut self);

    /// The stable memory of a canister.
    fn stable_memory(&self, canister: Principal) -> Vec<u8>;

    /// The balance of a canister, in cycles.
    fn cycles(&self, canister: Principal) -> u128;

    /// The public key, in DER, that certificates of this network verify against.
    fn root_key(&self) -> Vec<u8>;

    /// The sandbox, where this is one: only there can replies be lost at will.
    fn as_sandbox(&mut self) -> Option<&mut Sandbox>;

    /// What the last call cost.
    ///
    /// # Panics
    /// When this is a `PocketIC` that [does not count](crate::Network::pocket_ic_that_counts).
    fn last_cost(&self) -> Cost;

    /// Sends an update and waits for its answer.
    ///
    /// # Errors
    /// When it is not accepted, or answered with a reject.
    fn update(&mut self, call: &RawCall) -> Reply {
        let ticket = self.submit(call)?;
        self.wait(ticket)
    }
}
