//! Calls between users and canisters: requests, answers, and the call contexts and callbacks of calls that are not
//! finished.

use crate::model::reject::Reject;
use candid::Principal;

/// Identifies a submitted ingress message; its answer is requested with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(crate) u64);

/// The id of a callback of one canister.
pub(crate) type CallbackId = u64;
/// The id of a call context of one canister.
pub(crate) type ContextId = u64;

/// The destination of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// To the user who submitted the message.
    Ingress(MessageId),
    /// To a callback of another canister.
    Callback { caller: Principal, callback: CallbackId },
    /// Nowhere: the network itself called, for a timer.
    Nobody,
}

/// The sender of a call, and the destination of its answer.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) sender: Principal,
    pub(crate) route: Route,
    /// Nanoseconds; from then on the caller has `SYS_UNKNOWN` as its answer.
    pub(crate) deadline: Option<u64>,
    /// Set by a fault: the caller gets `SYS_UNKNOWN` instead of the answer.
    pub(crate) reply_lost: bool,
    /// Set by a fault: the callback of the caller traps.
    pub(crate) callback_traps: bool,
}

impl Origin {
    pub(crate) fn new(sender: Principal, route: Route) -> Self {
        Self { sender, route, deadline: None, reply_lost: false, callback_traps: false }
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
    /// Set by a fault: the callback traps.
    pub(crate) traps: bool,
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
    /// A one-way call names a function that does not exist: the canister ignores the answer.
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
    /// Nanoseconds; then the caller gets `SYS_UNKNOWN`, and a later answer is ignored.
    pub(crate) deadline: Option<u64>,
}

/// A call that an execution made; it is sent only if the execution does not trap.
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
