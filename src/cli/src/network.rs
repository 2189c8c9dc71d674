//! The network as a driver sees it: canisters that can be called, and a clock.
//!
//! In a [`SimulatedNetwork`] time passes as on a network. Each call is under way for the same time. It has its effect
//! when it ends, and calls that are under way side by side share their time: two at once take as long as one, two in a
//! row take twice as long. A call that was sent has its effect, also if whoever sent it has died. Calls that canisters make
//! take as long, and canisters do what they have to do while time passes.
//!
//! The clock on the wall plays no part. Calls are kept in the order of their ends, and the clock goes forward to the next
//! end when the program that makes the calls has nothing else to do. That is found out by taking turns: whoever waits
//! for an answer lets everything else have its turn, and when in two turns nothing has begun a call or taken an answer,
//! all that is left is to wait. (Two, because a program may take a turn to see what else has ended before it goes on.) So
//! the program has to run on one thread; which executor does that is of no importance.

mod traffic;

use async_trait::async_trait;
use backup_journal::Timestamp;
use candid::{
    CandidType, Principal,
    utils::{ArgumentEncoder, encode_args},
};
use canister_sandbox::{CallFaults, Sandbox, SandboxRuntime};
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use serde::de::DeserializeOwned;
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use traffic::{Answer, Call, Ticket, Traffic};

/// How long an update takes on the simulated network, from the call to the answer: two seconds.
const UPDATE_NANOS: u64 = 2_000_000_000;

/// Turns without a call or an answer after which time passes.
const QUIET_TURNS: u32 = 2;

/// Canisters that can be called, and a clock.
pub trait Network: Runtime + Clone + Send + Sync {
    /// Network time, as far as it is known here; never ahead of what canisters see.
    fn now(&self) -> Timestamp;
    /// Waits for so long.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// Whether the network could not be reached or has not answered, so that the same call may succeed in a while.
pub const fn may_pass(error: &IcError) -> bool {
    let code = match error {
        IcError::CallRejected { code, .. } => *code,
        IcError::CallPerformFailed => RejectCode::SysTransient,
        _ => return false,
    };
    matches!(code, RejectCode::SysTransient | RejectCode::SysUnknown)
}

/// A sandbox in which time passes with every update, as on a network.
#[derive(Clone, Debug)]
pub struct SimulatedNetwork {
    runtime: SandboxRuntime,
    traffic: Arc<Mutex<Traffic>>,
}

impl SimulatedNetwork {
    /// An empty network, called by `operator`.
    pub fn new(operator: Principal) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.set_call_latency(Duration::from_nanos(UPDATE_NANOS));
        let sandbox = Arc::new(Mutex::new(sandbox));
        Self { runtime: SandboxRuntime::new(sandbox, operator), traffic: Arc::default() }
    }

    /// The same network, called by another one.
    pub fn as_sender(&self, sender: Principal) -> Self {
        Self { runtime: self.runtime.with_sender(sender), traffic: Arc::clone(&self.traffic) }
    }

    /// Lets these faults happen to the calls of a canister.
    pub fn disturb(&self, faults: CallFaults) {
        self.traffic().disturb(faults);
    }

    /// What has come of these faults; `None` if there are none.
    pub fn with_faults<T>(&self, look: impl FnOnce(&CallFaults) -> T) -> Option<T> {
        self.traffic().faults().map(look)
    }

    /// The sandbox itself; no call can be made while the guard is held.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.runtime.sandbox()
    }

    /// The sandbox, for somebody else who calls its canisters too.
    pub fn share(&self) -> Arc<Mutex<Sandbox>> {
        self.runtime.share()
    }

    /// Lets time pass until `end`, unless it is later than that already.
    pub fn pass_to(&self, end: Timestamp) {
        let (mut traffic, mut sandbox) = (self.traffic(), self.sandbox());
        traffic.pass_to(end.0, &mut sandbox);
    }

    /// Lets the time of one update pass, for what is done to the sandbox without a call.
    pub fn pass_time(&self) {
        self.pass(Duration::from_nanos(UPDATE_NANOS));
    }

    fn pass(&self, time: Duration) {
        let (mut traffic, mut sandbox) = (self.traffic(), self.sandbox());
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let end = sandbox.time_nanos().saturating_add(nanos);
        traffic.pass_to(end, &mut sandbox);
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, canister: Principal, method: &str, arg: Vec<u8>) -> Awaited<'_> {
        let call = Call { sender: self.runtime.sender(), canister, method: method.to_owned(), arg };
        let (mut traffic, sandbox) = (self.traffic(), self.sandbox());
        let ticket = traffic.begin(end(&sandbox), call);
        Awaited { network: self, ticket, changes: 0, quiet_turns: 0 }
    }
}

/// When a call ends that is sent now.
fn end(sandbox: &Sandbox) -> u64 {
    sandbox.time_nanos() + UPDATE_NANOS
}

impl Network for SimulatedNetwork {
    fn now(&self) -> Timestamp {
        Timestamp(self.sandbox().time_nanos())
    }

    async fn sleep(&self, time: Duration) {
        self.pass(time);
    }
}

/// The answer to a call that was sent.
struct Awaited<'a> {
    network: &'a SimulatedNetwork,
    ticket: Ticket,
    /// What had changed when it was this caller's turn.
    changes: u64,
    /// For how many turns nothing has.
    quiet_turns: u32,
}

impl Awaited<'_> {
    /// Counts a turn; true when time may pass.
    const fn count_turn(&mut self, changes: u64) -> bool {
        self.quiet_turns = if self.changes == changes { self.quiet_turns + 1 } else { 0 };
        self.changes = changes;
        self.quiet_turns >= QUIET_TURNS
    }
}

impl Future for Awaited<'_> {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let network = self.network;
        let mut traffic = network.traffic();
        if self.count_turn(traffic.changes()) {
            traffic.pass_to_next_end(&mut network.sandbox());
        }
        if let Some(answer) = traffic.take(self.ticket) {
            return Poll::Ready(answer);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        self.network.traffic().forget(self.ticket);
    }
}

#[async_trait]
impl Runtime for SimulatedNetwork {
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
        let arg = encode_args(args).expect("BUG: arguments cannot be encoded");
        decode(self.send(id, method, arg).await)
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

fn decode<Out: CandidType + DeserializeOwned>(answer: Answer) -> Result<Out, IcError> {
    let reply = answer
        .map_err(|reject| IcError::CallRejected { code: reject.code, message: reject.message })?;
    candid::decode_one(&reply)
        .map_err(|error| IcError::CandidDecodeFailed { message: error.to_string() })
}

#[cfg(test)]
mod tests;
