//! The statuses of fleets, as metrics and pages tell of them.

use crate::storage::Storage;
use backup_journal::{Timestamp, fleet_status::FleetStatus};

/// The first fleets by name are looked at.
pub const MOST_FLEETS: u32 = 500;

/// The statuses of the first fleets by name.
pub fn statuses(storage: &Storage, now: Timestamp) -> Vec<FleetStatus> {
    storage.fleet_statuses(0, MOST_FLEETS, now)
}
