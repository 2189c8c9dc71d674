//! What a step of the sandbox did.

use crate::model::{cost::Cost, reject::Reject};
use candid::Principal;

/// What was executed by one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The canister that the message was for.
    pub canister: Principal,
    /// What kind of message it was.
    pub kind: StepKind,
    /// Who sent the call; none for callbacks and timers.
    pub sender: Option<Principal>,
    /// The canister that a call of the management canister is about; none for every other message.
    pub about: Option<Principal>,
    /// The method that was called; for a callback, the method whose execution continues.
    pub method: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What it cost.
    pub cost: Cost,
}

/// The kinds of messages that a step executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A call of a method, by a user or by a canister.
    Call,
    /// A reply arrived at the caller.
    Reply,
    /// A reject arrived at the caller.
    Reject,
    /// The global timer.
    Timer,
    /// A call of the management canister.
    Management,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not trap; it may have answered with a reject.
    Completed,
    /// It trapped, and what it did was undone.
    Trapped(String),
    /// It was not executed.
    Refused(Reject),
}
