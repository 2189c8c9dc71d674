//! The sandbox as a backend.

use crate::backend::{Backend, RawCall, Rejected, Reply, Ticket};
use candid::Principal;
use canister_sandbox::{Cost, MessageId, Reject, Sandbox};
use std::time::Duration;

/// A network in this process.
#[derive(Default)]
pub struct SandboxBackend {
    sandbox: Sandbox,
    submitted: Vec<MessageId>,
}

impl From<Reject> for Rejected {
    fn from(reject: Reject) -> Self {
        Self { code: reject.code, message: reject.message }
    }
}

impl Backend for SandboxBackend {
    fn create_canister(&mut self, controllers: &[Principal]) -> Principal {
        self.sandbox.create_canister(controllers)
    }

    fn try_install(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected> {
        Ok(self.sandbox.install(sender, canister, module, arg)?)
    }

    fn upgrade(
        &mut self,
        sender: Principal,
        canister: Principal,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), Rejected> {
        Ok(self.sandbox.upgrade(sender, canister, module, arg)?)
    }

    fn submit(&mut self, call: &RawCall) -> Result<Ticket, Rejected> {
        let RawCall { sender, canister, method, arg, .. } = call;
        let message = self.sandbox.submit(*sender, *canister, method, arg.clone())?;
        self.submitted.push(message);
        Ok(Ticket(self.submitted.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket) -> Reply {
        let message = self.submitted[ticket.0];
        loop {
            if let Some(answer) = self.sandbox.response(message) {
                return Ok(answer?);
            }
            let step = self.sandbox.step();
            assert!(step.is_some(), "nothing is left to do, and no answer");
        }
    }

    fn query(&mut self, call: &RawCall) -> Reply {
        let RawCall { sender, canister, method, arg, .. } = call;
        Ok(self.sandbox.query(*sender, *canister, method, arg.clone())?)
    }

    fn now(&self) -> u64 {
        self.sandbox.time_nanos()
    }

    fn advance(&mut self, by: Duration) {
        self.sandbox.advance_time(by);
    }

    fn run(&mut self) {
        self.sandbox.run_until_idle();
    }

    fn step(&mut self) {
        self.sandbox.step();
    }

    fn stable_memory(&self, canister: Principal) -> Vec<u8> {
        self.sandbox.stable_memory(canister)
    }

    fn cycles(&self, canister: Principal) -> u128 {
        self.sandbox.cycles(canister)
    }

    fn root_key(&self) -> Vec<u8> {
        self.sandbox.root_key()
    }

    fn last_cost(&self) -> Cost {
        self.sandbox.last_cost()
    }

    fn as_sandbox(&mut self) -> Option<&mut Sandbox> {
        Some(&mut self.sandbox)
    }
}
