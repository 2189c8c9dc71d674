//! Counts what a message uses, so that benchmarks can compare one way of doing it with another.

use std::collections::BTreeSet;

/// The cost of one or several executed messages.
///
/// Instructions are units of the interpreter's fuel, not the network's instruction count: use them for
/// ratios only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Units of fuel that were used.
    pub instructions: u64,
    /// Distinct pages (64 KiB) of stable memory that were read.
    pub stable_pages_read: u64,
    /// Distinct pages (64 KiB) of stable memory that were written.
    pub stable_pages_written: u64,
    /// Bytes read from stable memory.
    pub stable_bytes_read: u64,
    /// Bytes written to stable memory.
    pub stable_bytes_written: u64,
}

impl Cost {
    /// Adds another message's cost; pages that both touched count twice.
    pub(crate) fn add(&mut self, other: Self) {
        self.instructions += other.instructions;
        self.stable_pages_read += other.stable_pages_read;
        self.stable_pages_written += other.stable_pages_written;
        self.stable_bytes_read += other.stable_bytes_read;
        self.stable_bytes_written += other.stable_bytes_written;
    }
}

/// Collects accesses to stable memory during one execution.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    read: BTreeSet<u64>,
    written: BTreeSet<u64>,
    bytes_read: u64,
    bytes_written: u64,
}

impl Meter {
    pub(crate) fn note_read(&mut self, offset: u64, size: u64) {
        self.bytes_read += size;
        self.read.extend(pages(offset, size));
    }

    pub(crate) fn note_write(&mut self, offset: u64, size: u64) {
        self.bytes_written += size;
        self.written.extend(pages(offset, size));
    }

    pub(crate) fn cost(&self, instructions: u64) -> Cost {
        Cost {
            instructions,
            stable_pages_read: self.read.len() as u64,
            stable_pages_written: self.written.len() as u64,
            stable_bytes_read: self.bytes_read,
            stable_bytes_written: self.bytes_written,
        }
    }
}

/// The numbers of the pages that a range touches.
fn pages(offset: u64, size: u64) -> std::ops::Range<u64> {
    let page = crate::model::stable::PAGE_SIZE;
    if size == 0 {
        return 0..0;
    }
    offset / page..(offset + size).div_ceil(page)
}
