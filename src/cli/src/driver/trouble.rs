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

const CONTAINED: &str =
    "Some may be restored and others not: do not start any by hand, but go on, or roll back.";

/// A run that did not come to its end.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The canisters that are not running, as the network says.
    pub stopped: Vec<Principal>,
    /// The canisters whose status the network has not told.
    pub unknown: Vec<Principal>,
    /// How many canisters owe a start, as the journal says; none if the coordinator did not answer.
    pub owed: Option<usize>,
    /// Whether it is known which canisters the fleet has.
    pub fleet_known: bool,
    /// Whether some members may be restored and others not, so that nobody should start one by hand.
    pub contained: bool,
}

impl Trouble {
    /// Looks at the fleet after `error`. What is not answered is noted as not known: the error counts more.
    pub async fn after<N: Network>(
        error: &anyhow::Error,
        network: &N,
        coordinator: &CoordinatorClient<N>,
        run_id: &RunId,
        folder: &Folder,
    ) -> Self {
        let registry = folder.registry();
        let fleet_known = registry.is_ok();
        let ids = registry.unwrap_or_default().into_iter().map(|entry| entry.canister_id);
        let mut statuses = pin!(statuses(network, ids, AT_ONCE));
        let (mut stopped, mut unknown) = (Vec::new(), Vec::new());
        while let Some((id, status)) = statuses.next().await {
            match status.map(|status| status.status) {
                Ok(CanisterStatusType::Running) => {}
                Ok(CanisterStatusType::Stopping | CanisterStatusType::Stopped) => stopped.push(id),
                Err(_) => unknown.push(id),
            }
        }
        let owed = coordinator.all_starts_owed(run_id).await.ok();
        Self {
            what: format!("{error:#}"),
            stopped,
            unknown,
            owed: owed.map(|owed| owed.len()),
            fleet_known,
            contained: false,
        }
    }

    /// What happened, how the fleet is, and then what to do, line by line.
    pub fn explain(&self, run_id: &RunId, next: &[String]) -> Vec<String> {
        let mut lines =
            vec![format!("error: {}", self.what), format!("The run {run_id} is not complete.")];
        let (stopped, unknown) = (self.stopped.len(), self.unknown.len());
        if stopped > 0 {
            let owed = self.owed.map_or_else(|| "not known".to_owned(), |owed| owed.to_string());
            lines.push(format!("Stopped: {stopped}. Owe a start: {owed}."));
            if self.contained {
                lines.push(CONTAINED.to_owned());
            } else {
                lines.push("To start them by hand:".to_owned());
                lines.extend(self.stopped.iter().map(|id| format!("  icp canister start {id}")));
            }
        }
        if unknown > 0 {
            lines.push(format!(
                "Not known whether they run, because they did not answer: {unknown}."
            ));
            lines.push("To ask them:".to_owned());
            lines.extend(self.unknown.iter().map(|id| format!("  icp canister status {id}")));
        }
        if !self.fleet_known {
            lines.push(
                "The canisters of the fleet were not asked: its registry cannot be read."
                    .to_owned(),
            );
        } else if stopped == 0 && unknown == 0 {
            lines.push("Every canister of the fleet is running.".to_owned());
        }
        lines.extend_from_slice(next);
        lines
    }
}

#[cfg(test)]
mod tests;
