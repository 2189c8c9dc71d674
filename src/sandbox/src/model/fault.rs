//! Faults that a test can inject: a reply that gets lost, or a call that is rejected before it arrives.

use crate::model::call::Request;
use candid::Principal;
use ic_error_types::RejectCode;
use std::time::Duration;

/// A fault of one call; it takes effect once.
///
/// Every call counts, ingress and inter-canister alike; one to the management canister has
/// [`Principal::management_canister`] as its callee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Only calls to this canister; any if there is none.
    pub callee: Option<Principal>,
    /// Only calls of this method; any if there is none.
    pub method: Option<String>,
    /// Only calls by this canister or user; any if there is none.
    pub sender: Option<Principal>,
    /// How many matching calls are delivered first.
    pub skip: u32,
    /// What happens to the call.
    pub action: FaultAction,
}

/// What a fault does to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultAction {
    /// The callee executes the call, but the caller gets `SYS_UNKNOWN` instead of the answer.
    DropReply,
    /// The call never reaches the callee.
    Reject {
        /// The code the caller sees; `SysTransient` is what the network would use.
        code: RejectCode,
        /// The message the caller sees.
        message: String,
    },
    /// The caller gets `SYS_UNKNOWN` at once, and the callee executes the call later.
    Late {
        /// How much later.
        by: Duration,
    },
    /// The callback of the caller traps. An ingress message has no callback: it is answered as ever.
    TrapCallback,
}

impl Fault {
    fn matches(&self, request: &Request) -> bool {
        self.callee.is_none_or(|callee| callee == request.callee)
            && self.method.as_ref().is_none_or(|m| *m == request.method)
            && self.sender.is_none_or(|sender| sender == request.origin.sender)
    }
}

/// Removes and returns the fault that takes effect on this call, if there is one. Every other fault that matches
/// counts the call.
pub(crate) fn take_matching(faults: &mut Vec<Fault>, request: &Request) -> Option<FaultAction> {
    let mut taken = None;
    for (index, fault) in faults.iter_mut().enumerate() {
        if !fault.matches(request) {
            continue;
        }
        match fault.skip.checked_sub(1) {
            Some(skip) => fault.skip = skip,
            None if taken.is_none() => taken = Some(index),
            None => {}
        }
    }
    taken.map(|index| faults.remove(index).action)
}
