//! A network on which queries can be disturbed.

use async_trait::async_trait;
use backup_coordinator_client::{IcError, Runtime};
use candid::{CandidType, Principal, decode_one, encode_one, utils::ArgumentEncoder};
use integration_tests::BackendRuntime;
use serde::de::DeserializeOwned;

/// Disturbs the queries of a client.
pub trait Meanwhile: Send + Sync {
    /// The canister that gets the query.
    fn canister(&self, _method: &str, canister: Principal) -> Principal {
        canister
    }

    /// Called before the query.
    fn before(&self, _method: &str) {}

    /// Changes the answer.
    fn after(&self, _method: &str, answer: Vec<u8>) -> Vec<u8> {
        answer
    }
}

/// A network on which a [`Meanwhile`] disturbs each query.
pub struct Busy<M> {
    pub inner: BackendRuntime,
    pub meanwhile: M,
}

#[async_trait]
impl<M: Meanwhile> Runtime for Busy<M> {
    async fn update_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
        cycles: u128,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.inner.update_call(id, method, args, cycles).await
    }

    async fn query_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.meanwhile.before(method);
        let id = self.meanwhile.canister(method, id);
        let answer: Out = self.inner.query_call(id, method, args).await?;
        let bytes = encode_one(&answer).expect("an answer can be encoded");
        Ok(decode_one(&self.meanwhile.after(method, bytes)).expect("an answer can be decoded"))
    }
}
