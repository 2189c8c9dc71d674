//! A [`Runtime`] that calls the canisters of a sandbox.

use crate::model::reject::Reject;
use crate::sandbox::Sandbox;
use async_trait::async_trait;
use candid::utils::{ArgumentEncoder, encode_args};
use candid::{CandidType, Principal};
use ic_canister_runtime::{IcError, Runtime};
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls canisters of a sandbox as one sender.
///
/// A call is executed to its end when it is polled, so any executor will do.
#[derive(Clone)]
pub struct SandboxRuntime {
    sandbox: Arc<Mutex<Sandbox>>,
    sender: Principal,
}

impl SandboxRuntime {
    /// Calls canisters of this sandbox as this sender.
    pub fn new(sandbox: Arc<Mutex<Sandbox>>, sender: Principal) -> Self {
        Self { sandbox, sender }
    }

    /// The same sandbox, seen by another sender.
    #[must_use]
    pub fn with_sender(&self, sender: Principal) -> Self {
        Self::new(Arc::clone(&self.sandbox), sender)
    }

    /// The sandbox itself; no call can be made while the guard is held.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        // A test that panicked with the guard in hand has not harmed the sandbox.
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox, for somebody else who calls its canisters too.
    pub fn share(&self) -> Arc<Mutex<Sandbox>> {
        Arc::clone(&self.sandbox)
    }

    /// The principal that calls are made as.
    pub fn sender(&self) -> Principal {
        self.sender
    }
}

impl std::fmt::Debug for SandboxRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxRuntime").field("sender", &self.sender).finish_non_exhaustive()
    }
}

#[async_trait]
impl Runtime for SandboxRuntime {
    /// Cycles cannot come from outside of the network, so there must be none.
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
        if cycles > 0 {
            return Err(IcError::InsufficientLiquidCycleBalance { available: 0, required: cycles });
        }
        let arg = encode(args);
        decode(self.sandbox().update(self.sender, id, method, arg))
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
        let arg = encode(args);
        decode(self.sandbox().query(self.sender, id, method, arg))
    }
}

fn encode(args: impl ArgumentEncoder) -> Vec<u8> {
    encode_args(args).expect("BUG: arguments cannot be encoded")
}

fn decode<Out: CandidType + DeserializeOwned>(
    answer: Result<Vec<u8>, Reject>,
) -> Result<Out, IcError> {
    let reply = answer
        .map_err(|reject| IcError::CallRejected { code: reject.code, message: reject.message })?;
    candid::decode_one(&reply)
        .map_err(|error| IcError::CandidDecodeFailed { message: error.to_string() })
}
