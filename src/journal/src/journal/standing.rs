//! Where a preflight stands whose receipts are sent in batches.

use super::{ArrivingPreflight, Header};
use crate::{PreflightId, preflight::ValidityWindow};

/// Where a preflight stands whose receipts are sent in batches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PreflightStanding {
    /// The receipts of so many targets have arrived; the next batch starts there.
    Arriving {
        /// How many.
        covered: u32,
    },
    /// All have arrived, and it is accepted.
    Accepted,
}

impl Header {
    /// Where the preflight with this id and window stands. Another window makes it another preflight.
    pub fn standing(
        &self,
        preflight_id: &PreflightId,
        window: ValidityWindow,
    ) -> PreflightStanding {
        let accepted = self.preflight.as_ref();
        if accepted.is_some_and(|it| it.preflight_id == *preflight_id && it.window == Some(window))
        {
            return PreflightStanding::Accepted;
        }
        let arriving = self.arriving(preflight_id, window);
        PreflightStanding::Arriving { covered: arriving.map_or(0, |arriving| arriving.covered) }
    }

    /// What has arrived of the preflight with this id and window, if anything has.
    pub(super) fn arriving(
        &self,
        preflight_id: &PreflightId,
        window: ValidityWindow,
    ) -> Option<&ArrivingPreflight> {
        let arriving = self.arriving.as_ref();
        arriving.filter(|it| it.preflight_id == *preflight_id && it.window == window)
    }
}
