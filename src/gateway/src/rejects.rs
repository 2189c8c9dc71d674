//! Rejects of the sandbox, as users see them.

use canister_sandbox::{Reject, RejectCode};
use ic_transport_types::{RejectCode as UserRejectCode, RejectResponse};
use serde::Serialize;

/// What a user sees of a reject.
pub(crate) fn response(reject: Reject) -> RejectResponse {
    RejectResponse {
        reject_code: code(reject.code),
        reject_message: reject.message,
        error_code: reject.error_code.map(str::to_owned),
    }
}

pub(crate) fn code(code: RejectCode) -> UserRejectCode {
    match code {
        RejectCode::SysFatal => UserRejectCode::SysFatal,
        RejectCode::DestinationInvalid => UserRejectCode::DestinationInvalid,
        RejectCode::CanisterReject => UserRejectCode::CanisterReject,
        RejectCode::CanisterError => UserRejectCode::CanisterError,
        // Users have no code for an unknown outcome.
        RejectCode::SysTransient | RejectCode::SysUnknown => UserRejectCode::SysTransient,
    }
}

/// A reject as it is written. An error code that is missing is left out: clients take it for an empty one otherwise,
/// and find that the signature does not fit.
#[derive(Serialize)]
pub(crate) struct Written<'a> {
    reject_code: UserRejectCode,
    reject_message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
}

impl<'a> Written<'a> {
    pub(crate) fn of(reject: &'a RejectResponse) -> Self {
        Self {
            reject_code: reject.reject_code,
            reject_message: &reject.reject_message,
            error_code: reject.error_code.as_deref(),
        }
    }
}
