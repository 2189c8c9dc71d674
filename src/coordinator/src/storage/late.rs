//! A map whose changes are stored when the call is over.
//!
//! A call that moves a hundred operations of a wave changes a few entries of such a map a hundred times. The changed
//! entries are held in the heap until [`Late::save`], with which every change ends. A call that traps takes both back.

use super::{map::Map, memory::Memory, recent::Recent};
use ic_stable_structures::Storable;
use std::{
    collections::BTreeMap,
    ops::{Deref, RangeBounds},
};

/// A map from `K` to `V` in stable memory.
pub struct Late<K, V> {
    stored: Recent<K, V>,
    /// The entries that have changed since they were stored; none: removed.
    changed: BTreeMap<K, Option<V>>,
}

impl<K: Storable + Copy + Ord, V: Storable + Clone> Late<K, V> {
    /// Opens the map in `memory`, or lays it out if that is empty.
    pub fn init(memory: Memory) -> Self {
        Self { stored: Recent::init(memory), changed: BTreeMap::new() }
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<V> {
        self.changed.get(key).map_or_else(|| self.stored.get(key), Clone::clone)
    }

    /// The records with a key in `keys`, sorted by key.
    pub fn range(&self, keys: impl RangeBounds<K> + Clone) -> impl Iterator<Item = (K, V)> {
        let stored = self.stored.range(keys.clone()).map(|entry| (*entry.key(), entry.value()));
        let mut stored = stored.filter(|(key, _)| !self.changed.contains_key(key)).peekable();
        let changed = self.changed.range(keys);
        let mut changed =
            changed.filter_map(|(key, value)| Some((*key, value.clone()?))).peekable();
        std::iter::from_fn(move || match (stored.peek(), changed.peek()) {
            (Some((one, _)), Some((other, _))) if other < one => changed.next(),
            (None, _) => changed.next(),
            _ => stored.next(),
        })
    }

    /// Sets the value of `key`, or removes it.
    pub(crate) fn set(&mut self, key: K, value: Option<V>) {
        self.changed.insert(key, value);
    }

    /// Stores what has changed.
    pub(crate) fn save(&mut self) {
        for (key, value) in std::mem::take(&mut self.changed) {
            match value {
                Some(value) => self.stored.insert(key, value),
                None => self.stored.remove(&key),
            }
        }
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) {
        self.changed.clear();
        self.stored.clear();
    }
}

/// What is stored, without what has changed in the present call.
impl<K, V> Deref for Late<K, V> {
    type Target = Map<K, V>;

    fn deref(&self) -> &Map<K, V> {
        &self.stored
    }
}

#[cfg(test)]
mod tests {
    use super::Late;
    use crate::storage::Memories;
    use ic_stable_structures::DefaultMemoryImpl;

    fn all(map: &Late<u64, u32>) -> Vec<(u64, u32)> {
        map.range(..).collect()
    }

    #[test]
    fn what_has_changed_is_told_at_once_and_stored_when_it_is_saved() {
        let memories = Memories::new(DefaultMemoryImpl::default());
        let stored = || all(&Late::init(memories.operations()));
        let mut map: Late<u64, u32> = Late::init(memories.operations());
        for key in [2, 4, 6] {
            map.set(key, Some(10));
        }
        assert_eq!((all(&map), stored()), (vec![(2, 10), (4, 10), (6, 10)], vec![]));
        map.save();
        assert_eq!(stored(), all(&map));
        for (key, value) in
            [(1, Some(1)), (4, None), (5, Some(5)), (6, Some(6)), (7, Some(7)), (7, None)]
        {
            map.set(key, value);
        }
        let expected = vec![(1, 1), (2, 10), (5, 5), (6, 6)];
        assert_eq!((all(&map), stored()), (expected.clone(), vec![(2, 10), (4, 10), (6, 10)]));
        assert_eq!(map.range(2..=5).collect::<Vec<_>>(), expected[1..3]);
        let values: Vec<Option<u32>> = (1..=7).map(|key| map.get(&key)).collect();
        assert_eq!(values, [Some(1), Some(10), None, None, Some(5), Some(6), None]);
        map.save();
        assert_eq!((all(&map), stored()), (expected.clone(), expected));
        map.set(9, Some(9));
        map.clear();
        map.save();
        assert_eq!((all(&map), stored()), (vec![], vec![]));
    }
}
