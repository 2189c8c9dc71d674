//! Typed calls to a backup coordinator.
//!
//! [`CoordinatorClient`] is generic over [`Runtime`], so that the same code drives a coordinator from
//! another canister, in the sandbox and on `PocketIC`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
mod blocks;
mod pages;
mod queries;
mod updates;

pub use backup_journal as journal;
pub use ic_canister_runtime::{IcError, Runtime};

use backup_journal::api::CoordinatorError;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a call has no result.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ClientError {
    /// The call did not reach the coordinator, or its answer did not come back. Unless the reject code
    /// says otherwise the coordinator may have executed it: look before you do it again.
    #[error(transparent)]
    Call(#[from] IcError),
    /// The coordinator refused; nothing has changed.
    #[error(transparent)]
    Refused(#[from] CoordinatorError),
}

/// What a call answers.
pub type Answer<T> = Result<T, ClientError>;

/// A backup coordinator, seen from a caller.
#[derive(Clone, Debug)]
pub struct CoordinatorClient<R> {
    runtime: R,
    coordinator: Principal,
}

impl<R: Runtime> CoordinatorClient<R> {
    /// A client of the coordinator at `coordinator`, calling through `runtime`.
    pub const fn new(runtime: R, coordinator: Principal) -> Self {
        Self { runtime, coordinator }
    }

    /// The canister that is called.
    pub const fn coordinator(&self) -> Principal {
        self.coordinator
    }

    async fn update<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let answer: Result<Out, CoordinatorError> =
            self.runtime.update_call(self.coordinator, method, args, 0).await?;
        Ok(answer?)
    }

    /// A query whose answer is not a result.
    async fn plain_query<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        Ok(self.runtime.query_call(self.coordinator, method, args).await?)
    }

    async fn query<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let answer: Result<Out, CoordinatorError> =
            self.runtime.query_call(self.coordinator, method, args).await?;
        Ok(answer?)
    }
}
