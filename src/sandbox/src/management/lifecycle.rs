//! Stop, start, status and delete.

use crate::canister::{Canister, StopRequest, snapshot::Snapshot};
use crate::management::call::{Answer, Call, check_controller, encode, no_result};
use crate::model::{
    call::Origin,
    reject::{Reject, error_code},
    status::CanisterStatus,
};
use crate::world::World;
use candid::Nat;
use ic_management_canister_types::{
    CanisterStatusResult, CanisterStatusType, DefiniteCanisterSettings, LogVisibility,
    MemoryMetrics, QueryStats, StatusVisibility,
};

const STOP_TIMEOUT_NANOS: u64 = 5 * 60 * 1_000_000_000;

/// Stops a canister; there is no answer yet if it has open calls.
pub(super) fn stop_canister(
    world: &mut World,
    call: &Call,
    origin: &Origin,
) -> Result<Option<Vec<u8>>, Reject> {
    let id = call.target()?;
    check_controller(world, call, id)?;
    let gives_up_at = world.time + STOP_TIMEOUT_NANOS;
    let canister = world.canister_mut(id)?;
    if canister.status == CanisterStatus::Stopped {
        return Ok(Some(no_result()));
    }
    canister.status = CanisterStatus::Stopping;
    canister.stop_requests.push(StopRequest {
        origin: origin.clone(),
        cycles: *call.cycles,
        gives_up_at,
    });
    Ok(None)
}

/// Starts a canister, and rejects the calls that wait until it is stopped.
pub(super) fn start_canister(world: &mut World, call: &Call) -> Answer {
    let id = call.target()?;
    check_controller(world, call, id)?;
    let canister = world.canister_mut(id)?;
    if canister.status != CanisterStatus::Running {
        canister.status = CanisterStatus::Running;
        canister.version += 1;
    }
    for request in std::mem::take(&mut canister.stop_requests) {
        let message =
            format!("Canister {id}'s stop request was cancelled because the canister was started");
        let cancelled = Reject::canister_error(error_code::STOP_CANCELLED, message);
        world.answer(&request.origin, Err(cancelled), request.cycles);
    }
    Ok(no_result())
}

pub(super) fn delete_canister(world: &mut World, call: &Call) -> Answer {
    let id = call.target()?;
    check_controller(world, call, id)?;
    if world.canister(id)?.status != CanisterStatus::Stopped {
        let message = format!("Canister {id} must be stopped before it is deleted.");
        return Err(Reject::canister_error(error_code::NOT_STOPPED, message));
    }
    world.canisters.remove(&id);
    Ok(no_result())
}

/// A canister's status, for its controllers and for itself.
pub(super) fn canister_status(world: &World, call: &Call) -> Answer {
    let id = call.target()?;
    if call.sender != id {
        check_controller(world, call, id)?;
    }
    Ok(encode(&status_of(world.canister(id)?)))
}

fn status_of(canister: &Canister) -> CanisterStatusResult {
    let memory_metrics = memory_of(canister);
    CanisterStatusResult {
        status: match canister.status {
            CanisterStatus::Running => CanisterStatusType::Running,
            CanisterStatus::Stopping => CanisterStatusType::Stopping,
            CanisterStatus::Stopped => CanisterStatusType::Stopped,
        },
        ready_for_migration: canister.status == CanisterStatus::Stopped,
        version: canister.version,
        settings: settings_of(canister),
        module_hash: canister.vm.as_ref().map(|vm| vm.module().hash.to_vec()),
        memory_size: total(&memory_metrics),
        memory_metrics,
        cycles: Nat::from(canister.state.cycles),
        reserved_cycles: zero(),
        idle_cycles_burned_per_day: zero(),
        query_stats: QueryStats {
            num_calls_total: zero(),
            num_instructions_total: zero(),
            request_payload_bytes_total: zero(),
            response_payload_bytes_total: zero(),
        },
    }
}

/// The network's defaults, except for what can be changed here.
fn settings_of(canister: &Canister) -> DefiniteCanisterSettings {
    const GIB: u64 = 1024 * 1024 * 1024;
    DefiniteCanisterSettings {
        controllers: canister.controllers.clone(),
        compute_allocation: zero(),
        memory_allocation: zero(),
        freezing_threshold: Nat::from(2_592_000_u64),
        reserved_cycles_limit: Nat::from(5_000_000_000_000_u64),
        log_visibility: LogVisibility::Controllers,
        snapshot_visibility: canister.snapshot_visibility.clone(),
        log_memory_limit: Nat::from(4_096_u64),
        wasm_memory_limit: Nat::from(3 * GIB),
        wasm_memory_threshold: zero(),
        environment_variables: Vec::new(),
        minimum_incoming_canister_call_cycles: zero(),
        status_visibility: StatusVisibility::Controllers,
    }
}

fn memory_of(canister: &Canister) -> MemoryMetrics {
    let vm = canister.vm.as_ref();
    let size = |bytes: Option<usize>| Nat::from(bytes.unwrap_or_default());
    let globals = vm.map(|vm| vm.module().globals.len() * size_of::<u64>());
    let snapshots: u64 = canister.snapshots.iter().map(Snapshot::total_size).sum();
    MemoryMetrics {
        wasm_memory_size: size(vm.map(|vm| vm.image().heap.len())),
        stable_memory_size: Nat::from(canister.state.stable.size_in_bytes()),
        global_memory_size: size(globals),
        wasm_binary_size: size(vm.map(|vm| vm.module().uploaded.len())),
        custom_sections_size: zero(),
        canister_history_size: zero(),
        wasm_chunk_store_size: Nat::from(canister.chunks.counted_bytes()),
        snapshots_size: Nat::from(snapshots),
        log_memory_store_size: zero(),
    }
}

fn total(memory: &MemoryMetrics) -> Nat {
    memory.wasm_memory_size.clone()
        + memory.stable_memory_size.clone()
        + memory.global_memory_size.clone()
        + memory.wasm_binary_size.clone()
        + memory.wasm_chunk_store_size.clone()
        + memory.snapshots_size.clone()
}

fn zero() -> Nat {
    Nat::from(0_u8)
}
