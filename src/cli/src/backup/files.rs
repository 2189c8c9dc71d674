//! The files of a snapshot, as `icp` and `dfx` name them, and what the network calls their content.

use anyhow::{Context, Result, ensure};
use backup_fleet::types::{
    ReadCanisterSnapshotMetadataResult, SnapshotDataKind, SnapshotDataOffset,
};
use candid::{decode_one, encode_one};

/// What the network says of a snapshot.
pub type Metadata = ReadCanisterSnapshotMetadataResult;

/// The most bytes that the network hands out at a time.
pub const SLICE: u64 = 2_000_000;
/// The metadata, as JSON.
pub const METADATA: &str = "metadata.json";
/// The module.
pub const WASM_MODULE: &str = "wasm_module.bin";
/// The folder of the chunks of the chunk store.
pub const CHUNK_STORE: &str = "wasm_chunk_store";
/// What `icp` leaves in a folder that it has read: a lock, and how far an upload has come.
pub const LEFT_BY_ICP: [&str; 2] = [".lock", ".upload_progress.json"];
/// The record of a download by `icp`, there until the download is complete.
pub const BEGUN_BY_ICP: &str = ".download_progress.json";

/// A part of a snapshot that is a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// The module, with its length.
    WasmModule(u64),
    /// The heap, with its length.
    WasmMemory(u64),
    /// The stable memory, with its length.
    StableMemory(u64),
    /// A chunk of the chunk store, with its SHA-256. Its length is not known before it is read.
    Chunk(Vec<u8>),
}

impl Part {
    /// The parts of a snapshot, in the order in which they are downloaded.
    pub fn of(metadata: &Metadata) -> Result<Vec<Self>> {
        let mut parts = vec![
            Self::WasmModule(metadata.wasm_module_size),
            Self::WasmMemory(metadata.wasm_memory_size),
            Self::StableMemory(metadata.stable_memory_size),
        ];
        for chunk in &metadata.wasm_chunk_store {
            let bytes = chunk.hash.len();
            ensure!(bytes == 32, "the hash of a chunk of the chunk store has {bytes} bytes");
            parts.push(Self::Chunk(chunk.hash.clone()));
        }
        Ok(parts)
    }

    /// Its file, relative to the folder of the snapshot.
    pub fn file(&self) -> String {
        match self {
            Self::WasmModule(_) => WASM_MODULE.to_owned(),
            Self::WasmMemory(_) => "wasm_memory.bin".to_owned(),
            Self::StableMemory(_) => "stable_memory.bin".to_owned(),
            Self::Chunk(hash) => format!("{CHUNK_STORE}/{}.bin", hex::encode(hash)),
        }
    }

    /// Its length, as far as the metadata tells it.
    pub const fn bytes(&self) -> Option<u64> {
        match self {
            Self::WasmModule(bytes) | Self::WasmMemory(bytes) | Self::StableMemory(bytes) => {
                Some(*bytes)
            }
            Self::Chunk(_) => None,
        }
    }

    /// In how many slices it is read.
    pub fn slices(&self) -> u64 {
        self.bytes().map_or(1, |bytes| bytes.div_ceil(SLICE))
    }

    /// How a slice of it is asked for, and the length that it must have, if that is known.
    pub fn slice(&self, index: u64) -> (SnapshotDataKind, Option<u64>) {
        let offset = index * SLICE;
        let size = |bytes: &u64| SLICE.min(bytes.saturating_sub(offset));
        match self {
            Self::WasmModule(bytes) => {
                let size = size(bytes);
                (SnapshotDataKind::WasmModule { offset, size }, Some(size))
            }
            Self::WasmMemory(bytes) => {
                let size = size(bytes);
                (SnapshotDataKind::WasmMemory { offset, size }, Some(size))
            }
            Self::StableMemory(bytes) => {
                let size = size(bytes);
                (SnapshotDataKind::StableMemory { offset, size }, Some(size))
            }
            Self::Chunk(hash) => (SnapshotDataKind::WasmChunk { hash: hash.clone() }, None),
        }
    }

    /// Where a slice of it goes when it is uploaded.
    pub const fn place(&self, index: u64) -> SnapshotDataOffset {
        let offset = index * SLICE;
        match self {
            Self::WasmModule(_) => SnapshotDataOffset::WasmModule { offset },
            Self::WasmMemory(_) => SnapshotDataOffset::WasmMemory { offset },
            Self::StableMemory(_) => SnapshotDataOffset::StableMemory { offset },
            Self::Chunk(_) => SnapshotDataOffset::WasmChunk,
        }
    }
}

/// The bytes of the memories and the module together; chunks are not counted, because their length is not known.
pub const fn bytes(metadata: &Metadata) -> u64 {
    let memories = metadata.wasm_memory_size.saturating_add(metadata.stable_memory_size);
    memories.saturating_add(metadata.wasm_module_size)
}

/// The content of [`METADATA`]. Floating-point globals that are not finite become `null` in it.
pub fn to_json(metadata: &Metadata) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(metadata)?)
}

/// Metadata in Candid, in hexadecimal. Unlike JSON it keeps every floating-point number.
pub fn to_candid(metadata: &Metadata) -> Result<String> {
    Ok(hex::encode(encode_one(metadata)?))
}

/// The metadata that [`to_candid`] was made from.
pub fn from_candid(text: &str) -> Result<Metadata> {
    let bytes = hex::decode(text).context("it is not hexadecimal")?;
    Ok(decode_one(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::download::scene::metadata;
    use backup_fleet::types::SnapshotMetadataGlobal;

    #[test]
    fn candid_keeps_the_numbers_that_json_cannot_express() {
        let payload = f64::from_bits(0x7ff8_0000_0000_1234);
        let numbers = [payload, f64::NEG_INFINITY, -0.0];
        let globals = numbers.map(|number| Some(SnapshotMetadataGlobal::F64(number)));
        let before = Metadata { globals: globals.to_vec(), ..metadata() };
        let after = from_candid(&to_candid(&before).expect("encoded")).expect("decoded");
        let bits: Vec<u64> = after
            .globals
            .iter()
            .map(|global| match global {
                Some(SnapshotMetadataGlobal::F64(number)) => number.to_bits(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(bits, numbers.map(f64::to_bits));
        let json = to_json(&before).expect("JSON");
        assert!(serde_json::from_slice::<Metadata>(&json).is_err(), "a null is no number");
    }

    #[test]
    fn slices_cover_a_part_and_nothing_else() {
        for (bytes, slices) in [(0, 0), (1, 1), (SLICE, 1), (SLICE + 1, 2), (10 * SLICE, 10)] {
            let part = Part::StableMemory(bytes);
            assert_eq!(part.slices(), slices);
            let sizes = (0..slices).map(|index| part.slice(index).1.expect("a length"));
            assert_eq!(sizes.sum::<u64>(), bytes);
        }
        let chunk = Part::Chunk(vec![0xab; 32]);
        assert_eq!((chunk.slices(), chunk.slice(0).1), (1, None));
        assert_eq!(chunk.file(), format!("wasm_chunk_store/{}.bin", "ab".repeat(32)));
    }
}
