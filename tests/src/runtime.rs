//! Lets the typed client call canisters of any backend.

use crate::{
    Network,
    backend::{RawCall, Reply},
};
use async_trait::async_trait;
use candid::{
    CandidType, Principal,
    utils::{ArgumentEncoder, encode_args},
};
use ic_canister_runtime::{IcError, Runtime};
use serde::de::DeserializeOwned;

/// Calls canisters of a network as one sender.
#[derive(Clone)]
pub struct BackendRuntime {
    network: Network,
    sender: Principal,
}

impl BackendRuntime {
    /// Calls canisters of `network` as `sender`.
    pub fn new(network: Network, sender: Principal) -> Self {
        Self { network, sender }
    }
}

#[async_trait]
impl Runtime for BackendRuntime {
    /// Cycles cannot come from outside of the network; the argument must be 0.
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
        assert_eq!(cycles, 0, "cycles with an ingress message");
        self.network.update(self.sender, id, method, args)
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
        self.network.query(self.sender, id, method, args)
    }
}

/// A call with its arguments encoded.
///
/// # Panics
/// When they cannot be.
pub fn call(
    sender: Principal,
    canister: Principal,
    method: &str,
    args: impl ArgumentEncoder,
) -> RawCall {
    let arg = encode_args(args).expect("the arguments can be encoded");
    RawCall::new(sender, canister, method, arg)
}

/// A reply decoded, or the reject in the words of the client.
///
/// # Errors
/// When there is no reply, or it is of another type.
pub fn decode<Out: CandidType + DeserializeOwned>(reply: Reply) -> Result<Out, IcError> {
    let bytes = reply.map_err(|rejected| IcError::CallRejected {
        code: rejected.code,
        message: rejected.message,
    })?;
    candid::decode_one(&bytes)
        .map_err(|error| IcError::CandidDecodeFailed { message: error.to_string() })
}
