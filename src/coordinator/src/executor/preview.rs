//! What a backup would do: asks every target, and touches none.

use super::{
    check::{observe, with_replaced},
    discover,
    requests::{Planned, plan, plan_restore},
};
use crate::{call::Call, gate::cycles, storage};
use backup_journal::{
    FleetName, RunId,
    api::CoordinatorError,
    execution::{self, BackupPreview, BackupRequest, ExecutionError, MAX_CALLS, RestoreRequest},
};
use candid::Principal;
use futures_util::{StreamExt, future::join, stream};
use std::cell::Cell;

thread_local! {
    static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
}

/// Holds the place of the one preview that may be made at a time.
struct Held;

impl Held {
    fn begin() -> Result<Self, ExecutionError> {
        if UNDER_WAY.replace(true) { Err(ExecutionError::PreviewBusy) } else { Ok(Self) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        UNDER_WAY.set(false);
    }
}

/// Whether calls of a preview are under way.
pub fn is_under_way() -> bool {
    UNDER_WAY.get()
}

/// What the backup would do that `request` describes.
///
/// # Errors
/// As [`start_backup`](super::start_backup), but for a fleet that is busy; [`ExecutionError::PreviewBusy`].
pub async fn preview(
    name: FleetName,
    request: BackupRequest,
    coordinator: Principal,
    call: Call,
) -> Result<BackupPreview, CoordinatorError> {
    let held = Held::begin()?;
    let planned = storage::read(|storage| plan(storage, &name, &request, coordinator, &call))?;
    Ok(preview_of(planned, held).await)
}

/// What the restore would do that `request` describes.
///
/// # Errors
/// As [`start_restore`](super::start_restore), but for a fleet that is busy; [`ExecutionError::PreviewBusy`].
pub async fn preview_restore(
    backup: RunId,
    request: RestoreRequest,
    coordinator: Principal,
    call: Call,
) -> Result<BackupPreview, CoordinatorError> {
    let held = Held::begin()?;
    let planned =
        storage::read(|storage| plan_restore(storage, &backup, &request, coordinator, &call))?;
    Ok(preview_of(planned, held).await)
}

/// What a run of this plan would do.
async fn preview_of(planned: Planned, held: Held) -> BackupPreview {
    let Planned { plan, policy, discovery } = planned;
    let fleet = FleetName::from(plan.header.fleet.as_str());
    let busy_with = storage::read(|storage| storage.executed_run_of(&fleet));
    let targets: Vec<Principal> = plan.targets.iter().map(|target| target.canister_id).collect();
    let look = |target| {
        let fleet = &fleet;
        async move {
            let seen = observe(target).await.map(|observed| with_replaced(fleet, target, observed));
            (target, seen.map_err(|error| error.to_string()))
        }
    };
    let looks = stream::iter(targets).map(look).buffered(MAX_CALLS).collect::<Vec<_>>();
    let ask = async {
        let discovery = discovery?;
        Some(discover::ask(&fleet, &discovery).await)
    };
    let (seen, discovered) = join(looks, ask).await;
    drop(held);
    let targets = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
    let cycles = cycles::for_run(targets, plan.header.restore.is_some(), policy);
    execution::preview(&plan, policy, &seen, busy_with, cycles, discovered)
}
