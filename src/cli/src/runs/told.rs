//! Errors of the coordinator in the words of an operator.

use anyhow::Error;
use backup_coordinator_client::{ClientError, IcError};

/// What the network says when a canister does not take a message, for which the coordinator has one reason.
const TURNED_AWAY: &str = "rejected the message";

/// Why the coordinator has not done what was asked, without the words of canisters that call each other.
pub fn told(error: ClientError) -> Error {
    match error {
        ClientError::Call(IcError::CallRejected { message, .. })
            if message.contains(TURNED_AWAY) =>
        {
            Error::msg(format!(
                "{message}: you have no role there that allows this; an administrator grants one with grant_role"
            ))
        }
        ClientError::Call(
            IcError::CallRejected { message, .. } | IcError::CandidDecodeFailed { message },
        ) => Error::msg(message),
        other => other.into(),
    }
}
