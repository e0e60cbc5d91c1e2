//! Verdicts of the texts that were used last.
//!
//! Shards, each behind a lock that is held for a look-up or an insertion and never while anything is proved: several threads
//! that ask for the same new text prove it each, and the first to finish is remembered. Whole texts are compared,
//! so texts with the same hash are never taken for each other.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

const SHARDS: usize = 16;

/// Texts of one shard that connections may keep prepared. A connection of sqlx keeps a hundred statements; less than half of
/// that is for texts that a program makes up as it goes.
const PREPARED: usize = 3;

/// What an entry takes besides what it says it weighs.
const OVERHEAD: usize = 256;

/// Values by text, the ones used last of them.
pub(super) struct Cache<V> {
    entries: usize,
    bytes: usize,
    hits: AtomicU64,
    misses: AtomicU64,
    inner: OnceLock<Inner<V>>,
}

struct Inner<V> {
    hasher: RandomState,
    shards: [Mutex<Shard<V>>; SHARDS],
}

struct Shard<V> {
    /// Where the entry with this hash is.
    index: HashMap<u64, usize>,
    entries: Vec<Entry<V>>,
    bytes: usize,
    /// Counts look-ups.
    now: u64,
}

struct Entry<V> {
    hash: u64,
    text: Arc<str>,
    value: V,
    weight: usize,
    used: u64,
    /// Whether connections may keep it prepared.
    prepared: bool,
}

/// What was found, and whether it is worth keeping prepared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<V> {
    pub(super) value: V,
    pub(super) prepared: bool,
}

/// What the cache holds and how it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) entries: usize,
    pub(super) bytes: usize,
}

impl<V: Clone> Cache<V> {
    /// Room for about so many entries and bytes.
    pub(super) const fn new(entries: usize, bytes: usize) -> Self {
        Self {
            entries,
            bytes,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            inner: OnceLock::new(),
        }
    }

    /// Other bounds, for a cache that is not in use yet.
    pub(super) const fn resize(&mut self, entries: usize, bytes: usize) {
        self.entries = entries;
        self.bytes = bytes;
    }

    fn inner(&self) -> &Inner<V> {
        self.inner.get_or_init(|| Inner {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::new(Shard::default())),
        })
    }

    /// The hash of a text, for [`find`](Self::find) and [`keep`](Self::keep).
    pub(super) fn hash(&self, text: &str) -> u64 {
        self.inner().hasher.hash_one(text)
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<V>> {
        // The map inside uses the low bits.
        let number = (hash >> 32) as usize % SHARDS;
        self.inner().shards[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What is remembered of the text.
    pub(super) fn find(&self, hash: u64, text: &str) -> Option<Found<V>> {
        let found = self.shard(hash).find(hash, text);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Remembers what was found out about the text, at the expense of what was not used for longest. What is larger than an
    /// eighth of a shard's room is not remembered.
    pub(super) fn keep(&self, hash: u64, text: Arc<str>, value: V, weight: usize) {
        let weight = weight.saturating_add(text.len()).saturating_add(OVERHEAD);
        let (entries, bytes) = (self.entries.div_ceil(SHARDS), self.bytes / SHARDS);
        if weight > bytes / 8 || entries == 0 {
            return;
        }
        self.shard(hash).keep(hash, text, value, weight, entries, bytes);
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: 0,
            bytes: 0,
        };
        for shard in &self.inner().shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            counts.entries += shard.entries.len();
            counts.bytes += shard.bytes;
        }
        counts
    }
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self {
            index: HashMap::new(),
            entries: Vec::new(),
            bytes: 0,
            now: 0,
        }
    }
}

impl<V: Clone> Shard<V> {
    fn find(&mut self, hash: u64, text: &str) -> Option<Found<V>> {
        let place = *self.index.get(&hash)?;
        self.now += 1;
        let now = self.now;
        let entry = self.entries.get_mut(place).filter(|entry| *entry.text == *text)?;
        let before = std::mem::replace(&mut entry.used, now);
        let found = Found {
            value: entry.value.clone(),
            prepared: entry.prepared,
        };
        if found.prepared {
            return Some(found);
        }
        let prepared = self.prepare(place, before);
        Some(Found { prepared, ..found })
    }

    /// Lets an entry that is asked for again be kept prepared, if there is room, or in the place of one that was not
    /// used since this one was last.
    fn prepare(&mut self, place: usize, before: u64) -> bool {
        let prepared = || {
            self.entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.prepared)
        };
        let stale = if prepared().count() < PREPARED {
            None
        } else {
            match prepared().min_by_key(|(_, entry)| entry.used) {
                Some((stale, entry)) if entry.used < before => Some(stale),
                Some(_) | None => return false,
            }
        };
        if let Some(entry) = stale.and_then(|stale| self.entries.get_mut(stale)) {
            entry.prepared = false;
        }
        if let Some(entry) = self.entries.get_mut(place) {
            entry.prepared = true;
        }
        true
    }

    fn keep(&mut self, hash: u64, text: Arc<str>, value: V, weight: usize, entries: usize, bytes: usize) {
        if let Some(&place) = self.index.get(&hash) {
            if self.entries.get(place).is_some_and(|entry| entry.text == text) {
                return;
            }
            self.remove(place);
        }
        while self.entries.len() >= entries || self.bytes + weight > bytes {
            let oldest = self
                .entries
                .iter()
                .enumerate()
                .min_by_key(|(_, entry)| entry.used);
            let Some((oldest, _)) = oldest else {
                break;
            };
            self.remove(oldest);
        }
        self.now += 1;
        self.index.insert(hash, self.entries.len());
        self.bytes += weight;
        self.entries.push(Entry {
            hash,
            text,
            value,
            weight,
            used: self.now,
            prepared: false,
        });
    }

    fn remove(&mut self, place: usize) {
        let removed = self.entries.swap_remove(place);
        self.bytes -= removed.weight;
        self.index.remove(&removed.hash);
        if let Some(moved) = self.entries.get(place) {
            self.index.insert(moved.hash, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, Found, OVERHEAD, PREPARED, SHARDS};

    fn cache() -> Cache<u32> {
        Cache::new(SHARDS * 4, SHARDS * 1_000_000)
    }

    fn value(cache: &Cache<u32>, hash: u64, text: &str) -> Option<u32> {
        cache.find(hash, text).map(|found| found.value)
    }

    #[test]
    fn the_same_hash_is_not_the_same_text() {
        let cache = cache();
        cache.keep(7, "a".into(), 1, 0);
        assert_eq!(value(&cache, 7, "a"), Some(1));
        assert_eq!(value(&cache, 7, "b"), None);
        cache.keep(7, "b".into(), 2, 0);
        assert_eq!(value(&cache, 7, "a"), None);
        assert_eq!(value(&cache, 7, "b"), Some(2));
        assert_eq!(cache.counts().entries, 1);
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let cache = cache();
        for (hash, text) in ["a", "b", "c", "d"].into_iter().enumerate() {
            cache.keep(hash as u64, text.into(), 0, 0);
        }
        assert!(cache.find(0, "a").is_some());
        cache.keep(9, "e".into(), 0, 0);
        assert!(cache.find(1, "b").is_none(), "it was used last by nobody");
        for (hash, text) in [(0, "a"), (2, "c"), (3, "d"), (9, "e")] {
            assert!(cache.find(hash, text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_flood_fills_the_room_and_no_more() {
        let cache: Cache<u32> = Cache::new(64, SHARDS * 10_000);
        for number in 0..20_000_u32 {
            let text = format!("select {number}");
            let hash = cache.hash(&text);
            cache.keep(hash, text.into(), number, 100);
        }
        let counts = cache.counts();
        assert_eq!(counts.entries, 64);
        assert!(counts.bytes <= SHARDS * 10_000);
        for shard in &cache.inner().shards {
            let shard = shard.lock().unwrap();
            assert_eq!(shard.index.len(), shard.entries.len());
            assert!(shard.entries.capacity() <= 8, "{}", shard.entries.capacity());
        }
    }

    #[test]
    fn bytes_are_bounded_too() {
        let cache: Cache<u32> = Cache::new(SHARDS * 100, SHARDS * 10_000);
        for hash in 0..50 {
            cache.keep(hash, "text".into(), 1, 1_000 - OVERHEAD);
        }
        assert!(cache.counts().bytes <= 10_000, "all are in one shard");
        assert_eq!(cache.counts().entries, 9);
        cache.keep(99, "large".into(), 1, 5_000);
        assert!(cache.find(99, "large").is_none());
    }

    /// Texts that come back are worth preparing; those that come once never push them out.
    #[test]
    fn what_comes_back_is_kept_prepared() {
        let cache: Cache<u32> = Cache::new(SHARDS * 100, SHARDS * 1_000_000);
        let names = ["a", "b", "c", "d"];
        for (hash, text) in names.into_iter().enumerate() {
            cache.keep(hash as u64, text.into(), 0, 0);
        }
        let prepared = |hash: u64, text: &str| cache.find(hash, text).map(|Found { prepared, .. }| prepared);
        assert_eq!(PREPARED, 3);
        assert_eq!(prepared(0, "a"), Some(true));
        assert_eq!(prepared(1, "b"), Some(true));
        assert_eq!(prepared(2, "c"), Some(true));
        assert_eq!(prepared(3, "d"), Some(false), "no room");
        assert_eq!(prepared(0, "a"), Some(true));
        assert_eq!(prepared(1, "b"), Some(true));
        assert_eq!(prepared(3, "d"), Some(true), "`c` was not used since");
        assert_eq!(prepared(2, "c"), Some(false));
        let marked = |cache: &Cache<u32>| {
            let shard = cache.shard(0);
            shard.entries.iter().filter(|entry| entry.prepared).count()
        };
        assert_eq!(marked(&cache), PREPARED);
    }
}
