//! Checking a coordinator's log without trusting whoever serves it.
//!
//! [`Evidence`] is what a coordinator shows: its blocks, and a certificate of the last one. [`Chain`] checks
//! that each block names the hash of the one before it, and [`entries`] reads them for a
//! [`Replay`](crate::journal::replay::Replay). With the feature `verify`, `verify_log` also holds the end of the
//! chain against the certificate, and the certificate against the key of the network, and
//! `CoordinatorClient::audit` holds the replay against what the queries say. Each check has an error of its
//! own, which names the block. `docs/blocks.md` says what a block contains.

mod chain;
mod difference;
mod error;
mod fetch;

#[cfg(feature = "verify")]
mod certificate;
#[cfg(feature = "verify")]
mod compare;
#[cfg(feature = "verify")]
mod tamper;
#[cfg(feature = "verify")]
mod tip;
#[cfg(feature = "verify")]
mod verify;

#[cfg(all(test, feature = "verify"))]
mod tests;

pub use chain::{Chain, entries};
pub use difference::Difference;
pub use error::AuditError;
pub use fetch::Evidence;

#[cfg(feature = "verify")]
pub use certificate::{MAINNET_ROOT_KEY, Trust};
#[cfg(feature = "verify")]
pub use tamper::Tampering;
#[cfg(feature = "verify")]
pub use verify::{Verified, verify_log};
