//! The chunk store of a canister, for modules that are too large for one message.

use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// The most bytes of a chunk.
pub(crate) const MAX_CHUNK_BYTES: usize = 1024 * 1024;
/// The most chunks of a canister: together as long as the largest module.
const MAX_CHUNKS: usize = 100;

/// Chunks by their SHA-256. A clone shares their bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkStore(BTreeMap<[u8; 32], Arc<Vec<u8>>>);

impl ChunkStore {
    /// Stores a chunk, unless it is there; its hash, or why it is refused.
    pub(crate) fn insert(&mut self, chunk: Vec<u8>) -> Result<[u8; 32], String> {
        let hash: [u8; 32] = Sha256::digest(&chunk).into();
        if self.0.contains_key(&hash) {
            return Ok(hash);
        }
        if chunk.len() > MAX_CHUNK_BYTES {
            return Err(format!(
                "Wasm chunk size {} exceeds the maximum chunk size of {MAX_CHUNK_BYTES}",
                chunk.len()
            ));
        }
        if self.0.len() >= MAX_CHUNKS {
            return Err(format!(
                "Wasm chunk store has already reached maximum capacity of {} bytes or the maximum number of entries, {MAX_CHUNKS}",
                MAX_CHUNKS * MAX_CHUNK_BYTES
            ));
        }
        self.0.insert(hash, Arc::new(chunk));
        Ok(hash)
    }

    /// The chunk with this hash.
    pub(crate) fn get(&self, hash: &[u8]) -> Option<&[u8]> {
        self.0.get(hash).map(|chunk| chunk.as_slice())
    }

    /// The hashes of all chunks, in their order.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.keys()
    }

    /// What the network counts for it: each chunk as if it had the greatest length.
    pub(crate) fn counted_bytes(&self) -> u64 {
        (self.0.len() * MAX_CHUNK_BYTES) as u64
    }
}
