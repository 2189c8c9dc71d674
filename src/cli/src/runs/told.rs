//! Errors of the coordinator in the words of an operator.

use anyhow::Error;
use backup_coordinator_client::{ClientError, IcError};

/// Why the coordinator has not done what was asked, without the words of canisters that call each other.
pub fn told(error: ClientError) -> Error {
    match error {
        ClientError::Call(
            IcError::CallRejected { message, .. } | IcError::CandidDecodeFailed { message },
        ) => Error::msg(message),
        other => other.into(),
    }
}
