//! A backend that the clients of a scenario share.

use crate::{
    Backend, BackendRuntime,
    backend::{Rejected, Ticket},
    pocket::PocketIcBackend,
    runtime::decode,
    sandbox::SandboxBackend,
};
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use ic_canister_runtime::IcError;
use serde::de::DeserializeOwned;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A network that several hold at once.
#[derive(Clone)]
pub struct Network(Arc<Mutex<dyn Backend>>);

impl Network {
    /// A sandbox.
    pub fn sandbox() -> Self {
        Self(Arc::new(Mutex::new(SandboxBackend::default())))
    }

    /// `PocketIC`.
    pub fn pocket_ic() -> Self {
        Self(Arc::new(Mutex::new(PocketIcBackend::default())))
    }

    /// `PocketIC` with a root key, which takes longer to start.
    pub fn pocket_ic_with_root_key() -> Self {
        Self(Arc::new(Mutex::new(PocketIcBackend::with_root_key())))
    }

    /// `PocketIC` that counts what each call costs. A query is sent as an update, so it is slower.
    pub fn pocket_ic_that_counts() -> Self {
        Self(Arc::new(Mutex::new(PocketIcBackend::that_counts())))
    }

    /// The backend itself; nobody else can call while the guard is held.
    pub fn lock(&self) -> MutexGuard<'_, dyn Backend + 'static> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls from now on as `sender`.
    pub fn runtime(&self, sender: Principal) -> BackendRuntime {
        BackendRuntime::new(self.clone(), sender)
    }

    /// The time that canisters see, in nanoseconds.
    pub fn now(&self) -> u64 {
        self.lock().now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.lock().advance(by);
    }

    /// Calls an update whose arguments and reply are known.
    ///
    /// # Errors
    /// When it is not accepted, rejected, or the reply is another.
    pub fn update<Out: CandidType + DeserializeOwned>(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Out, IcError> {
        let call = crate::runtime::call(sender, canister, method, args);
        decode(self.lock().update(&call))
    }

    /// Calls a query whose arguments and reply are known.
    ///
    /// # Errors
    /// When it is rejected, or the reply is another.
    pub fn query<Out: CandidType + DeserializeOwned>(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Out, IcError> {
        let call = crate::runtime::call(sender, canister, method, args);
        decode(self.lock().query(&call))
    }

    /// Sends an update without waiting for its answer.
    ///
    /// # Errors
    /// When it is not accepted.
    pub fn submit(
        &self,
        sender: Principal,
        canister: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Ticket, Rejected> {
        let call = crate::runtime::call(sender, canister, method, args);
        self.lock().submit(&call)
    }

    /// The answer to an update that was sent.
    ///
    /// # Errors
    /// When it is rejected, or the reply is of another type.
    pub fn wait<Out: CandidType + DeserializeOwned>(&self, ticket: Ticket) -> Result<Out, IcError> {
        decode(self.lock().wait(ticket))
    }
}
