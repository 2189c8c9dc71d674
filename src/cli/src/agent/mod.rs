//! A real network, called through ic-agent: certificates and signatures of nodes are verified.
//!
//! A call is signed once and sent until the network has taken it, since the network executes an envelope once, however
//! often it arrives. So a connection that breaks does not leave the outcome of a call open, unless it stays broken for
//! longer than a caller wants to wait. What goes wrong becomes an [`IcError`] that `backup_fleet::reaction` understands.

mod clock;
pub mod connect;
mod effective;
mod http;
mod identity;
mod place;
mod rejects;
mod requests;
mod waits;

use crate::network::Network;
use async_trait::async_trait;
use backup_journal::{Timestamp, wire};
use candid::{
    CandidType, Principal,
    utils::{ArgumentEncoder, encode_args},
};
use clock::Clock;
use effective::effective_canister;
use ic_agent::Agent;
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use requests::{Request, query, send};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// A network, called as one principal. Calls need a runtime of `tokio`.
#[derive(Clone, Debug)]
pub struct AgentNetwork {
    agent: Agent,
    clock: Clock,
    /// How long the answer to a call is waited for.
    patience: Duration,
}

impl Network for AgentNetwork {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[async_trait]
impl Runtime for AgentNetwork {
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
        let arg = encode(args)?;
        let effective = effective_canister(id, method, &arg).map_err(impossible)?;
        let request = Request::sign(&self.agent, (id, effective), method, arg, self.now())?;
        decode(method, &send(&self.agent, &request, self.patience).await?)
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
        let arg = encode(args)?;
        let effective = effective_canister(id, method, &arg).map_err(impossible)?;
        let to = (id, effective);
        decode(method, &query(&self.agent, to, method, &arg, self.patience).await?)
    }
}

fn encode(args: impl ArgumentEncoder) -> Result<Vec<u8>, IcError> {
    encode_args(args).map_err(|error| impossible(wire::problem(&error)))
}

fn decode<Out: CandidType + DeserializeOwned>(method: &str, reply: &[u8]) -> Result<Out, IcError> {
    wire::decode(reply).map_err(|error| IcError::CandidDecodeFailed {
        message: format!("{method}: {}", wire::problem(&error)),
    })
}

/// A call that cannot be sent to anybody.
const fn impossible(message: String) -> IcError {
    IcError::CallRejected { code: RejectCode::SysFatal, message }
}
