//! The check of one target before anything is stopped.

use super::{
    runtime::{LOOK_SECONDS, management},
    under_way::Held,
};
use crate::{
    call::Call,
    gate::notes,
    storage::{self, RunNumber},
};
use backup_fleet::{
    CallFailed, Reaction, SnapshotIds, reaction,
    types::{CanisterStatusResult, CanisterStatusType, MemoryMetrics},
};
use backup_journal::{
    Timestamp,
    execution::{Look, Looked, Observed, check_ready, wait_nanos},
};
use candid::{Nat, Principal};

/// Checks a target, and notes what was found.
pub async fn check(run: RunNumber, target: Principal, held: Held) {
    let found = observe(target).await;
    let now = Call::of_coordinator().now;
    storage::write(|storage| {
        let Some(execution) = storage.execution(run) else { return };
        let mut note = storage.target_note(run, &target);
        let found = match found {
            Ok(observed) => Some(look_of(observed)),
            Err(failed) => {
                note.errors += 1;
                note.not_before = Some(Timestamp(now.0 + wait_nanos(note.errors)));
                let last = note.errors >= execution.policy.max_attempts;
                let is_final = last || reaction(&failed.error) == Reaction::GiveUp;
                is_final.then(|| Looked::NotReady { reason: failed.to_string() })
            }
        };
        if let Some(found) = found {
            note.look = Some(Look { round: execution.preflight_round, at: now, found });
            (note.errors, note.not_before) = (0, None);
        }
        notes::target(storage, run, target, note);
    });
    drop(held);
}

fn look_of(observed: Observed) -> Looked {
    check_ready(observed).unwrap_or_else(|error| Looked::NotReady { reason: error.to_string() })
}

/// What is to be known of a canister before it is backed up.
pub(super) async fn observe(canister: Principal) -> Result<Observed, CallFailed> {
    let management = management(LOOK_SECONDS);
    let status = management.status(canister).await?;
    let snapshots = management.snapshots(canister).await?;
    Ok(observed(&status, &snapshots))
}

fn observed(status: &CanisterStatusResult, snapshots: &SnapshotIds) -> Observed {
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
