//! Checking a coordinator's log without trusting its server.
//!
//! [`Evidence`] is what a coordinator shows: its blocks, and a certificate of the last one. [`Log`] reads one
//! block after the other: [`Chain`] checks that each names the hash of the one before it, and a
//! [`Replay`](crate::journal::replay::Replay) performs what it tells. With the feature `verify`, `Verification`
//! also holds the end of the log against the certificate, and the certificate against the key of the network.
//! Each check has an error of its own, which names the block. `docs/blocks.md` says what a block contains.
//!
//! `CoordinatorClient::audit` does it for a log in use: it fetches the certificate first, then exactly the blocks
//! that this covers, and then asks the queries. Their answers must follow from the log at some length between
//! that certificate and a later one. No block is kept, so a log may be of any length.

mod chain;
mod difference;
mod error;
mod evidence;
mod log;

#[cfg(feature = "verify")]
mod certificate;
#[cfg(feature = "verify")]
mod compare;
#[cfg(feature = "verify")]
mod fetch;
#[cfg(feature = "verify")]
mod live;
#[cfg(feature = "verify")]
mod question;
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
pub use evidence::Evidence;
pub use log::Log;

#[cfg(feature = "verify")]
pub use certificate::{MAINNET_ROOT_KEY, Trust};
#[cfg(feature = "verify")]
pub use live::LiveAudit;
#[cfg(feature = "verify")]
pub use tamper::Tampering;
#[cfg(feature = "verify")]
pub use verify::{Verification, Verified, verify_log};
