//! The client itself: one call of each sort, which the typed calls go through.

use crate::Answer;
use backup_journal::api::CoordinatorError;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use ic_canister_runtime::Runtime;
use serde::de::DeserializeOwned;

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

    pub(crate) async fn update<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let answer: Result<Out, CoordinatorError> =
            self.runtime.update_call(self.coordinator, method, args, 0).await?;
        Ok(answer?)
    }

    /// A query whose answer is not a result.
    pub(crate) async fn plain_query<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        Ok(self.runtime.query_call(self.coordinator, method, args).await?)
    }

    pub(crate) async fn query<In, Out>(&self, method: &str, args: In) -> Answer<Out>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        let answer: Result<Out, CoordinatorError> =
            self.runtime.query_call(self.coordinator, method, args).await?;
        Ok(answer?)
    }
}
