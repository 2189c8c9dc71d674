//! The wire types of ICRC-3 and ICRC-10.

use crate::block::Value;
use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A range of blocks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct GetBlocksRequest {
    /// The first one.
    pub start: Nat,
    /// How many.
    pub length: Nat,
}

/// A block and its index.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BlockWithId {
    /// The index.
    pub id: Nat,
    /// The block.
    pub block: Value,
}

/// The type of a query that serves archived blocks; its fields are those of every reference to a method.
#[expect(missing_docs, reason = "written by a macro that takes no docs")]
mod callback {
    use super::{GetBlocksRequest, GetBlocksResult};

    candid::define_function!(pub GetBlocksCallback : (Vec<GetBlocksRequest>) -> (GetBlocksResult) query);
}

pub use callback::GetBlocksCallback;

/// Blocks that another canister serves.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct ArchivedBlocks {
    /// Which.
    pub args: Vec<GetBlocksRequest>,
    /// Where.
    pub callback: GetBlocksCallback,
}

/// The answer to `icrc3_get_blocks`.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct GetBlocksResult {
    /// How many blocks the log has.
    pub log_length: Nat,
    /// The blocks that were asked for, or the first of them.
    pub blocks: Vec<BlockWithId>,
    /// Always empty: this log is never archived.
    pub archived_blocks: Vec<ArchivedBlocks>,
}

/// The argument of `icrc3_get_archives`.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct GetArchivesArgs {
    /// Archives after this one.
    pub from: Option<Principal>,
}

/// An archive of blocks.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Archive {
    /// The canister.
    pub canister_id: Principal,
    /// Its first block.
    pub start: Nat,
    /// Its last block.
    pub end: Nat,
}

/// The answer to `icrc3_get_tip_certificate`.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TipCertificate {
    /// The certificate of the network over the digest of the tree.
    pub certificate: ByteBuf,
    /// The tree with the labels `last_block_index` and `last_block_hash`, in CBOR.
    pub hash_tree: ByteBuf,
}

/// A block type and where it is documented.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BlockType {
    /// The type.
    pub block_type: String,
    /// The documentation.
    pub url: String,
}

/// A standard that the canister supports.
#[derive(CandidType, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SupportedStandard {
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub url: String,
}
