//! Which entry point a message executes, and whether the canister takes the message at all.

use crate::canister::Canister;
use crate::model::{
    reject::{Reject, error_code},
    status::CanisterStatus,
};
use crate::vm::frame::EntryKind;

/// The entry point of the global timer.
pub(crate) const TIMER: &str = "canister_global_timer";

impl Canister {
    /// When the global timer is due; none if it is not set, or nothing comes of it.
    pub(crate) fn next_timer(&self) -> Option<u64> {
        let timer = self.state.global_timer;
        self.timer_is_due(timer).then_some(timer)
    }

    /// Whether the global timer is due at this time.
    pub(crate) fn timer_is_due(&self, time: u64) -> bool {
        let timer = self.state.global_timer;
        timer != 0 && timer <= time && self.status == CanisterStatus::Running && self.exports(TIMER)
    }

    /// The entry point of an update method, or of a query method that is called as one.
    pub(crate) fn update_entry(&self, method: &str) -> Result<(EntryKind, String), Reject> {
        self.check_takes_calls()?;
        let candidates = [
            (EntryKind::Update, format!("canister_update {method}")),
            (EntryKind::ReplicatedQuery, format!("canister_query {method}")),
        ];
        let found = candidates.into_iter().find(|(_, export)| self.exports(export));
        found.ok_or_else(|| {
            let id = self.id;
            let message =
                format!("Error from Canister {id}: Canister has no update method '{method}'.");
            Reject::canister_error(error_code::NO_METHOD, message)
        })
    }

    /// Refuses unless the canister is running and has a module.
    pub(crate) fn check_takes_calls(&self) -> Result<(), Reject> {
        let id = self.id;
        match self.status {
            CanisterStatus::Running if self.vm.is_some() => Ok(()),
            CanisterStatus::Running => Err(Reject::canister_error(
                error_code::NO_MODULE,
                format!(
                    "Error from Canister {id}: Attempted to execute a message, but the canister contains no Wasm module."
                ),
            )),
            CanisterStatus::Stopping => Err(Reject::canister_error(
                error_code::STOPPING,
                format!("Canister {id} is stopping"),
            )),
            CanisterStatus::Stopped => Err(Reject::canister_error(
                error_code::STOPPED,
                format!("Canister {id} is stopped"),
            )),
        }
    }
}
