//! The four checks before anything is touched: what is asked, what is answered, and when an answer counts.

mod batches;
mod check;
mod error;
mod receipts;
mod requests;

#[cfg(test)]
mod tests;

pub use check::{MAX_WINDOW_NANOS, ProvenAuthority, check_preflight_receipts};
pub use error::PreflightError;
pub use receipts::{
    AuthorityProofSource, ControlAuthorityReceipt, PreflightReceipts, QuiescencePreflightReceipt,
    SnapshotReadAuthorityReceipt, TopologyPreflightReceipt, ValidityWindow,
};
pub use requests::{
    ControlAuthorityPreflightRequest, ControlAuthorityPreflightTarget, PreflightRequests,
    QuiescencePreflightRequest, QuiescencePreflightTarget, SnapshotReadAuthorityPreflightRequest,
    SnapshotReadAuthorityPreflightTarget, TopologyPreflightRequest, TopologyPreflightTarget,
};
