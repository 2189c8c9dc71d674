//! One kind of tree for every map.
//!
//! A tree of its own for each pair of types would make up a seventh of the module. So all of them are
//! trees from bytes to bytes, and this wrapper gives each its types back. Keys keep their order, since
//! they are written so that their bytes sort as they do.

use super::memory::Memory;
use ic_stable_structures::{StableBTreeMap, Storable, storable::Bound};
use std::{
    borrow::Cow,
    cmp::Ordering,
    marker::PhantomData,
    ops::{Bound as Edge, RangeBounds},
};

/// A map from `K` to `V` in stable memory.
pub struct Map<K, V> {
    tree: StableBTreeMap<RawKey, Vec<u8>, Memory>,
    types: PhantomData<(K, V)>,
}

/// A record of a map.
pub struct Entry<K, V> {
    key: K,
    value: Vec<u8>,
    types: PhantomData<V>,
}

impl<K, V: Storable> Entry<K, V> {
    /// The key.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// The value.
    pub fn value(&self) -> V {
        V::from_bytes(Cow::Borrowed(&self.value))
    }
}

impl<K: Storable, V: Storable> Map<K, V> {
    /// Opens the map in `memory`, or lays it out if that is empty.
    pub fn init(memory: Memory) -> Self {
        Self { tree: StableBTreeMap::init(memory), types: PhantomData }
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<V> {
        self.tree.get(&RawKey::of(key)).map(value)
    }

    /// Whether there is a value of `key`.
    pub fn contains_key(&self, key: &K) -> bool {
        self.tree.contains_key(&RawKey::of(key))
    }

    /// Sets the value of `key`. The one before is not decoded.
    #[expect(clippy::needless_pass_by_value, reason = "as every map takes its keys")]
    pub fn insert(&mut self, key: K, new: V) {
        self.tree.insert(RawKey::of(&key), new.into_bytes());
    }

    /// Sets the value of `key`, and hands back the one before.
    #[expect(clippy::needless_pass_by_value, reason = "as every map takes its keys")]
    pub fn replace(&mut self, key: K, new: V) -> Option<V> {
        self.tree.insert(RawKey::of(&key), new.into_bytes()).map(value)
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: &K) {
        self.tree.remove(&RawKey::of(key));
    }

    /// Removes `key`, and hands back its value.
    pub fn take(&mut self, key: &K) -> Option<V> {
        self.tree.remove(&RawKey::of(key)).map(value)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.tree.clear_new();
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.tree.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// The records with the least key.
    pub fn first_key_value(&self) -> Option<(K, V)> {
        self.tree.first_key_value().map(|(key, bytes)| (key.typed(), value(bytes)))
    }

    /// Every record, sorted by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<K, V>> {
        self.range(..)
    }

    /// The records with a key in `keys`, sorted by key.
    pub fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = Entry<K, V>> {
        let raw = (edge(keys.start_bound()), edge(keys.end_bound()));
        self.tree.range(raw).map(|entry| {
            let (key, value) = entry.into_pair();
            Entry { key: key.typed(), value, types: PhantomData }
        })
    }

    /// The keys in `keys`, sorted.
    pub fn keys_range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = K> {
        let raw = (edge(keys.start_bound()), edge(keys.end_bound()));
        self.tree.keys_range(raw).map(|key| key.typed())
    }
}

fn value<V: Storable>(bytes: Vec<u8>) -> V {
    V::from_bytes(Cow::Owned(bytes))
}

fn edge<K: Storable>(edge: Edge<&K>) -> Edge<RawKey> {
    match edge {
        Edge::Included(key) => Edge::Included(RawKey::of(key)),
        Edge::Excluded(key) => Edge::Excluded(RawKey::of(key)),
        Edge::Unbounded => Edge::Unbounded,
    }
}

/// The bytes of a key. A tree looks at many keys for each that it finds, and moves them about, so short ones are held
/// in place: all but names.
#[derive(Clone)]
enum RawKey {
    Short { length: u8, bytes: [u8; SHORT_KEY_BYTES] },
    Long(Vec<u8>),
}

/// Bytes of the longest key that is held in place: a time, a run and a principal.
const SHORT_KEY_BYTES: usize = 8 + 4 + 29;

impl RawKey {
    fn of(key: &impl Storable) -> Self {
        Self::from_slice(&key.to_bytes())
    }

    fn from_slice(slice: &[u8]) -> Self {
        match u8::try_from(slice.len()) {
            Ok(length) if slice.len() <= SHORT_KEY_BYTES => {
                let mut bytes = [0; SHORT_KEY_BYTES];
                bytes[..slice.len()].copy_from_slice(slice);
                Self::Short { length, bytes }
            }
            _ => Self::Long(slice.to_vec()),
        }
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
        }
    }

    fn typed<K: Storable>(&self) -> K {
        K::from_bytes(Cow::Borrowed(self.as_slice()))
    }
}

impl PartialEq for RawKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for RawKey {}

impl PartialOrd for RawKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RawKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Storable for RawKey {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_slice())
    }

    fn into_bytes(self) -> Vec<u8> {
        self.as_slice().to_vec()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        Self::from_slice(&bytes)
    }

    const BOUND: Bound = Bound::Unbounded;
}
