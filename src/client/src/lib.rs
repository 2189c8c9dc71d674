//! Typed calls to a backup coordinator.
//!
//! [`CoordinatorClient`] is generic over [`Runtime`], so that the same code drives a coordinator from
//! another canister, in the sandbox and on `PocketIC`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audit;
mod blocks;
mod client;
mod error;
mod executions;
mod fleets;
mod pages;
mod queries;
mod updates;

pub use backup_journal as journal;
pub use client::CoordinatorClient;
pub use error::{Answer, ClientError};
pub use ic_canister_runtime::{IcError, Runtime};
