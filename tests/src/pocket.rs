//! `PocketIC` as a backend: the replica itself, with a clock that the test sets.

use crate::{
    backend::{Backend, RawCall, Rejected, Reply, Ticket},
    meter::Meter,
};
use candid::Principal;
use canister_sandbox::{Cost, Sandbox};
use ic_error_types::RejectCode;
use ic_management_canister_types::{CanisterInstallMode, CanisterSettings, InstallCodeArgs};
use pocket_ic::{
    ErrorCode, PocketIc, PocketIcBuilder, RejectResponse,
    common::rest::{RawEffectivePrincipal, RawMessageId},
};
use std::time::Duration;

/// More than any scenario uses.
const CYCLES: u128 = 100_000_000_000_000;

/// Rounds in which a few calls that follow each other are answered.
const ROUNDS: u32 = 10;
/// A network lets no canister be upgraded again before some rounds have passed, the more the larger its module.
const ROUNDS_BETWEEN_UPGRADES: usize = 50;

/// A network in a `PocketIC` server: that of `POCKET_IC_BIN`, or the one that the crate downloads.
pub struct PocketIcBackend {
    pic: PocketIc,
    submitted: Vec<Option<RawMessageId>>,
    /// What counts calls, if they are counted; queries are then sent as updates, since they are not charged for.
    meter: Option<Meter>,
    last_cost: Option<Cost>,
}

impl Default for PocketIcBackend {
    fn default() -> Self {
        Self::new(PocketIcBuilder::new())
    }
}

impl PocketIcBackend {
    fn new(builder: PocketIcBuilder) -> Self {
        let pic = builder.with_application_subnet().build();
        Self { pic, submitted: Vec::new(), meter: None, last_cost: None }
    }

    /// As ever, and with the subnet that holds the root key.
    pub fn with_root_key() -> Self {
        Self::new(PocketIcBuilder::new().with_nns_subnet())
    }

    /// As ever, but it counts what each call costs.
    pub fn that_counts() -> Self {
        let mut counting = Self::default();
        counting.meter = Some(Meter::new(&counting.pic, CYCLES));
        counting
    }
}

impl From<RejectResponse> for Rejected {
    fn from(response: RejectResponse) -> Self {
        Self {
            code: RejectCode::try_from(response.reject_code as u64)
                .expect("a reject code of the interface specification"),
            message: response.reject_message,
        }
    }
}

/// Where a call is routed to.
fn destination(call: &RawCall) -> RawEffectivePrincipal {
    RawEffectivePrincipal::CanisterId(call.target.as_slice().to_vec())
}

impl Backend for PocketIcBackend {
    fn create_canister(&mut self, controllers: &[Principal]) -> Principal {
        let settings = CanisterSettings {
            controllers: Some(controllers.to_vec()),
            ..CanisterSettings::default()
        };
        let creator = controllers.first().copied();
        let subnet = self.pic.topology().get_app_subnets()[0];
        let canister = self.pic.create_canister_on_subnet(creator, Some(settings), subnet);
        self.pic.add_cycles(canister, CYCLES);
        canister
    }

    fn try_install(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected> {
        let install = InstallCodeArgs {
            mode: CanisterInstallMode::Install,
            canister_id: canister,
            wasm_module: module.to_vec(),
            arg,
            sender_canister_version: None,
        };
        let arg = candid::encode_one(install).expect("the arguments can be encoded");
        self.update(&RawCall::manage(sender, canister, "install_code", arg)).map(drop)
    }

    fn upgrade(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected> {
        let mut rounds = 0..ROUNDS_BETWEEN_UPGRADES;
        loop {
            let (module, arg) = (module.to_vec(), arg.clone());
            match self.pic.upgrade_canister(canister, module, arg, Some(sender)) {
                Err(refusal)
                    if refusal.error_code == ErrorCode::CanisterInstallCodeRateLimited
                        && rounds.next().is_some() =>
                {
                    self.pic.tick();
                }
                upgraded => return Ok(upgraded?),
            }
        }
    }

    fn submit(&mut self, call: &RawCall) -> Result<Ticket, Rejected> {
        let message = self.pic.submit_call_with_effective_principal(
            call.canister,
            destination(call),
            call.sender,
            &call.method,
            call.arg.clone(),
        )?;
        self.submitted.push(Some(message));
        Ok(Ticket(self.submitted.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket) -> Reply {
        let message = self.submitted[ticket.0].take();
        Ok(self.pic.await_call(message.expect("an answer is taken once"))?)
    }

    fn update(&mut self, call: &RawCall) -> Reply {
        let before = self.meter.map(|meter| (meter, self.pic.cycle_balance(call.canister)));
        let ticket = self.submit(call)?;
        let reply = self.wait(ticket);
        self.last_cost = before.map(|(meter, before)| {
            let charged = before - self.pic.cycle_balance(call.canister);
            Cost { instructions: meter.instructions(charged, call), ..Cost::default() }
        });
        reply
    }

    fn query(&mut self, call: &RawCall) -> Reply {
        // From nobody the coordinator takes queries as such only.
        if self.meter.is_some() && call.sender != Principal::anonymous() {
            return self.update(call);
        }
        self.last_cost = None;
        let answer = self.pic.query_call_with_effective_principal(
            call.canister,
            destination(call),
            call.sender,
            &call.method,
            call.arg.clone(),
        );
        Ok(answer?)
    }

    fn now(&self) -> u64 {
        self.pic.get_time().as_nanos_since_unix_epoch()
    }

    fn advance(&mut self, by: Duration) {
        self.pic.advance_time(by);
        // A block has to be made before a query sees the new time.
        self.pic.tick();
    }

    fn run(&mut self) {
        for _ in 0..ROUNDS {
            self.pic.tick();
        }
    }

    fn step(&mut self) {
        self.pic.tick();
    }

    fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.pic.get_stable_memory(canister)
    }

    fn cycles(&self, canister: Principal) -> u128 {
        self.pic.cycle_balance(canister)
    }

    /// # Panics
    /// When this is not a network [with one](PocketIcBackend::with_root_key).
    fn root_key(&self) -> Vec<u8> {
        self.pic.root_key().expect("this network has no root key")
    }

    fn last_cost(&self) -> Cost {
        self.last_cost.expect("nothing was counted")
    }

    fn as_sandbox(&mut self) -> Option<&mut Sandbox> {
        None
    }
}
