//! The update that makes calls before it answers. Unlike the methods of `updates`, it changes nothing.

use super::{
    access::{Guard, Method},
    endpoint,
};
use crate::{call::Call, executor, types::Answer};
use backup_journal::{
    FleetName,
    execution::{BackupPreview, BackupRequest},
};
use ic_cdk::api::canister_self;

const PREVIEW_BACKUP: Method =
    Method { name: "preview_backup", guard: Guard::Operator, subject: Some("fleet") };

/// The methods of this file.
pub const METHODS: &[Method] = &[PREVIEW_BACKUP];

#[cfg_attr(test, candid::candid_method(update))]
async fn preview_backup(fleet: FleetName, request: BackupRequest) -> Answer<BackupPreview> {
    executor::preview(fleet, request, canister_self(), Call::current()).await
}

/// The method as the network calls it.
mod exported {
    use super::{PREVIEW_BACKUP, endpoint, preview_backup as run};
    use crate::types::{BackupRequest, FleetName};

    #[ic_cdk_macros::update(hidden = true, manual_reply = true)]
    async fn preview_backup() {
        let names = ["fleet", "request"];
        endpoint::update_with_calls(
            &PREVIEW_BACKUP,
            &names,
            |(fleet, _): &(FleetName, BackupRequest)| Some(fleet),
            |(fleet, request)| run(fleet, request),
        )
        .await;
    }
}
