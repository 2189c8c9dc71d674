//! The network as a driver sees it: canisters that can be called, and a clock.

use async_trait::async_trait;
use backup_journal::Timestamp;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use canister_sandbox::{Sandbox, SandboxRuntime};
use ic_canister_runtime::{IcError, Runtime};
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How long an update takes on the network, from the call to the answer.
const UPDATE: Duration = Duration::from_secs(2);

/// Canisters that can be called, and a clock.
pub trait Network: Runtime + Clone + Send + Sync {
    /// Network time, as far as it is known here; never ahead of what canisters see.
    fn now(&self) -> Timestamp;
}

/// A sandbox in which time passes with every update, as on a network.
#[derive(Clone, Debug)]
pub struct SimulatedNetwork {
    runtime: SandboxRuntime,
}

impl SimulatedNetwork {
    /// An empty network, called by `operator`.
    pub fn new(operator: Principal) -> Self {
        let sandbox = Arc::new(Mutex::new(Sandbox::new()));
        Self { runtime: SandboxRuntime::new(sandbox, operator) }
    }

    /// The sandbox itself; no call can be made while the guard is held.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.runtime.sandbox()
    }

    /// Lets the time of one update pass.
    pub fn pass_time(&self) {
        self.sandbox().advance_time(UPDATE);
    }
}

impl Network for SimulatedNetwork {
    fn now(&self) -> Timestamp {
        Timestamp(self.sandbox().time_nanos())
    }
}

#[async_trait]
impl Runtime for SimulatedNetwork {
    async fn update_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
        cycles: u128,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.pass_time();
        self.runtime.update_call(id, method, args, cycles).await
    }

    async fn query_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.runtime.query_call(id, method, args).await
    }
}
