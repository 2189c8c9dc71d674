//! A map whose last entry is at hand.
//!
//! A driver claims an operation, reports it, and claims the one behind it: three reads of one header, of
//! one page of the plan and of one page of rows. Finding and decoding an entry is a large part of a call, so the
//! entry that was read or written last is remembered. What is remembered and what is stored cannot come
//! apart: every change goes through here, and a call that traps takes both back.

use super::{map::Map, memory::Memory};
use ic_stable_structures::Storable;
use std::{cell::RefCell, ops::Deref};

/// A map from `K` to `V` in stable memory.
pub struct Recent<K, V> {
    stored: Map<K, V>,
    last: RefCell<Option<(K, V)>>,
}

impl<K: Storable + Clone + Eq, V: Storable + Clone> Recent<K, V> {
    /// Opens the map in `memory`, or lays it out if that is empty.
    pub fn init(memory: Memory) -> Self {
        Self { stored: Map::init(memory), last: RefCell::new(None) }
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<V> {
        let mut last = self.last.borrow_mut();
        if let Some((_, value)) = last.as_ref().filter(|(last, _)| last == key) {
            return Some(value.clone());
        }
        let value = self.stored.get(key)?;
        *last = Some((key.clone(), value.clone()));
        Some(value)
    }

    /// Sets the value of `key`.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.stored.insert(key.clone(), value.clone());
        *self.last.get_mut() = Some((key, value));
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        self.stored.clear();
        *self.last.get_mut() = None;
    }

    /// Removes `key`.
    pub(crate) fn remove(&mut self, key: &K) {
        self.stored.remove(key);
        *self.last.get_mut() = None;
    }
}

/// All that reads more than one entry.
impl<K, V> Deref for Recent<K, V> {
    type Target = Map<K, V>;

    fn deref(&self) -> &Map<K, V> {
        &self.stored
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use crate::storage::Memories;
    use ic_stable_structures::DefaultMemoryImpl;

    #[test]
    fn what_is_remembered_is_what_is_stored() {
        let memories = Memories::new(DefaultMemoryImpl::default());
        let mut map: Recent<u64, u32> = Recent::init(memories.operations());
        let agree = |map: &Recent<u64, u32>| {
            for key in 0..4 {
                let stored = Recent::<u64, u32>::init(memories.operations()).get(&key);
                assert_eq!(map.get(&key), stored, "of {key}");
                assert_eq!(map.get(&key), stored, "of {key}, asked again");
            }
        };
        agree(&map);
        for (key, value) in [(1, 10), (2, 20), (1, 11), (3, 30)] {
            map.insert(key, value);
            assert_eq!(map.get(&key), Some(value));
            agree(&map);
        }
        for key in [3, 1] {
            map.remove(&key);
            assert_eq!(map.get(&key), None);
            agree(&map);
        }
        assert_eq!(map.len(), 1);
    }
}
