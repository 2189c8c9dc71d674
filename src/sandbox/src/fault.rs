//! Faults that a test can order: a reply that gets lost, or a call that is rejected before it arrives.

use crate::call::Request;
use candid::Principal;
use ic_error_types::RejectCode;

/// A disturbance of one call, used up when it strikes.
///
/// Every call counts, ingress and inter-canister alike; one to the management canister has
/// [`Principal::management_canister`] as its callee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Only calls to this canister; any if there is none.
    pub callee: Option<Principal>,
    /// Only calls of this method; any if there is none.
    pub method: Option<String>,
    /// How many matching calls pass before it strikes.
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
}

impl Fault {
    fn matches(&self, request: &Request) -> bool {
        self.callee.is_none_or(|callee| callee == request.callee)
            && self.method.as_ref().is_none_or(|m| *m == request.method)
    }
}

/// The fault that strikes this call, if any; it is removed. Others that match come one call nearer.
pub(crate) fn strike(faults: &mut Vec<Fault>, request: &Request) -> Option<FaultAction> {
    let mut struck = None;
    for (index, fault) in faults.iter_mut().enumerate() {
        if !fault.matches(request) {
            continue;
        }
        match fault.skip.checked_sub(1) {
            Some(skip) => fault.skip = skip,
            None if struck.is_none() => struck = Some(index),
            None => {}
        }
    }
    struck.map(|index| faults.remove(index).action)
}
