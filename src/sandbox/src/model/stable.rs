//! Stable memory: pages that rollback and snapshots share instead of copying them.

use crate::model::pages::Pages;

/// Bytes in a page of stable memory.
pub(crate) const PAGE_SIZE: u64 = 65_536;
const PAGE_BYTES: usize = 65_536;
/// The network allows 500 GiB.
const MAX_PAGES: u64 = 500 * 1024 * 1024 * 1024 / PAGE_SIZE;

/// The stable memory of one canister; a clone shares all pages until one side writes.
#[derive(Clone, Debug)]
pub(crate) struct StableMemory {
    pages: Pages<PAGE_BYTES>,
    max_pages: u64,
}

impl Default for StableMemory {
    fn default() -> Self {
        Self { pages: Pages::default(), max_pages: MAX_PAGES }
    }
}

impl StableMemory {
    /// A memory that begins with `bytes`, padded with zeros to whole pages.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self { pages: Pages::from_bytes(bytes), ..Self::default() }
    }

    /// Lets it grow to so many pages and no further.
    pub(crate) const fn limit(&mut self, max_pages: u64) {
        self.max_pages = max_pages;
    }

    /// Its size in pages.
    pub(crate) fn size_in_pages(&self) -> u64 {
        self.pages.count() as u64
    }

    /// Its size in bytes.
    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.pages.len() as u64
    }

    /// Grows by `additional` pages and returns the size before, or `None` beyond its limit.
    pub(crate) fn grow(&mut self, additional: u64) -> Option<u64> {
        let before = self.size_in_pages();
        let after = before.checked_add(additional).filter(|pages| *pages <= self.max_pages)?;
        self.pages.resize(to_usize(after));
        Some(before)
    }

    /// Whether the range lies inside this memory.
    pub(crate) fn contains(&self, offset: u64, size: u64) -> bool {
        offset.checked_add(size).is_some_and(|end| end <= self.size_in_bytes())
    }

    /// Fills `target` from `offset`; the range must lie inside.
    pub(crate) fn read(&self, offset: u64, target: &mut [u8]) {
        self.pages.read(to_usize(offset), target);
    }

    /// Writes `source` at `offset`; the range must lie inside.
    pub(crate) fn write(&mut self, offset: u64, source: &[u8]) {
        self.pages.write(to_usize(offset), source);
    }

    /// A copy of its bytes.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.pages.len()];
        self.pages.restore(&mut bytes);
        bytes
    }
}

/// Sizes of stable memory fit: the limit is far below what a 64-bit machine addresses.
fn to_usize(value: u64) -> usize {
    usize::try_from(value).expect("BUG: a size beyond this machine's address space")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_what_it_had() {
        let mut memory = StableMemory::default();
        assert_eq!(memory.grow(2), Some(0));
        memory.write(PAGE_SIZE - 2, &[1, 2, 3, 4]);
        let copy = memory.clone();
        memory.write(PAGE_SIZE, &[9]);
        let mut bytes = [0; 4];
        copy.read(PAGE_SIZE - 2, &mut bytes);
        assert_eq!(bytes, [1, 2, 3, 4]);
        memory.read(PAGE_SIZE - 2, &mut bytes);
        assert_eq!(bytes, [1, 2, 9, 4]);
    }

    #[test]
    fn bytes_survive_a_round_trip_in_whole_pages() {
        let memory = StableMemory::from_bytes(&vec![7; 65_537]);
        assert_eq!(memory.size_in_pages(), 2);
        let bytes = memory.to_vec();
        assert_eq!(bytes.len(), 131_072);
        assert!(bytes[..65_537].iter().all(|byte| *byte == 7));
        assert!(bytes[65_537..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn growth_stops_at_the_limit() {
        let mut memory = StableMemory::default();
        assert_eq!(memory.grow(u64::MAX), None);
        assert_eq!(memory.grow(MAX_PAGES + 1), None);
        assert_eq!(memory.size_in_pages(), 0);

        memory.limit(3);
        assert_eq!(memory.grow(4), None);
        assert_eq!((memory.grow(3), memory.grow(1)), (Some(0), None));
    }
}
