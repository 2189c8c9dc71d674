//! The updates that make calls before they answer. Unlike the methods of `updates`, they change nothing.

use super::{
    access::{Guard, Method},
    endpoint,
};
use crate::{call::Call, executor, types::Answer};
use backup_journal::{
    FleetName, RunId,
    execution::{BackupPreview, BackupRequest, RestoreRequest},
};
use ic_cdk::api::canister_self;

const PREVIEW_BACKUP: Method =
    Method { name: "preview_backup", guard: Guard::Operator, subject: Some("fleet") };
const PREVIEW_RESTORE: Method =
    Method { name: "preview_restore", guard: Guard::Operator, subject: Some("run_id") };

/// The methods of this file.
pub const METHODS: &[Method] = &[PREVIEW_BACKUP, PREVIEW_RESTORE];

#[cfg_attr(test, candid::candid_method(update))]
async fn preview_backup(fleet: FleetName, request: BackupRequest) -> Answer<BackupPreview> {
    executor::preview(fleet, request, canister_self(), Call::current()).await
}

#[cfg_attr(test, candid::candid_method(update))]
async fn preview_restore(run_id: RunId, request: RestoreRequest) -> Answer<BackupPreview> {
    executor::preview_restore(run_id, request, canister_self(), Call::current()).await
}

/// The methods as the network calls them.
mod exported {
    use super::preview_restore as restore;
    use super::{PREVIEW_BACKUP, PREVIEW_RESTORE, endpoint, preview_backup as backup};
    use crate::types::{BackupRequest, FleetName, RestoreRequest, RunId};

    #[ic_cdk_macros::update(hidden = true, manual_reply = true)]
    async fn preview_backup() {
        let names = ["fleet", "request"];
        endpoint::update_with_calls(
            &PREVIEW_BACKUP,
            &names,
            |(fleet, _): &(FleetName, BackupRequest)| Some(fleet),
            |(fleet, request)| backup(fleet, request),
        )
        .await;
    }

    #[ic_cdk_macros::update(hidden = true, manual_reply = true)]
    async fn preview_restore() {
        let names = ["run_id", "request"];
        endpoint::update_with_calls(
            &PREVIEW_RESTORE,
            &names,
            |(run_id, _): &(RunId, RestoreRequest)| Some(run_id),
            |(run_id, request)| restore(run_id, request),
        )
        .await;
    }
}
