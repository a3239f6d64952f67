//! Slots with a cache: always the same answers as without.

mod exactness;
mod faults;
mod hand_over;
mod histories;
mod keeping;
mod server;
mod together;

use chrono::{DateTime, Utc};
use read_model::postgres::{
    MemorySlotCache, PostgresSettings, RedisSettings, RedisSlotCache, SlotCache, SlotCacheUsage,
};
use read_model::{Event, PostgresReadModel, ReadModel};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use schemas::AgentEvent;

use crate::history::History;
use crate::same_answers::assert_same_slots;
use crate::support::{self, Log, TIMEOUT, begin};

fn redis_url() -> String {
    std::env::var("CITAS_TEST_REDIS").expect("run the tests as scripts/services run cargo test --workspace")
}

/// A cache in Redis, with a timeout for busy machines.
fn redis() -> SlotCache {
    redis_at(&redis_url())
}

fn redis_at(url: &str) -> SlotCache {
    SlotCache::Redis(RedisSlotCache::new(RedisSettings::try_new(url).unwrap().with_timeout(TIMEOUT)))
}

fn memory() -> SlotCache {
    SlotCache::Memory(MemorySlotCache::default())
}

async fn raw_redis() -> MultiplexedConnection {
    redis::Client::open(redis_url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// An office with three agents in tables of its own, and in memory for the expected answers.
struct Office {
    log: Log,
    settings: PostgresSettings,
    applied: usize,
    writer: PostgresReadModel,
}

impl Office {
    async fn new(name: &str) -> Self {
        let settings = support::settings(name);
        let writer = PostgresReadModel::new(settings.clone());
        writer.migrate().await.unwrap();
        let mut office = Self { log: History::new().log, settings, applied: 0, writer };
        office.project().await;
        office
    }

    async fn project(&mut self) {
        self.writer.apply(&self.log.events[self.applied..], &[]).await.unwrap();
        self.applied = self.log.events.len();
    }

    async fn tell(&mut self, agent_id: &str, event: impl Into<AgentEvent>) {
        let event = Event::Agent(agent_id.parse().unwrap(), event.into());
        self.log.append(event, begin());
        self.project().await;
    }

    fn with(&self, cache: &SlotCache) -> ReadModel {
        PostgresReadModel::new(self.settings.clone()).with_slot_cache(cache.clone()).into()
    }

    /// Compares every slot search at this instant. Returns how the cache was used.
    async fn same_with(&self, asked: &ReadModel, cache: &SlotCache, now: DateTime<Utc>) -> SlotCacheUsage {
        let before = cache.usage();
        let memory = ReadModel::from(self.log.memory.clone());
        let found = assert_same_slots(&memory, asked, now, |_| true).await;
        assert!(found > 8, "only {found} queries found something");
        let after = cache.usage();
        SlotCacheUsage {
            hits: after.hits - before.hits,
            misses: after.misses - before.misses,
            computed: after.computed - before.computed,
            errors: after.errors - before.errors,
        }
    }

    /// The entries in Redis under the schema of these tables.
    async fn kept(&self, redis: &mut MultiplexedConnection) -> Vec<(String, Vec<u8>)> {
        let schema = self.schema();
        let mut keys: Vec<String> = redis.keys(format!("citas:{schema}:*")).await.unwrap();
        keys.sort_unstable();
        let mut kept = Vec::new();
        for key in keys {
            let bytes = redis.get(&key).await.unwrap();
            kept.push((key, bytes));
        }
        kept
    }

    fn schema(&self) -> String {
        let told = format!("{:?}", self.settings);
        told.split('"').nth(1).unwrap().to_owned()
    }
}
