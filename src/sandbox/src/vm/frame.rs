//! The input and the output of one execution of one entry point.
//!
//! The System API reads and changes the frame and nothing else. After the execution the canister takes the new state
//! from the frame, or discards it.

use crate::model::{call::OutgoingCall, cost::Meter, stable::StableMemory, status::CanisterStatus};
use candid::Principal;

/// The kinds of entry points; they differ in what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Start,
    Init,
    PreUpgrade,
    PostUpgrade,
    Inspect,
    Update,
    /// A query method that is called as an update.
    ReplicatedQuery,
    Query,
    Reply,
    Reject,
    Cleanup,
    Timer,
}

impl EntryKind {
    /// Fuel that an entry point may use; as many units as the network allows instructions.
    pub(crate) fn fuel(self) -> u64 {
        const BILLION: u64 = 1_000_000_000;
        match self {
            Self::Start | Self::Init | Self::PreUpgrade | Self::PostUpgrade => 300 * BILLION,
            Self::Query | Self::ReplicatedQuery => 5 * BILLION,
            Self::Inspect => BILLION / 5,
            _ => 40 * BILLION,
        }
    }

    /// How many bytes a reply may have.
    pub(crate) fn reply_limit(self) -> usize {
        if self == Self::Query { 3 * 1024 * 1024 } else { 2 * 1024 * 1024 }
    }
}

/// The part of a canister, besides the heap, that an execution changes and a trap undoes.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) stable: StableMemory,
    pub(crate) certified_data: Vec<u8>,
    /// Nanoseconds; 0 is no timer.
    pub(crate) global_timer: u64,
    pub(crate) cycles: u128,
}

/// The message of an execution.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) arg: Vec<u8>,
    pub(crate) method: String,
    /// The code and the message of the reject, in a reject callback.
    pub(crate) reject: Option<(u32, String)>,
    pub(crate) deadline: u64,
    pub(crate) cycles_available: u128,
    pub(crate) cycles_refunded: u128,
    /// The call was answered by an earlier execution.
    pub(crate) responded: bool,
    /// Fuel used by earlier executions of the same call.
    pub(crate) instructions_before: u64,
}

/// The canister of an execution, as it was when the execution began.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) canister: Principal,
    pub(crate) controllers: Vec<Principal>,
    pub(crate) status: CanisterStatus,
    pub(crate) version: u64,
    pub(crate) time: u64,
    /// Calls that are not answered, by callee.
    pub(crate) outstanding: Vec<(Principal, usize)>,
}

/// What leaves the canister if the execution does not trap.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// A reply, or the message of an explicit reject.
    pub(crate) answer: Option<Result<Vec<u8>, String>>,
    pub(crate) calls: Vec<OutgoingCall>,
    pub(crate) cycles_accepted: u128,
    /// `accept_message` was called.
    pub(crate) accepted: bool,
}

/// One execution.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: EntryKind,
    pub(crate) caller: Principal,
    pub(crate) message: Message,
    pub(crate) environment: Environment,
    pub(crate) state: State,
    pub(crate) effects: Effects,
    pub(crate) meter: Meter,
    pub(crate) log: Vec<String>,
    /// The reply so far, until it is sent.
    pub(crate) reply_data: Vec<u8>,
    /// The call under construction.
    pub(crate) draft: Option<OutgoingCall>,
    /// The certificate, once the canister has called for it.
    pub(crate) certificate: Option<Vec<u8>>,
}

impl Frame {
    pub(crate) fn new(
        kind: EntryKind,
        caller: Principal,
        message: Message,
        environment: Environment,
        state: State,
    ) -> Self {
        Self {
            kind,
            caller,
            message,
            environment,
            state,
            effects: Effects::default(),
            meter: Meter::default(),
            log: Vec::new(),
            reply_data: Vec::new(),
            draft: None,
            certificate: None,
        }
    }
}
