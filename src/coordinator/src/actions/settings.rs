//! Settings.

use crate::{
    call::Call,
    gate::{Write, record},
    storage,
};
use backup_journal::api::{CoordinatorError, Settings, SettingsUpdate};

/// Sets what is said anew, and answers with all that is set. Where that is what holds already, nothing is recorded.
///
/// # Errors
/// None at present: what an administrator may set has no wrong value.
pub fn update(update: SettingsUpdate, call: &Call) -> Result<Settings, CoordinatorError> {
    let SettingsUpdate { visibility, restart_overdue_after_seconds } = update;
    storage::write(|storage| {
        let before = storage.settings();
        if before.with(visibility, restart_overdue_after_seconds) != before {
            record(storage, call, Write::SettingsUpdated(update))?;
        }
        Ok(storage.settings())
    })
}
