//! The one error of this crate: a call that was answered with a reject.

use candid::Principal;
use ic_error_types::RejectCode;
use std::fmt;

/// Why a call was not answered with a reply, as a caller on the network would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The class of the failure.
    pub code: RejectCode,
    /// A description of what happened.
    pub message: String,
}

impl Reject {
    /// A reject with this code and message.
    pub fn new(code: RejectCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The canister failed: it trapped, is not running, or has no such method.
    pub(crate) fn canister_error(message: impl Into<String>) -> Self {
        Self::new(RejectCode::CanisterError, message)
    }

    /// There is no such canister.
    pub(crate) fn not_found(canister: Principal) -> Self {
        Self::new(RejectCode::DestinationInvalid, format!("Canister {canister} not found"))
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Reject {}
