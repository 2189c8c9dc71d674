//! The cycles of the coordinator itself.

use crate::storage::Storage;
use backup_journal::{Timestamp, api::Resources, execution::OwnCycles, fleet::FleetPolicy};

/// More than the bytes that a call of the executor has: the name of its method, and its arguments.
const CALL_BYTES: (u64, u64) = (32, 256);

/// The cycles that the canister has, of which there are never more than fit.
pub(super) fn balance() -> u64 {
    u64::try_from(ic_cdk::api::canister_cycle_balance()).unwrap_or(u64::MAX)
}

/// The part of them that is not held back: when it is used up, the network freezes the canister.
fn liquid_balance() -> u64 {
    u64::try_from(ic_cdk::api::canister_liquid_cycle_balance()).unwrap_or(u64::MAX)
}

/// What a run of so many members needs of the coordinator's own cycles now.
#[must_use]
pub fn for_run(members: u32, restores: bool, policy: FleetPolicy) -> OwnCycles {
    let (method, argument) = CALL_BYTES;
    let held_back = ic_cdk::api::cost_call(method, argument);
    OwnCycles::of(liquid_balance().into(), members, restores, policy, held_back)
}

/// What the coordinator lives on now.
#[must_use]
pub fn resources(storage: &Storage, now: Timestamp) -> Resources {
    let cycles_balance = balance();
    // As if something were changed now: a coordinator that nobody calls burns cycles too.
    let cycles_burned_per_day = storage.totals.get().0.burn.seen(now, cycles_balance).per_day();
    let days_left = |per_day| liquid_balance().checked_div(per_day);
    let memory = storage.memory_use();
    Resources {
        cycles_balance,
        cycles_burned_per_day,
        cycles_days_left: cycles_burned_per_day.and_then(days_left),
        stable_memory_used_bytes: memory.used_bytes,
        stable_memory_limit_bytes: memory.limit_bytes,
    }
}
