//! Checking a coordinator's log without trusting whoever serves it.
//!
//! [`Evidence`] is what a coordinator shows: its blocks, and a certificate of the last one. [`Chain`] checks
//! that each block names the hash of the one before it; with the feature `verify`, [`verify_log`] holds the
//! end of the chain against the certificate, the certificate against the key of the network, and replays
//! the blocks. [`CoordinatorClient::compare`](crate::CoordinatorClient::compare) then holds the replay
//! against what the coordinator's queries say. Each check has an error of its own, which names the block.
//! `docs/blocks.md` says what a block contains.

mod chain;
mod compare;
mod difference;
mod error;
mod fetch;

#[cfg(feature = "verify")]
mod certificate;
#[cfg(feature = "verify")]
mod tamper;
#[cfg(feature = "verify")]
mod verify;

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
