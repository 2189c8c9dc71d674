//! Drives a run to its end through what goes wrong on a real network.

use crate::{
    driver::{Driver, Ended, Watcher, retries::GivenUp},
    network::{Network, may_pass},
    output,
};
use anyhow::{Error, Result};
use backup_coordinator_client::{ClientError, CoordinatorClient};
use backup_fleet::CallFailed;
use backup_journal::{
    RunId, Timestamp, api::CoordinatorError, execution::wait_nanos, journal::JournalError,
    limits::MAX_TEXT_BYTES, plan::BackupOperationKind as Kind,
};
use std::time::Duration;

/// How often in a row the network may fail before a command ends: a quarter of an hour.
const MAX_TROUBLES: u32 = 20;

/// Counts how often in a row the network has failed.
#[derive(Default)]
pub struct Patience {
    troubles: u32,
    /// When the run last changed.
    changed_at: Option<Timestamp>,
}

impl Patience {
    /// Waits after an error that may pass, longer each time unless the run has changed since.
    ///
    /// # Errors
    /// The error, if it does not pass or comes too often.
    pub async fn after<N: Network>(
        &mut self,
        error: Error,
        network: &N,
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
    ) -> Result<()> {
        if !is_passing(&error) {
            return Err(error);
        }
        let now = coordinator.resume_summary(run_id).await.ok().map(|it| it.updated_at);
        self.troubles = if now.is_some() && now != self.changed_at { 1 } else { self.troubles + 1 };
        self.changed_at = now.or(self.changed_at);
        if self.troubles > MAX_TROUBLES {
            return Err(error);
        }
        let wait = Duration::from_nanos(wait_nanos(self.troubles));
        output::tell(&format!("{error:#}; trying again in {} s", wait.as_secs()));
        network.sleep(wait).await;
        Ok(())
    }
}

/// Drives a run until it is over.
///
/// When the network cannot be reached the driver waits and goes on. When an operation on a member is given up before all
/// run again, the run is aborted, so that everything is started.
///
/// # Errors
/// If the driver cannot go on. The run can be resumed then.
pub async fn to_the_end<N: Network>(
    driver: &Driver<N>,
    network: &N,
    coordinator: &CoordinatorClient<N>,
    run_id: &RunId,
    watcher: &mut dyn Watcher,
) -> Result<Ended> {
    let mut patience = Patience::default();
    loop {
        let ended = match driver.make_preflight(watcher).await {
            Ok(()) => driver.drive(watcher).await,
            Err(error) => Err(error),
        };
        let error = match ended {
            Ok(ended) => return Ok(ended),
            Err(error) => error,
        };
        let given_up = error.downcast_ref::<GivenUp>();
        if let Some(given_up) = given_up.filter(|it| holds_up_members(it.kind)) {
            abort(coordinator, run_id, &given_up.to_string(), watcher).await?;
            continue;
        }
        patience.after(error, network, coordinator, run_id).await?;
    }
}

/// Whether members stay stopped while such an operation is not done.
const fn holds_up_members(kind: Kind) -> bool {
    matches!(kind, Kind::Stop | Kind::CreateSnapshot)
}

async fn abort<N: Network>(
    coordinator: &CoordinatorClient<N>,
    run_id: &RunId,
    reason: &str,
    watcher: &mut dyn Watcher,
) -> Result<()> {
    watcher.note(&format!("{reason}; the run is aborted"));
    let reason = &reason[..reason.floor_char_boundary(MAX_TEXT_BYTES)];
    match coordinator.abort_run(run_id, reason).await {
        Err(ClientError::Refused(CoordinatorError::Journal(
            JournalError::RunAborted { .. } | JournalError::RunOver,
        )))
        | Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether the network could not be reached, or has not answered, so that it may be better in a while.
fn is_passing(error: &Error) -> bool {
    error.chain().any(|cause| {
        let call = cause.downcast_ref::<CallFailed>().map(|failed| &failed.error);
        let client = cause.downcast_ref::<ClientError>().and_then(|failed| match failed {
            ClientError::Call(error) => Some(error),
            ClientError::Refused(_) => None,
        });
        call.or(client).is_some_and(may_pass)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use backup_coordinator_client::IcError;
    use candid::Principal;
    use ic_error_types::RejectCode;

    fn rejected(code: RejectCode) -> IcError {
        IcError::CallRejected { code, message: "why".to_owned() }
    }

    #[test]
    fn a_network_that_cannot_be_reached_passes_and_a_refusal_does_not() {
        let of_client = |code| Error::from(ClientError::Call(rejected(code))).context("claims");
        let of_member = |code| {
            let canister = Principal::anonymous();
            let failed = CallFailed { canister, method: "canister_status", error: rejected(code) };
            Error::from(failed).context("preflight")
        };
        for code in [RejectCode::SysTransient, RejectCode::SysUnknown] {
            assert!(is_passing(&of_client(code)) && is_passing(&of_member(code)), "{code:?}");
        }
        for code in [RejectCode::CanisterError, RejectCode::DestinationInvalid] {
            assert!(!is_passing(&of_client(code)) && !is_passing(&of_member(code)), "{code:?}");
        }
        let refused = CoordinatorError::RunNotFound { run_id: "x".into() };
        assert!(!is_passing(&Error::from(ClientError::Refused(refused))));
        assert!(!is_passing(&anyhow::anyhow!("the disk is full")));
    }
}
