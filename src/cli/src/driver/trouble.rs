//! What an operator must know when a run did not come to its end: above all, who is stopped.

use crate::{
    backup::folder::Folder,
    driver::{check::AT_ONCE, look::statuses},
    network::Network,
};
use backup_coordinator_client::CoordinatorClient;
use backup_fleet::types::CanisterStatusType;
use backup_journal::RunId;
use candid::Principal;
use futures_util::StreamExt;
use std::pin::pin;

/// A run that did not come to its end.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The canisters that are not running, as the network says.
    pub stopped: Vec<Principal>,
    /// The canisters that owe a start, as the journal says.
    pub owed: Vec<Principal>,
}

impl Trouble {
    /// Looks at the fleet after `error`. What cannot be found out is left out: the error counts more.
    pub async fn after<N: Network>(
        error: &anyhow::Error,
        network: &N,
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
    ) -> Self {
        let ids = folder.registry().unwrap_or_default().into_iter().map(|entry| entry.canister_id);
        let mut statuses = pin!(statuses(network, ids, AT_ONCE));
        let mut stopped = Vec::new();
        while let Some((id, status)) = statuses.next().await {
            if status.is_ok_and(|status| status.status != CanisterStatusType::Running) {
                stopped.push(id);
            }
        }
        let owed = coordinator.all_starts_owed(run_id).await.unwrap_or_default();
        Self {
            what: format!("{error:#}"),
            stopped,
            owed: owed.into_iter().map(|start| start.canister_id).collect(),
        }
    }

    /// What happened, how the fleet is, and then what to do, line by line.
    pub fn explain(&self, run_id: &RunId, next: &[String]) -> Vec<String> {
        let mut lines =
            vec![format!("error: {}", self.what), format!("The run {run_id} is not complete.")];
        if self.stopped.is_empty() {
            lines.push("Every canister of the fleet is running.".to_owned());
        } else {
            let (stopped, owed) = (self.stopped.len(), self.owed.len());
            lines.push(format!("Stopped: {stopped}. Owe a start: {owed}."));
            lines.push("To start them by hand:".to_owned());
            lines.extend(self.stopped.iter().map(|id| format!("  icp canister start {id}")));
        }
        lines.extend_from_slice(next);
        lines
    }
}
