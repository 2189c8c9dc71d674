//! Preflights that are too large for one message arrive in batches of receipts.

use crate::{PreflightId, journal::ResumeSummary};
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// Where a preflight stands whose receipts are sent in batches.
#[allow(clippy::large_enum_variant, reason = "one is answered for each call, and none is kept")]
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum PreflightProgress {
    /// Send the next batch.
    Arriving {
        /// The preflight.
        preflight_id: PreflightId,
        /// Of how many targets the receipts have arrived; the next batch starts there.
        covered: u32,
        /// How many targets there are.
        targets: u32,
    },
    /// The receipts of all targets have arrived, and the preflight is accepted.
    Accepted(ResumeSummary),
}
