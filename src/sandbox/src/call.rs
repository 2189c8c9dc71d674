//! Messages between canisters: who waits for an answer, what is on its way, and what a canister keeps about a
//! call that it has not finished.

use crate::Reject;
use candid::Principal;

/// A submitted ingress message, to ask for its answer later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(crate) u64);

/// Names a callback of one canister.
pub(crate) type CallbackId = u64;
/// Names a call context of one canister.
pub(crate) type ContextId = u64;

/// Where an answer goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// To whoever submitted the message from outside.
    Ingress(MessageId),
    /// To a callback of another canister.
    Callback { caller: Principal, callback: CallbackId },
    /// Nowhere: the network itself called, for a timer.
    Nobody,
}

/// Who called, and how the answer finds the way back.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) sender: Principal,
    pub(crate) route: Route,
    /// Nanoseconds; after it the caller has been told that the outcome is unknown.
    pub(crate) deadline: Option<u64>,
    /// Set by a fault: whatever the answer, the caller does not learn it.
    pub(crate) reply_lost: bool,
}

impl Origin {
    pub(crate) fn new(sender: Principal, route: Route) -> Self {
        Self { sender, route, deadline: None, reply_lost: false }
    }
}

/// A call on its way to a canister.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) callee: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) cycles: u128,
}

/// An answer on its way to a callback.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) caller: Principal,
    pub(crate) callback: CallbackId,
    pub(crate) result: Result<Vec<u8>, Reject>,
    pub(crate) refund: u128,
}

/// Something that a step can execute.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Request(Request),
    Response(Response),
    Timer(Principal),
}

/// A call that a canister is executing, from its first message to its last callback.
#[derive(Clone, Debug)]
pub(crate) struct CallContext {
    pub(crate) origin: Origin,
    pub(crate) method: String,
    pub(crate) responded: bool,
    /// Calls of this context that have not been answered.
    pub(crate) outstanding: usize,
    /// Cycles that came with the call and were not accepted.
    pub(crate) cycles: u128,
    /// Fuel used by the context's messages so far.
    pub(crate) instructions: u64,
}

/// A function of the module and the value it is called with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closure {
    pub(crate) function: u32,
    pub(crate) environment: u32,
}

impl Closure {
    /// One-way calls name a function that does not exist, to say that no answer is wanted.
    pub(crate) fn is_void(self) -> bool {
        self.function == u32::MAX
    }
}

/// What to do when a call is answered.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) context: ContextId,
    pub(crate) callee: Principal,
    pub(crate) on_reply: Closure,
    pub(crate) on_reject: Closure,
    pub(crate) on_cleanup: Option<Closure>,
    /// Nanoseconds; then the caller is told that the outcome is unknown, whatever comes later.
    pub(crate) deadline: Option<u64>,
}

/// A call that an execution made; it is sent only if the execution ends well.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingCall {
    pub(crate) callee: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) cycles: u128,
    pub(crate) on_reply: Closure,
    pub(crate) on_reject: Closure,
    pub(crate) on_cleanup: Option<Closure>,
    pub(crate) timeout_seconds: Option<u32>,
}
