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
mod outbox;
mod place;
mod rejects;
mod requests;
pub mod settle;
mod waits;

use crate::{backup::folder::Folder, network::Network, output};
use anyhow::Result;
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
use outbox::{Kept, Outbox, Wish, is_after_loads, is_after_stops, is_kept};
use requests::{Answer, Request, ask, is_taken_or_over, query, send};
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};

/// How long the network may take a call after it was signed. A driver that goes on where another one has died may have to
/// wait for so long.
const VALID: Duration = Duration::from_mins(3);
/// How much longer than until its expiry a call is asked for.
const MARGIN: Duration = Duration::from_secs(30);

/// A network, called as one principal. Calls need a runtime of `tokio`.
#[derive(Clone, Debug)]
pub struct AgentNetwork {
    agent: Agent,
    clock: Clock,
    /// How long the answer to a call is waited for.
    patience: Duration,
    /// How long the network may take a call after it was signed; it never executes it later.
    valid: Duration,
    /// Where calls are kept that change canisters.
    outbox: Option<Arc<Outbox>>,
}

impl AgentNetwork {
    fn new(agent: Agent, clock: Clock, patience: Duration) -> Self {
        Self { agent, clock, patience, valid: VALID, outbox: None }
    }

    /// The same network; calls that change canisters are kept in the folder of a backup until it is certain what has
    /// become of them.
    ///
    /// # Errors
    /// If the folder cannot be written, or what is kept there not be read.
    pub fn keep_requests_in(&self, folder: &Folder) -> Result<Self> {
        Ok(Self { outbox: Some(Arc::new(Outbox::open(folder.clone())?)), ..self.clone() })
    }

    fn sender(&self) -> Result<Principal, IcError> {
        self.agent.get_principal().map_err(impossible)
    }

    fn sign(
        &self,
        to: (Principal, Principal),
        method: &str,
        arg: &[u8],
    ) -> Result<Request, IcError> {
        let valid = u64::try_from(self.valid.as_nanos()).unwrap_or(u64::MAX);
        let end = Timestamp(self.now().0.saturating_add(valid));
        Request::sign(&self.agent, to, method, arg.to_vec(), end)
    }

    /// Calls so that a driver that dies leaves a trace of it.
    async fn call_kept(&self, outbox: &Outbox, wish: &Wish<'_>) -> Result<Vec<u8>, IcError> {
        let earlier = outbox.find(wish);
        let may_have_arrived = earlier.is_some();
        let kept = earlier.map_or_else(|| self.keep(outbox, wish), Ok)?;
        let answer = self.deliver(&kept, may_have_arrived).await;
        if answer.is_certain {
            forget(outbox, &kept);
        }
        answer.result
    }

    /// Signs a call and keeps it.
    fn keep(&self, outbox: &Outbox, wish: &Wish<'_>) -> Result<Kept, IcError> {
        let to = (Principal::management_canister(), wish.canister);
        let request = self.sign(to, wish.method, wish.arg)?;
        let kept = outbox.keep(wish, &request, self.now());
        kept.map_err(|error| impossible(format!("{} was not sent: {error:#}", wish.method)))
    }

    /// Waits until no earlier stop of a canister can take effect after what follows: a start ends a stop that the network has
    /// taken, and one that has expired is never executed.
    async fn settle_stops(&self, outbox: &Outbox, canister: Principal) -> Result<(), IcError> {
        for stop in outbox.stops_of(canister) {
            let left = Duration::from_nanos(stop.expiry.nanos_since(self.now()));
            if stop.sender != self.sender()? {
                // The network tells others nothing.
                self.sleep(left).await;
            } else if !is_taken_or_over(&self.agent, &stop.request(), left + MARGIN).await {
                return Err(rejects::unknown(format!(
                    "a stop of {canister} may still take effect"
                )));
            }
            forget(outbox, &stop);
        }
        Ok(())
    }

    /// Waits until no earlier load of another snapshot can take effect after what follows.
    async fn settle_loads(&self, outbox: &Outbox, wish: &Wish<'_>) -> Result<(), IcError> {
        for load in outbox.other_loads(wish) {
            let left = Duration::from_nanos(load.expiry.nanos_since(self.now()));
            if load.sender != wish.sender {
                // The network tells others nothing.
                self.sleep(left).await;
            } else if !ask(&self.agent, &load.request(), left + MARGIN).await.is_certain {
                return Err(rejects::unknown(format!(
                    "a load of a snapshot into {} may still take effect",
                    wish.canister
                )));
            }
            forget(outbox, &load);
        }
        Ok(())
    }

    /// Sends a call that may still be taken, or asks what has become of it.
    async fn deliver(&self, kept: &Kept, may_have_arrived: bool) -> Answer {
        if kept.expiry > self.now() {
            send(&self.agent, &kept.request(), self.patience, may_have_arrived).await
        } else {
            ask(&self.agent, &kept.request(), self.patience).await
        }
    }
}

/// Forgets a call that is over; that its file stays does no harm.
fn forget(outbox: &Outbox, over: &Kept) {
    if let Err(error) = outbox.forget(over) {
        output::tell(&format!("warning: {error:#}"));
    }
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
        if let Some(outbox) = self.outbox.as_ref().filter(|_| is_after_stops(id, method)) {
            self.settle_stops(outbox, effective).await?;
        }
        let reply = match &self.outbox {
            Some(outbox) if is_kept(id, method) => {
                let sender = self.sender()?;
                let wish = Wish { canister: effective, method, arg: &arg, sender };
                if is_after_loads(id, method) {
                    self.settle_loads(outbox, &wish).await?;
                }
                self.call_kept(outbox, &wish).await?
            }
            _ => {
                let request = self.sign((id, effective), method, &arg)?;
                send(&self.agent, &request, self.patience, false).await.result?
            }
        };
        decode(method, &reply)
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

#[cfg(test)]
mod tests;
