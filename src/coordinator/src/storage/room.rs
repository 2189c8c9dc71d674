//! How much of stable memory is in use, and how much is reserved.
//!
//! A change traps if there is no memory for it, and the caller gets no typed error. So a change that can wait first
//! reserves memory for itself and for the changes that cannot wait: receipts and starts of backups under way.

use backup_journal::api::CoordinatorError;
use ic_stable_structures::Memory;

/// Reserved pages of 64 KiB, 256 MiB: the present change may use one bucket of each memory, and the rest is enough
/// for the starts of tens of thousands of canisters.
const RESERVE_PAGES: u64 = 4_096;

/// The most buckets that a memory manager hands out.
const MAX_BUCKETS: u64 = 32_768;

/// Pages that a memory manager needs for itself.
const MANAGER_PAGES: u64 = 1;

/// Where a memory manager writes how many buckets it has handed out, and how many pages each of them has, as two
/// `u16` in little-endian order.
const BUCKETS_OFFSET: u64 = 4;

/// Bytes of a page of memory.
const PAGE_BYTES: u64 = 65_536;

/// How much of stable memory is in use, and the limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MemoryUse {
    /// Bytes in use, without the reserve.
    pub used_bytes: u64,
    /// The limit in bytes. The subnet may have less.
    pub limit_bytes: u64,
}

/// A stable memory that a memory manager has laid out.
pub struct Room<M> {
    memory: M,
}

/// What a memory manager has handed out.
#[derive(Clone, Copy)]
struct Buckets {
    count: u64,
    pages: u64,
}

impl Buckets {
    /// Pages that so many buckets need.
    const fn size(self, count: u64) -> u64 {
        MANAGER_PAGES + count * self.pages
    }

    /// Buckets with the reserve.
    const fn with_reserve(self) -> u64 {
        self.count + RESERVE_PAGES.div_ceil(self.pages)
    }
}

impl<M: Memory> Room<M> {
    /// The room in `memory`.
    pub(crate) const fn new(memory: M) -> Self {
        Self { memory }
    }

    /// The bytes in use, and the limit.
    pub fn memory_use(&self) -> MemoryUse {
        let buckets = self.buckets();
        MemoryUse {
            used_bytes: buckets.size(buckets.count) * PAGE_BYTES,
            limit_bytes: buckets.size(MAX_BUCKETS) * PAGE_BYTES,
        }
    }

    /// Reserves memory, unless that was done before. This only grows the stable memory, so a call that is refused
    /// afterwards has changed no record.
    ///
    /// # Errors
    /// [`CoordinatorError::OutOfMemory`] when there is not so much.
    pub fn keep_back(&self) -> Result<(), CoordinatorError> {
        let buckets = self.buckets();
        let wanted = buckets.with_reserve();
        let missing = buckets.size(wanted).saturating_sub(self.memory.size());
        if wanted <= MAX_BUCKETS && (missing == 0 || self.memory.grow(missing) >= 0) {
            return Ok(());
        }
        let MemoryUse { used_bytes, limit_bytes } = self.memory_use();
        Err(CoordinatorError::OutOfMemory { used_bytes, limit_bytes })
    }

    fn buckets(&self) -> Buckets {
        let mut bytes = [0; 4];
        self.memory.read(BUCKETS_OFFSET, &mut bytes);
        let [count_low, count_high, pages_low, pages_high] = bytes;
        let number = |low, high| u64::from(u16::from_le_bytes([low, high]));
        Buckets { count: number(count_low, count_high), pages: number(pages_low, pages_high) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, MAX_BUCKETS, MemoryUse, PAGE_BYTES, RESERVE_PAGES, Room};
    use backup_journal::api::CoordinatorError;
    use ic_stable_structures::{
        Memory, VectorMemory,
        memory_manager::{MemoryId, MemoryManager},
    };
    use std::{cell::Cell, rc::Rc};

    /// A memory of a network that has no more than so many pages to give.
    #[derive(Clone)]
    struct Limited {
        memory: VectorMemory,
        pages: Rc<Cell<u64>>,
    }

    impl Limited {
        fn to(pages: u64) -> Self {
            Self { memory: VectorMemory::default(), pages: Rc::new(Cell::new(pages)) }
        }
    }

    impl Memory for Limited {
        fn size(&self) -> u64 {
            self.memory.size()
        }

        fn grow(&self, pages: u64) -> i64 {
            if self.size() + pages > self.pages.get() { -1 } else { self.memory.grow(pages) }
        }

        fn read(&self, offset: u64, target: &mut [u8]) {
            self.memory.read(offset, target);
        }

        fn write(&self, offset: u64, source: &[u8]) {
            self.memory.write(offset, source);
        }
    }

    fn number(pages: u64) -> u16 {
        u16::try_from(pages).expect("a small number")
    }

    #[test]
    fn what_a_memory_manager_has_handed_out_is_counted() {
        for bucket in [16, 128] {
            let memory = VectorMemory::default();
            let manager = MemoryManager::init_with_bucket_size(memory.clone(), number(bucket));
            let room = Room::new(memory.clone());
            let limit_bytes = (1 + MAX_BUCKETS * bucket) * PAGE_BYTES;
            for (id, pages, buckets) in [(0, 1, 1), (3, bucket + 1, 3), (3, bucket - 1, 3)] {
                assert!(manager.get(MemoryId::new(id)).grow(pages) >= 0);
                let used_bytes = (1 + buckets * bucket) * PAGE_BYTES;
                assert_eq!(room.memory_use(), MemoryUse { used_bytes, limit_bytes });
                assert_eq!(memory.size() * PAGE_BYTES, used_bytes);
            }
        }
    }

    #[test]
    fn what_is_kept_back_is_there_when_it_is_needed() {
        let memory = Limited::to(u64::MAX);
        let manager = MemoryManager::init_with_bucket_size(memory.clone(), 128);
        manager.get(MemoryId::new(0)).grow(1);
        let room = Room::new(memory.clone());
        let before = room.memory_use();
        assert_eq!(room.keep_back(), Ok(()));
        assert_eq!(room.memory_use(), before, "nothing is used up");

        memory.pages.set(memory.size());
        assert_eq!(room.keep_back(), Ok(()), "it is there already");
        for id in 1..=RESERVE_PAGES / 128 {
            let used = manager.get(MemoryId::new(u8::try_from(id).expect("a small number")));
            assert_eq!(used.grow(128), 0);
            let MemoryUse { used_bytes, limit_bytes } = room.memory_use();
            let error = CoordinatorError::OutOfMemory { used_bytes, limit_bytes };
            assert_eq!(room.keep_back(), Err(error));
        }
        assert_eq!(memory.size(), memory.pages.get());
    }

    #[test]
    fn nothing_is_kept_back_beyond_what_can_be_handed_out() {
        let reserve = RESERVE_PAGES.div_ceil(16);
        let buckets = |count| Buckets { count, pages: 16 };
        assert_eq!(buckets(MAX_BUCKETS - reserve).with_reserve(), MAX_BUCKETS);

        let memory = Limited::to(u64::MAX);
        let manager = MemoryManager::init_with_bucket_size(memory.clone(), 16);
        manager.get(MemoryId::new(0)).grow(1);
        let room = Room::new(memory.clone());
        let handed_out = number(MAX_BUCKETS - reserve + 1).to_le_bytes();
        memory.write(super::BUCKETS_OFFSET, &handed_out);
        let size = memory.size();
        assert!(matches!(room.keep_back(), Err(CoordinatorError::OutOfMemory { .. })));
        assert_eq!(memory.size(), size);
    }
}
