//! The cache as query-api has it: its own memory first, then Redis; and one computation for all who ask at once.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use read_model::postgres::{MemorySlotCache, RedisSettings, RedisSlotCache, SlotCache, SlotCacheUsage};
use read_model::{PostgresReadModel, ReadModel};
use schemas::BlockId;
use schemas::event::TimeBlocked;
use uuid::Uuid;

use super::server::Server;
use super::{Office, memory};
use crate::history::AGENTS;
use crate::same_answers::visits;
use crate::support::{TIMEOUT, begin};

/// How many queries are asked at once.
const ASKING: u32 = 8;

/// A process's cache in front of this server.
fn in_front_of(server: &Server) -> SlotCache {
    let settings = RedisSettings::try_new(&server.url()).unwrap().with_timeout(TIMEOUT);
    let redis = RedisSlotCache::new(settings.with_retry_delay(Duration::from_hours(1)));
    SlotCache::MemoryAndRedis(MemorySlotCache::default(), redis)
}

/// What asking everything once adds to the usage.
async fn used(office: &Office, asked: &ReadModel, cache: &SlotCache) -> SlotCacheUsage {
    office.same_with(asked, cache, begin()).await
}

#[tokio::test]
async fn what_one_process_computed_another_takes_from_redis_once() {
    let office = Office::new("tiers").await;
    let server = Server::start().await;
    let caches = [in_front_of(&server), in_front_of(&server)];
    let asked = caches.each_ref().map(|cache| office.with(cache));
    assert!(used(&office, &asked[0], &caches[0]).await.computed > 0);
    let first = used(&office, &asked[1], &caches[1]).await;
    assert_eq!((first.computed, first.misses), (0, 0), "all of it is in Redis: {first:?}");
    server.kill();
    let second = used(&office, &asked[1], &caches[1]).await;
    assert_eq!((second.computed, second.errors), (0, 0), "Redis is not asked again: {second:?}");
}

#[tokio::test]
async fn a_redis_that_is_emptied_or_away_costs_only_what_has_changed_since() {
    let mut office = Office::new("emptied").await;
    let server = Server::start().await;
    let cache = in_front_of(&server);
    let asked = office.with(&cache);
    used(&office, &asked, &cache).await;
    let client = redis::Client::open(server.url()).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL").exec_async(&mut raw).await.unwrap();
    let emptied = used(&office, &asked, &cache).await;
    assert_eq!((emptied.computed, emptied.misses), (0, 0), "{emptied:?}");

    server.kill();
    let id = BlockId::new(Uuid::from_u128(901));
    let block = fixtures::block(id, fixtures::ZONE, begin(), begin() + TimeDelta::hours(1));
    office.tell(AGENTS[0], TimeBlocked { block }).await;
    let away = used(&office, &asked, &cache).await;
    // Of one agent, for each of the two types.
    assert_eq!(away.computed, 2, "{away:?}");
    assert!((1..=3).contains(&away.errors), "{away:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_miss_at_once_is_computed_once() {
    let office = Office::new("at_once").await;
    let cache = memory();
    let settings = office.settings.clone().with_max_connections(ASKING);
    let asked = ReadModel::from(PostgresReadModel::new(settings).with_slot_cache(cache.clone()));
    let question = visits(begin());
    for answer in join_all((0..ASKING).map(|_| asked.slots(&question, begin()))).await {
        assert!(!answer.unwrap().value.slots.items.is_empty());
    }
    let usage = cache.usage();
    assert_eq!(usage.computed, u64::try_from(AGENTS.len()).unwrap(), "{usage:?}");
}
