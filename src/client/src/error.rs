//! Why a call has no result.

use backup_journal::api::CoordinatorError;
use ic_canister_runtime::IcError;
use thiserror::Error;

/// Why a call has no result.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ClientError {
    /// The call did not reach the coordinator, or its answer did not come back. Unless the reject code
    /// says otherwise the coordinator may have executed it: check before you repeat it.
    #[error(transparent)]
    Call(#[from] IcError),
    /// The coordinator refused; nothing has changed.
    #[error(transparent)]
    Refused(#[from] CoordinatorError),
}

/// What a call answers.
pub type Answer<T> = Result<T, ClientError>;
