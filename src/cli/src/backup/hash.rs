//! SHA-256 of a file and of its slices, computed while its bytes pass.

use crate::backup::files::SLICE;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{mem, thread};

/// A file of a snapshot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FileRecord {
    /// Its name, relative to the folder of the snapshot.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of each of its slices of 2,000,000 bytes; the last one may be shorter.
    pub slices: Vec<String>,
}

/// So many bytes are hashed by two threads: less is done sooner by one.
pub const WORTH_A_THREAD: usize = 1 << 20;

/// A file whose bytes pass from its beginning to its end.
#[derive(Clone, Default)]
pub struct FileHash {
    whole: Sha256,
    slice: Sha256,
    bytes: u64,
    slices: Vec<String>,
}

impl FileHash {
    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if bytes.len() < WORTH_A_THREAD {
            self.whole.update(bytes);
            self.update_slices(bytes);
            return;
        }
        let mut whole = mem::take(&mut self.whole);
        self.whole = thread::scope(|scope| {
            let whole = scope.spawn(move || {
                whole.update(bytes);
                whole
            });
            self.update_slices(bytes);
            whole.join().expect("BUG: hashing has panicked")
        });
    }

    fn update_slices(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = SLICE - self.bytes % SLICE;
            let fits = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
            let (now, later) = bytes.split_at(fits);
            self.slice.update(now);
            self.bytes += now.len() as u64;
            if self.bytes.is_multiple_of(SLICE) {
                self.end_slice();
            }
            bytes = later;
        }
    }

    /// SHA-256 of the slices from number `first` on; the last one may not be complete yet.
    pub fn slices_from(&self, first: usize) -> Vec<String> {
        let mut slices = self.slices.get(first..).unwrap_or_default().to_vec();
        if !self.bytes.is_multiple_of(SLICE) {
            slices.push(hex::encode(self.slice.clone().finalize()));
        }
        slices
    }

    /// How many bytes have passed.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What a file of this name must be.
    pub fn end(mut self, name: String) -> FileRecord {
        if !self.bytes.is_multiple_of(SLICE) {
            self.end_slice();
        }
        let sha256 = hex::encode(self.whole.finalize());
        FileRecord { name, bytes: self.bytes, sha256, slices: self.slices }
    }

    fn end_slice(&mut self) {
        self.slices.push(hex::encode(self.slice.finalize_reset()));
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_in_what_pieces_a_file_passes() {
        let slice = usize::try_from(SLICE).expect("it fits memory");
        for length in [0, 1, slice - 1, slice, slice + 1, 2 * slice] {
            let content: Vec<u8> = (0..=250).cycle().take(length).collect();
            let expected: Vec<String> = content.chunks(slice).map(sha256).collect();
            for piece in [1_000, slice, length.max(1)] {
                let mut hash = FileHash::default();
                content.chunks(piece).for_each(|bytes| hash.update(bytes));
                let record = hash.end("a".to_owned());
                assert_eq!(record.bytes, length as u64);
                assert_eq!(record.sha256, sha256(&content));
                assert_eq!(record.slices, expected);
            }
        }
    }
}
