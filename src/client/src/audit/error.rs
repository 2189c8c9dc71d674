//! What can be wrong with a log.

use super::Difference;
use crate::ClientError;
use backup_journal::{Timestamp, block::BlockError, replay::ReplayError};
use candid::Principal;
use ic_canister_runtime::IcError;
use thiserror::Error;

/// The first thing that does not hold.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum AuditError {
    /// The coordinator could not be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A block is left out of what was fetched.
    #[error("block {index} is missing: {found}")]
    Missing {
        /// The block.
        index: u64,
        /// What came in its place.
        found: String,
    },
    /// Blocks lie in an archive; this log has none.
    #[error("block {index} is said to lie in an archive; this log has none")]
    Archived {
        /// The first of them.
        index: u64,
    },
    /// The first block names a block before it.
    #[error("block 0 names a block before it, so it is not the first of its log")]
    FirstHasParent,
    /// A block does not name the block before it.
    #[error("block {index} names no block before it")]
    NoParent {
        /// The block.
        index: u64,
    },
    /// A block names another hash than that of the block before it.
    #[error(
        "block {index} does not follow block {}: it names the hash {named}, and the block before it has \
         {found}; one of the two is not what was recorded",
        .index - 1
    )]
    BrokenChain {
        /// The block.
        index: u64,
        /// The hash that it names.
        named: String,
        /// The hash of the block before it.
        found: String,
    },
    /// There is no certificate of the last block.
    #[error("there is no certificate, so nothing vouches for any block")]
    NoCertificate,
    /// Certificate or hash tree are not what they should be.
    #[error("the {what} cannot be read: {problem}")]
    Unreadable {
        /// Which of the two, or which part.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificate is too old.
    #[error(
        "the certificate is {} s old, and {} s are allowed: it does not vouch for the present log",
        now.nanos_since(*.time) / 1_000_000_000, max_age_seconds
    )]
    OldCertificate {
        /// When it was made.
        time: Timestamp,
        /// The time of the check.
        now: Timestamp,
        /// How old it may be.
        max_age_seconds: u64,
    },
    /// The certificate is from the future.
    #[error("the time of the certificate is {} s in the future", time.nanos_since(*.now) / 1_000_000_000)]
    FutureCertificate {
        /// Its time.
        time: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The network has not signed the certificate.
    #[error("the certificate is not signed by the key of the network: {problem}")]
    Signature {
        /// What is wrong with it.
        problem: String,
    },
    /// The certificate says nothing of this canister.
    #[error("the certificate does not vouch for canister {canister}")]
    OtherCanister {
        /// The coordinator.
        canister: Principal,
    },
    /// The hash tree that names the last block is not the one that the canister has certified.
    #[error(
        "the tip is forged: the certificate does not vouch for what is said of the last block, {claimed}"
    )]
    ForgedTip {
        /// Which block is said to be the last one.
        claimed: String,
    },
    /// The log goes on after the last certified block.
    #[error(
        "block {} is not certified: {}; another party appended it, or the certificate is an old one",
        certified.map_or(0, |last| last + 1),
        certified.map_or_else(
            || "the log was certified to be empty".to_string(),
            |last| format!("the last certified block is {last}")
        )
    )]
    Uncertified {
        /// The last certified block; none when an empty log is certified.
        certified: Option<u64>,
        /// How many blocks there are, at least.
        length: u64,
    },
    /// The log ends before the last certified block.
    #[error("block {length} is missing: the log is certified up to block {certified}")]
    Truncated {
        /// The last certified block.
        certified: u64,
        /// How many blocks there are.
        length: u64,
    },
    /// The last block is another one than was certified.
    #[error("block {index} has the hash {found}, and the certified one has {certified}")]
    TipHash {
        /// The last block.
        index: u64,
        /// Its hash.
        found: String,
        /// The certified hash.
        certified: String,
    },
    /// A block cannot be read.
    #[error("block {index} cannot be read: {reason}")]
    Block {
        /// The block.
        index: u64,
        /// Why.
        reason: BlockError,
    },
    /// A block breaks a rule.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The queries say something else than the log.
    #[error(transparent)]
    Differs(#[from] Box<Difference>),
    /// The log grew by more than can be followed while it was compared.
    #[error(
        "the log is said to have grown from {from} to {to} blocks while it was compared, which is more than \
         can be followed"
    )]
    Moved {
        /// How many blocks there were in the beginning.
        from: u64,
        /// How many there are said to be now.
        to: u64,
    },
}

impl From<IcError> for AuditError {
    fn from(error: IcError) -> Self {
        Self::Client(error.into())
    }
}
