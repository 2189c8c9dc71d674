//! What is to be known of a canister before it is backed up.

use crate::{error::CallFailed, management::Management, snapshot_id::SnapshotIds};
use backup_journal::execution::Observed;
use candid::{Nat, Principal};
use ic_canister_runtime::Runtime;
use ic_management_canister_types::{CanisterStatusResult, CanisterStatusType, MemoryMetrics};

/// Looks at a canister and its snapshots.
///
/// # Errors
/// If one of the two calls is not answered.
pub async fn observe<R: Runtime>(
    management: &Management<R>,
    canister: Principal,
) -> Result<Observed, CallFailed> {
    let status = management.status(canister).await?;
    let snapshots = management.snapshots(canister).await?;
    Ok(observed(&status, &snapshots))
}

/// What status and snapshots of a canister tell.
pub fn observed(status: &CanisterStatusResult, snapshots: &SnapshotIds) -> Observed {
    let memory = &status.memory_metrics;
    Observed {
        running: match status.status {
            CanisterStatusType::Running => Some(true),
            CanisterStatusType::Stopped => Some(false),
            CanisterStatusType::Stopping => None,
        },
        module_hash: status.module_hash.as_ref().map(hex::encode),
        snapshots: snapshots.iter().map(|id| id.as_bytes().to_vec()).collect(),
        snapshot_bytes: snapshot_bytes(memory),
        may_replace: false,
        cycles: number(&status.cycles),
        idle_cycles_per_day: number(&status.idle_cycles_burned_per_day),
        freezing_seconds: number(&status.settings.freezing_threshold),
    }
}

/// A snapshot has the memories, the module and the stored chunks.
fn snapshot_bytes(memory: &MemoryMetrics) -> u128 {
    [
        &memory.wasm_memory_size,
        &memory.stable_memory_size,
        &memory.global_memory_size,
        &memory.wasm_binary_size,
        &memory.wasm_chunk_store_size,
    ]
    .into_iter()
    .map(number)
    .sum()
}

/// A number of the network, which is far below 2^128.
fn number(nat: &Nat) -> u128 {
    u128::try_from(nat.0.clone()).unwrap_or(u128::MAX)
}
