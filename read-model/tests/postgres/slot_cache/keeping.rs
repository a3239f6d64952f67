//! What every cache has in common: it keeps the later entry, expires entries, and never fails.

use std::num::NonZeroUsize;

use read_model::postgres::{MemorySlotCache, SlotCache};
use redis::AsyncCommands as _;

use super::{memory, raw_redis, redis};

/// Bytes of this order; at the same position `time` decides.
fn entry(position: u64, time: u64, content: &str) -> Vec<u8> {
    [b"slt1", &position.to_be_bytes()[..], &time.to_be_bytes(), content.as_bytes()].concat()
}

fn keys(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("citas:{name}_{}:{number}", std::process::id())).collect()
}

async fn put(cache: &SlotCache, key: &str, bytes: Vec<u8>) {
    cache.put(vec![(key.to_owned(), bytes)]).await;
}

async fn got(cache: &SlotCache, key: &str) -> Option<Vec<u8>> {
    cache.get(&[key.to_owned()]).await.remove(0)
}

async fn an_older_entry_never_replaces_a_newer_one(cache: &SlotCache) {
    let key = &keys("older", 1)[0];
    let large = u64::from(u32::MAX) << 21;
    for (position, time) in [(5, 9), (6, 1), (6, 2), (1 << 33, 0), (large, 0), (large + 1, 0), (u64::MAX, 7)]
    {
        let kept = entry(position, time, "kept");
        put(cache, key, kept.clone()).await;
        assert_eq!(got(cache, key).await.as_ref(), Some(&kept), "{position} {time}");
        for older in [(position - 1, u64::MAX), (position, time.saturating_sub(1)), (0, 0)] {
            if older < (position, time) {
                put(cache, key, entry(older.0, older.1, "older, and longer than what is kept")).await;
                assert_eq!(got(cache, key).await.as_ref(), Some(&kept), "{older:?} after {position} {time}");
            }
        }
        let again = entry(position, time, "of the same position, again");
        put(cache, key, again.clone()).await;
        assert_eq!(got(cache, key).await, Some(again));
    }
}

async fn many_are_put_and_got_at_once_each_by_its_own_order(cache: &SlotCache) {
    let keys = keys("many", 1_000);
    let all = |position: &dyn Fn(u64) -> u64| {
        let entries =
            keys.iter().zip(0..).map(|(key, number)| (key.clone(), entry(position(number), 0, key)));
        entries.collect::<Vec<_>>()
    };
    cache.put(all(&|number| 500 + number % 2)).await;
    // Every second one is older.
    cache.put(all(&|number| 499 + 2 * (number % 2))).await;
    let got = cache.get(&keys).await;
    assert_eq!(got.len(), keys.len());
    for ((number, key), got) in (0..).zip(&keys).zip(got) {
        assert_eq!(got, Some(entry(500 + number % 2, 0, key)), "{number}");
    }
    let unheard_of = "citas:unheard-of".to_owned();
    let some = cache.get(&[keys[7].clone(), unheard_of, keys[5].clone()]).await;
    assert_eq!(some.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(cache.get(&[]).await, Vec::<Option<Vec<u8>>>::new());
    cache.put(Vec::new()).await;
}

async fn what_is_no_entry_is_replaced(cache: &SlotCache) {
    let key = &keys("no_entry", 1)[0];
    for noise in [&b""[..], b"slt1", b"slt", &[255; 100], b"slt1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
    {
        put(cache, key, noise.to_vec()).await;
        let kept = entry(0, 0, "kept");
        put(cache, key, kept.clone()).await;
        assert_eq!(got(cache, key).await, Some(kept.clone()));
        put(cache, key, kept).await;
        put(cache, key, noise.to_vec()).await;
        assert_eq!(got(cache, key).await, Some(entry(0, 0, "kept")), "{noise:?}");
        put(cache, &format!("{key}:other"), noise.to_vec()).await;
    }
}

/// What every cache must do.
async fn keeps(cache: SlotCache) {
    an_older_entry_never_replaces_a_newer_one(&cache).await;
    many_are_put_and_got_at_once_each_by_its_own_order(&cache).await;
    what_is_no_entry_is_replaced(&cache).await;
    assert_eq!(cache.usage().errors, 0);
}

#[tokio::test]
async fn memory_keeps() {
    keeps(memory()).await;
}

#[tokio::test]
async fn redis_keeps() {
    keeps(redis()).await;
}

#[tokio::test]
async fn no_cache_keeps_nothing() {
    let cache = SlotCache::None;
    put(&cache, "citas:none", entry(1, 1, "")).await;
    assert_eq!(got(&cache, "citas:none").await, None);
}

#[tokio::test]
async fn memory_keeps_no_more_than_it_should() {
    let cache = SlotCache::Memory(MemorySlotCache::new(NonZeroUsize::new(2).unwrap()));
    for key in ["a", "b"] {
        put(&cache, key, entry(1, 0, key)).await;
    }
    assert!(got(&cache, "a").await.is_some());
    put(&cache, "c", entry(1, 0, "c")).await;
    let kept = cache.get(&["a", "b", "c"].map(str::to_owned)).await;
    assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true], "those used last");
}

#[tokio::test]
async fn redis_keeps_for_a_day_and_takes_the_place_of_what_is_not_its_own() {
    let (cache, mut raw) = (redis(), raw_redis().await);
    let key = &keys("day", 1)[0];
    let () = raw.lpush(key, "a list").await.unwrap();
    assert_eq!(got(&cache, key).await, None);
    put(&cache, key, entry(1, 1, "kept")).await;
    assert_eq!(got(&cache, key).await, Some(entry(1, 1, "kept")));
    let seconds: i64 = raw.ttl(key).await.unwrap();
    assert!((80_000..=86_400).contains(&seconds), "{seconds}");
    assert_eq!(cache.usage().errors, 0);
}
