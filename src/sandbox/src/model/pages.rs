//! Bytes in copy-on-write pages: a clone shares every page until one side changes it, and zeros take no memory.

use std::sync::Arc;

/// The largest page that is compared with zeros.
const MAX_PAGE_BYTES: usize = 65_536;
static ZEROS: [u8; MAX_PAGE_BYTES] = [0; MAX_PAGE_BYTES];

/// A page; `None` is a page of zeros.
type Page<const BYTES: usize> = Option<Arc<[u8; BYTES]>>;

/// Bytes in pages of `BYTES` bytes each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages<const BYTES: usize> {
    pages: Arc<Vec<Page<BYTES>>>,
}

impl<const BYTES: usize> Pages<BYTES> {
    /// Pages that hold `bytes`, padded with zeros to whole pages.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut pages = Self::default();
        pages.resize_bytes(bytes.len());
        pages.record(bytes);
        pages
    }

    /// How many pages there are.
    pub(crate) fn count(&self) -> usize {
        self.pages.len()
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.count() * BYTES
    }

    /// Resizes to the pages that `bytes` bytes need.
    pub(crate) fn resize_bytes(&mut self, bytes: usize) {
        self.resize(bytes.div_ceil(BYTES));
    }

    /// Appends pages of zeros, or removes pages at the end.
    pub(crate) fn resize(&mut self, count: usize) {
        if count != self.count() {
            Arc::make_mut(&mut self.pages).resize(count, None);
        }
    }

    /// Fills `target` from `offset`; the range must lie inside.
    pub(crate) fn read(&self, offset: usize, target: &mut [u8]) {
        let mut done = 0;
        while done < target.len() {
            let (page, within, length) = Self::piece(offset + done, target.len() - done);
            let part = &mut target[done..done + length];
            part.copy_from_slice(&Self::content(&self.pages[page])[within..within + length]);
            done += length;
        }
    }

    /// Writes `source` at `offset`; the range must lie inside.
    pub(crate) fn write(&mut self, offset: usize, source: &[u8]) {
        if source.is_empty() {
            return;
        }
        let pages = Arc::make_mut(&mut self.pages);
        let mut done = 0;
        while done < source.len() {
            let (page, within, length) = Self::piece(offset + done, source.len() - done);
            let page = pages[page].get_or_insert_with(|| Arc::new([0; BYTES]));
            Arc::make_mut(page)[within..within + length]
                .copy_from_slice(&source[done..done + length]);
            done += length;
        }
    }

    /// Makes these pages equal to `bytes`. Pages that are equal already stay shared.
    ///
    /// `bytes` must not be longer than these pages are.
    pub(crate) fn record(&mut self, bytes: &[u8]) {
        for (index, chunk) in bytes.chunks(BYTES).enumerate() {
            if Self::content(&self.pages[index])[..chunk.len()] != *chunk {
                Arc::make_mut(&mut self.pages)[index] = Self::page_of(chunk);
            }
        }
    }

    /// Makes `bytes`, which must be as long as these pages are, equal to them.
    pub(crate) fn restore(&self, bytes: &mut [u8]) {
        for (page, chunk) in self.pages.iter().zip(bytes.chunks_mut(BYTES)) {
            let content = Self::content(page);
            if content != chunk {
                chunk.copy_from_slice(content);
            }
        }
    }

    fn page_of(chunk: &[u8]) -> Page<BYTES> {
        if *chunk == ZEROS[..chunk.len()] {
            return None;
        }
        let mut page = Arc::new([0; BYTES]);
        Arc::make_mut(&mut page)[..chunk.len()].copy_from_slice(chunk);
        Some(page)
    }

    fn content(page: &Page<BYTES>) -> &[u8] {
        page.as_ref().map_or(&ZEROS[..BYTES], |page| page.as_slice())
    }

    /// Page, offset in the page and length of the part of an access of `size` bytes at `offset` that lies in one page.
    fn piece(offset: usize, size: usize) -> (usize, usize, usize) {
        let within = offset % BYTES;
        (offset / BYTES, within, size.min(BYTES - within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 4;

    /// Three pages, the second of them zeros.
    fn sample() -> Pages<BYTES> {
        Pages::from_bytes(&[1, 2, 3, 4, 0, 0, 0, 0, 5])
    }

    fn to_vec(pages: &Pages<BYTES>) -> Vec<u8> {
        let mut bytes = vec![9; pages.len()];
        pages.read(0, &mut bytes);
        bytes
    }

    /// Pages that are stored, and not in common with `other`.
    fn own(pages: &Pages<BYTES>, other: &Pages<BYTES>) -> Vec<usize> {
        let is_own = |(one, other): (&Page<BYTES>, &Page<BYTES>)| match (one, other) {
            (Some(one), Some(other)) => !Arc::ptr_eq(one, other),
            (one, _) => one.is_some(),
        };
        let pairs = pages.pages.iter().zip(other.pages.iter());
        pairs.map(is_own).enumerate().filter_map(|(index, own)| own.then_some(index)).collect()
    }

    #[test]
    fn zeros_take_no_memory() {
        let pages = sample();
        assert_eq!(to_vec(&pages), [1, 2, 3, 4, 0, 0, 0, 0, 5, 0, 0, 0]);
        assert_eq!(own(&pages, &Pages::from_bytes(&[0; 12])), [0, 2]);
        let mut cleared = pages.clone();
        cleared.record(&[0; 12]);
        assert_eq!(own(&cleared, &pages), [] as [usize; 0]);
        assert_eq!(to_vec(&cleared), [0; 12]);
    }

    #[test]
    fn record_stores_only_what_changed() {
        let before = sample();
        let mut after = before.clone();
        let mut bytes = to_vec(&before);
        bytes[9] = 6;
        after.record(&bytes);
        assert_eq!(own(&after, &before), [2]);
        assert_eq!(to_vec(&after), bytes);
        before.restore(&mut bytes);
        assert_eq!(bytes, to_vec(&before));
    }

    #[test]
    fn a_write_changes_one_side_alone() {
        let before = sample();
        let mut after = before.clone();
        after.write(3, &[7, 8]);
        assert_eq!(own(&after, &before), [0, 1]);
        assert_eq!(to_vec(&after)[..6], [1, 2, 3, 7, 8, 0]);
        assert_eq!(to_vec(&before)[..6], [1, 2, 3, 4, 0, 0]);
    }

    #[test]
    fn new_pages_are_zeros() {
        let mut pages = sample();
        pages.resize(4);
        pages.resize_bytes(13);
        assert_eq!((pages.count(), pages.len()), (4, 16));
        assert_eq!(to_vec(&pages)[12..], [0; 4]);
    }
}
