//! Calls of the executor: bounded waits, so that each of them ends and the coordinator can always be stopped.

use crate::gate::counters;
use async_trait::async_trait;
use backup_fleet::{Management, error::error_label};
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use ic_canister_runtime::{IcError, Runtime};
use ic_cdk::{
    api::{CanisterStatusCode, canister_status},
    call::Call,
};
use serde::de::DeserializeOwned;

/// How long the network may take for the answer to a call that only looks.
pub const LOOK_SECONDS: u32 = 60;
/// The same for the answer to a start.
pub const START_SECONDS: u32 = 60;

/// Makes calls that end after so many seconds, if they were not answered before.
#[derive(Clone, Copy, Debug)]
pub struct BoundedWait {
    seconds: u32,
}

/// The management canister, with calls that end after so many seconds.
pub const fn management(seconds: u32) -> Management<BoundedWait> {
    Management::new(BoundedWait { seconds })
}

/// Calls a method without arguments; answers with the reply as it is.
///
/// # Errors
/// If the call is not answered with a reply.
pub async fn call_without_arguments(
    id: Principal,
    method: &str,
    seconds: u32,
) -> Result<Vec<u8>, IcError> {
    let call = async {
        check_running()?;
        let response = Call::bounded_wait(id, method).change_timeout(seconds).await?;
        Ok(response.into_bytes())
    };
    call.await.inspect_err(|error| counters::call_failed(error_label(error)))
}

/// A canister that is being stopped waits for its calls, so it must not make new ones.
fn check_running() -> Result<(), IcError> {
    if canister_status() == CanisterStatusCode::Running {
        return Ok(());
    }
    Err(IcError::CallPerformFailed)
}

#[async_trait]
impl Runtime for BoundedWait {
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
        let call = async move {
            check_running()?;
            let response = Call::bounded_wait(id, method)
                .with_args(&args)
                .with_cycles(cycles)
                .change_timeout(self.seconds)
                .await?;
            Ok(response.candid()?)
        };
        call.await.inspect_err(|error| counters::call_failed(error_label(error)))
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
        self.update_call(id, method, args, 0).await
    }
}
