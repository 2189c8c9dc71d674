//! What has become of the calls of a driver that has died.

use crate::{
    agent::{
        AgentNetwork,
        outbox::{Kept, Outbox},
        requests::Answer,
    },
    network::Network,
    output,
};
use anyhow::{Result, anyhow};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::{
    RunId,
    journal::{Operation, OperationState},
    plan::BackupOperationKind as Kind,
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// How many calls are settled at once.
const AT_ONCE: usize = 50;

/// Goes on with the calls that are kept in the folder of a run, before a driver goes on with the run.
///
/// A call that the journal still waits for is sent again, which executes it once, also if it was sent before; its effect is
/// seen at the canister. What has expired is forgotten. Any other call stays kept: a stop is waited for before anybody looks
/// whether the canister runs.
///
/// # Errors
/// If it is not known what has become of a call that the journal waits for; it is kept then.
pub async fn settle_requests(
    network: &AgentNetwork,
    coordinator: &CoordinatorClient<AgentNetwork>,
    run_id: &RunId,
) -> Result<()> {
    let Some(outbox) = network.outbox.as_deref().filter(|outbox| !outbox.all().is_empty()) else {
        return Ok(());
    };
    let is_aborted = coordinator.resume_summary(run_id).await?.abort.is_some();
    let open = coordinator.all_open_operations(run_id).await?;
    settle(network, outbox, |kept| is_awaited(kept, &open, is_aborted)).await
}

/// The same for a run whose journal waits for some of the calls.
pub(super) async fn settle(
    network: &AgentNetwork,
    outbox: &Outbox,
    is_awaited: impl Fn(&Kept) -> bool,
) -> Result<()> {
    let (sender, now) = (network.sender()?, network.now());
    let (expired, valid): (Vec<Kept>, Vec<Kept>) =
        outbox.all().into_iter().partition(|kept| kept.expiry <= now);
    // A stop that was taken just before may still be under way.
    for kept in expired.iter().filter(|kept| !kept.is_stop()) {
        outbox.forget(kept)?;
    }
    let awaited = valid.into_iter().filter(|kept| kept.sender == sender && is_awaited(kept));
    let awaited: Vec<Kept> = awaited.collect();
    if !awaited.is_empty() {
        let count = awaited.len();
        output::tell(&format!("calls of an earlier driver that are sent again: {count}"));
    }
    let settled = awaited.into_iter().map(|kept| settle_one(network, outbox, kept));
    stream::iter(settled).buffer_unordered(AT_ONCE).try_collect().await
}

async fn settle_one(network: &AgentNetwork, outbox: &Outbox, kept: Kept) -> Result<()> {
    let Answer { result, is_certain } = network.deliver(&kept, true).await;
    match result {
        Err(error) if !is_certain => Err(anyhow!(
            "it is not known what has become of {} of {}: {error}; try again",
            kept.method,
            kept.canister
        )),
        _ => outbox.forget(&kept),
    }
}

/// Whether the journal of a run waits for this call.
fn is_awaited(kept: &Kept, open: &[Operation], is_aborted: bool) -> bool {
    let kinds: &[Kind] = match kept.method.as_str() {
        "stop_canister" => &[Kind::Stop],
        "take_canister_snapshot" => &[Kind::CreateSnapshot],
        "start_canister" => &[Kind::Start],
        "upload_canister_snapshot_metadata" => &[Kind::UploadSnapshot],
        "load_canister_snapshot" => &[Kind::LoadSnapshot, Kind::RollBack],
        _ => return false,
    };
    let awaits = |operation: &Operation| {
        kinds.contains(&operation.kind)
            && operation.target_canister_id == Some(kept.canister)
            && operation.state == OperationState::Pending
            && (!is_aborted || operation.kind.outlives_abort())
    };
    open.iter().any(awaits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backup_journal::{Attempt, Sequence};
    use candid::Principal;
    use serde_json::json;

    const CANISTER: Principal = Principal::management_canister();

    fn kept(method: &str) -> Kept {
        let hash = "00".repeat(32);
        let kept = json!({
            "request_id": hash,
            "canister": CANISTER,
            "method": method,
            "arg_sha256": hash,
            "sender": CANISTER,
            "signed_at": 0,
            "expiry": 0,
            "envelope": "",
        });
        serde_json::from_value(kept).expect("a call")
    }

    fn operation(kind: Kind, state: OperationState, target: Principal) -> Operation {
        Operation {
            sequence: Sequence(4),
            operation_id: "row-4".to_owned(),
            kind,
            target_canister_id: Some(target),
            state,
            state_updated_at: None,
            attempt: Attempt(1),
            reason: None,
            last_receipt: None,
        }
    }

    #[test]
    fn a_call_is_awaited_while_its_operation_is_claimed_and_not_skipped() {
        use OperationState::{Failed, Pending};
        let other = Principal::anonymous();
        for (method, kind, state, target, awaited, awaited_after_abort) in [
            ("stop_canister", Kind::Stop, Pending, CANISTER, true, false),
            ("take_canister_snapshot", Kind::CreateSnapshot, Pending, CANISTER, true, false),
            ("start_canister", Kind::Start, Pending, CANISTER, true, true),
            (
                "upload_canister_snapshot_metadata",
                Kind::UploadSnapshot,
                Pending,
                CANISTER,
                true,
                false,
            ),
            ("load_canister_snapshot", Kind::LoadSnapshot, Pending, CANISTER, true, false),
            ("load_canister_snapshot", Kind::RollBack, Pending, CANISTER, true, true),
            ("stop_canister", Kind::Stop, Failed, CANISTER, false, false),
            ("stop_canister", Kind::Stop, Pending, other, false, false),
            ("stop_canister", Kind::Start, Pending, CANISTER, false, false),
            ("delete_canister_snapshot", Kind::CreateSnapshot, Pending, CANISTER, false, false),
        ] {
            let open = [operation(kind, state, target)];
            let kept = kept(method);
            assert_eq!(is_awaited(&kept, &open, false), awaited, "{method} {kind} {state:?}");
            assert_eq!(is_awaited(&kept, &open, true), awaited_after_abort, "{method} {kind}");
            assert!(!is_awaited(&kept, &[], false));
        }
    }
}
