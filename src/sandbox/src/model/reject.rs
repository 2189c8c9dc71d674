//! The one error of this crate: a call that was answered with a reject.

use candid::Principal;
use ic_error_types::RejectCode;
use std::fmt;

/// The network's codes of the failures that this simulator knows. Users see them, canisters do not.
pub(crate) mod error_code {
    pub(crate) const STOP_TIMED_OUT: &str = "IC0206";
    pub(crate) const CANISTER_NOT_FOUND: &str = "IC0301";
    pub(crate) const SNAPSHOT_NOT_FOUND: &str = "IC0305";
    pub(crate) const REJECTED: &str = "IC0406";
    pub(crate) const INVALID_PAYLOAD: &str = "IC0408";
    pub(crate) const SNAPSHOT_IMMUTABLE: &str = "IC0409";
    pub(crate) const TRAPPED: &str = "IC0503";
    pub(crate) const CONTRACT_VIOLATION: &str = "IC0504";
    pub(crate) const DID_NOT_REPLY: &str = "IC0506";
    pub(crate) const INVALID_MODULE: &str = "IC0505";
    pub(crate) const STOPPED: &str = "IC0508";
    pub(crate) const STOPPING: &str = "IC0509";
    pub(crate) const NOT_STOPPED: &str = "IC0510";
    pub(crate) const STOP_CANCELLED: &str = "IC0511";
    pub(crate) const NOT_A_CONTROLLER: &str = "IC0512";
    pub(crate) const NOT_EMPTY: &str = "IC0514";
    pub(crate) const NO_METHOD: &str = "IC0536";
    pub(crate) const NO_MODULE: &str = "IC0537";
}

/// Why a call was not answered with a reply, as a caller on the network would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The class of the failure.
    pub code: RejectCode,
    /// A description of what happened.
    pub message: String,
    /// The network's name of the failure, such as `IC0508`; `None` where this simulator gives none.
    pub error_code: Option<&'static str>,
}

impl Reject {
    /// A reject with this code and message.
    pub fn new(code: RejectCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), error_code: None }
    }

    /// The same, with the network's name of the failure.
    pub(crate) fn named(self, error_code: &'static str) -> Self {
        Self { error_code: Some(error_code), ..self }
    }

    /// The canister failed: it trapped, is not running, or has no such method.
    pub(crate) fn canister_error(error_code: &'static str, message: impl Into<String>) -> Self {
        Self::new(RejectCode::CanisterError, message).named(error_code)
    }

    /// The canister refused: by a reject of its own, or the management canister in its place.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(RejectCode::CanisterReject, message).named(error_code::REJECTED)
    }

    /// The canister ended the call without an answer.
    pub(crate) fn did_not_reply(canister: Principal) -> Self {
        let message = format!("Error from Canister {canister}: Canister did not reply to the call");
        Self::canister_error(error_code::DID_NOT_REPLY, message)
    }

    /// There is no such canister.
    pub(crate) fn not_found(canister: Principal) -> Self {
        let message = format!("Canister {canister} not found");
        Self::new(RejectCode::DestinationInvalid, message).named(error_code::CANISTER_NOT_FOUND)
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Reject {}
