//! The audit trail in the form of ICRC-3.

use crate::storage::Storage;
use backup_journal::{
    api::{BlockType, BlockWithId, GetBlocksRequest, GetBlocksResult, SupportedStandard},
    block::BLOCK_TYPES,
};
use candid::Nat;

/// The most blocks of one answer.
const MAX_BLOCKS: usize = 500;

/// The most bytes of stored blocks in one answer, well below the 3 MiB of a reply.
const MAX_BYTES: usize = 1_000_000;

/// Where the block types are documented.
const DOCUMENTATION: &str =
    "https://github.com/backup-coordinator/backup-coordinator/blob/main/docs/blocks.md";

/// The requested blocks, range by range, as many as fit into one answer. The caller requests the others again.
/// A range costs next to nothing beyond its blocks, however large its numbers are.
pub fn blocks(storage: &Storage, requests: &[GetBlocksRequest]) -> GetBlocksResult {
    let length = storage.audit_length();
    let (mut blocks, mut bytes) = (Vec::new(), 0);
    for index in requests.iter().flat_map(|range| indexes(range, length)) {
        if blocks.len() == MAX_BLOCKS {
            break;
        }
        let (block, size) = storage.audit_block(index);
        bytes += size;
        // A block alone may be larger: it carries what came in one message.
        if bytes > MAX_BYTES && !blocks.is_empty() {
            break;
        }
        blocks.push(BlockWithId { id: Nat::from(index), block });
    }
    GetBlocksResult { log_length: Nat::from(length), blocks, archived_blocks: Vec::new() }
}

/// The part of a range that exists.
fn indexes(range: &GetBlocksRequest, length: u64) -> std::ops::Range<u64> {
    let narrow = |number: &Nat| u64::try_from(&number.0).unwrap_or(u64::MAX);
    let start = narrow(&range.start).min(length);
    start..start.saturating_add(narrow(&range.length)).min(length)
}

/// Every block type, and where it is documented.
pub fn supported_block_types() -> Vec<BlockType> {
    BLOCK_TYPES
        .iter()
        .map(|(name, _)| BlockType {
            block_type: (*name).to_string(),
            url: DOCUMENTATION.to_string(),
        })
        .collect()
}

/// Every standard that this canister supports.
pub fn supported_standards() -> Vec<SupportedStandard> {
    [
        ("ICRC-3", "https://github.com/dfinity/ICRC-1/tree/main/standards/ICRC-3"),
        ("ICRC-10", "https://github.com/dfinity/ICRC/tree/main/ICRCs/ICRC-10"),
    ]
    .map(|(name, url)| SupportedStandard { name: name.to_string(), url: url.to_string() })
    .to_vec()
}
