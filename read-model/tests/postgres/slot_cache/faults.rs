//! A Redis that is missing, silent, killed or not to be written: the same answers, and no error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use read_model::ReadModel;
use read_model::postgres::{RedisSettings, RedisSlotCache, SlotCache};
use tokio::net::TcpListener;
use tracing::{Level, Metadata, Subscriber, span};

use super::Office;
use super::server::Server;
use crate::same_answers::assert_same_slots;
use crate::support::{TIMEOUT, begin};

const LONG: Duration = Duration::from_hours(1);

fn cache(url: &str, timeout_after: Duration, pause: Duration) -> SlotCache {
    let settings = RedisSettings::try_new(url).unwrap().with_timeout(timeout_after).with_retry_delay(pause);
    SlotCache::Redis(RedisSlotCache::new(settings))
}

/// Fails a test in which queries wait for Redis.
async fn answered<T>(asked: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, asked).await.expect("no query waits for Redis")
}

/// Queries until the cache is used again.
async fn until_it_helps(office: &Office, asked: &ReadModel, cache: &SlotCache) {
    let helps = async { while office.same_with(asked, cache, begin()).await.hits == 0 {} };
    tokio::time::timeout(TIMEOUT, helps).await.expect("Redis is used again");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_soon_left_alone() {
    let office = Office::new("dead").await;
    // Nothing listens on port 1.
    let cache = cache("redis://127.0.0.1:1", TIMEOUT, LONG);
    let asked = office.with(&cache);
    for _ in 0..2 {
        let used = office.same_with(&asked, &cache, begin()).await;
        assert_eq!(used.hits, 0);
    }
    assert_eq!(cache.usage().errors, 3, "after three failures Redis is not tried");
}

#[tokio::test]
async fn a_redis_that_never_answers_is_not_waited_for() {
    let office = Office::new("silent").await;
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(silent.accept().await.unwrap());
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let cache = cache(&url, Duration::from_millis(20), LONG);
    let asked = office.with(&cache);
    for _ in 0..2 {
        assert_eq!(answered(office.same_with(&asked, &cache, begin())).await.hits, 0);
    }
    assert!((1..=3).contains(&cache.usage().errors), "{:?}", cache.usage());
    assert!((1..=3).contains(&accepted.load(Ordering::Relaxed)));
}

#[tokio::test]
async fn a_redis_that_stops_answering_is_used_again_when_it_does() {
    let office = Office::new("frozen").await;
    let server = Server::start().await;
    let cache = cache(&server.url(), Duration::from_millis(200), Duration::from_millis(50));
    let asked = office.with(&cache);
    until_it_helps(&office, &asked, &cache).await;
    server.freeze();
    let frozen = answered(office.same_with(&asked, &cache, begin())).await;
    assert!(frozen.hits == 0 && frozen.errors > 0, "{frozen:?}");
    server.thaw();
    until_it_helps(&office, &asked, &cache).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_under_load_changes_no_answer() {
    const CLIENTS: usize = 6;
    let office = Arc::new(Office::new("killed").await);
    let server = Server::start().await;
    let cache = cache(&server.url(), TIMEOUT, Duration::from_millis(50));
    let asked = office.with(&cache);
    until_it_helps(&office, &asked, &cache).await;
    let rounds = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (office, asked, rounds) = (Arc::clone(&office), asked.clone(), Arc::clone(&rounds));
            let stopped = stopped.clone();
            tokio::spawn(async move {
                let memory = ReadModel::from(office.log.memory.clone());
                for round in 0.. {
                    // A wrong answer or an error ends the client, and so fails the test.
                    assert_same_slots(&memory, &asked, begin(), |number| {
                        number % CLIENTS == (client + round) % CLIENTS
                    })
                    .await;
                    rounds.fetch_add(1, Ordering::Relaxed);
                    if *stopped.borrow() {
                        return;
                    }
                }
            })
        })
        .collect();
    let some_more = async || {
        let before = rounds.load(Ordering::Relaxed);
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let reached = async {
            while rounds.load(Ordering::Relaxed) < before + 3 * CLIENTS {
                ticks.tick().await;
            }
        };
        tokio::time::timeout(TIMEOUT, reached).await.expect("clients are answered");
    };
    some_more().await;
    let port = server.kill();
    some_more().await;
    assert!(cache.usage().errors > 0, "it was noticed: {:?}", cache.usage());
    let before = cache.usage();
    let server = Server::start_on(port).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let helps = async {
        while cache.usage().hits == before.hits {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, helps).await.expect("the next one is used");
    some_more().await;
    stop.send_replace(true);
    for client in clients {
        client.await.unwrap();
    }
    server.kill();
}

/// Counts the warnings of this crate on this thread.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("read_model")
    }
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// It answers reads all the same, which must not hide that nothing new is kept.
#[tokio::test]
async fn a_redis_that_refuses_writes_is_left_alone_at_once_and_told_once() {
    const FULL: [&[&str]; 2] = [&["CONFIG", "SET", "maxmemory", "1"], &["CONFIG", "SET", "maxmemory", "0"]];
    const REPLICA: [&[&str]; 2] = [&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]];
    for (name, [refuse, allow]) in [("full", FULL), ("replica", REPLICA)] {
        let office = Office::new(name).await;
        let server = Server::start().await;
        let pause = Duration::from_millis(50);
        let caches = [LONG, pause].map(|pause| cache(&server.url(), TIMEOUT, pause));
        let [left_alone, tried_again] = caches.each_ref().map(|cache| office.with(cache));
        until_it_helps(&office, &tried_again, &caches[1]).await;
        server.command(&["FLUSHALL"]).await;
        server.command(refuse).await;
        let warnings = Warnings::default();
        let counting = tracing::subscriber::set_default(warnings.clone());
        for _ in 0..3 {
            assert_eq!(office.same_with(&left_alone, &caches[0], begin()).await.hits, 0);
        }
        assert_eq!(caches[0].usage().errors, 1, "{name}: after the first refusal Redis is not tried");
        assert_eq!(warnings.0.load(Ordering::Relaxed), 1, "{name}");
        // Nor do the trials that follow warn again.
        let refusals = async {
            while caches[1].usage().errors < 4 {
                office.same_with(&tried_again, &caches[1], begin()).await;
            }
        };
        tokio::time::timeout(TIMEOUT, refusals).await.expect("it is tried again");
        assert_eq!(warnings.0.load(Ordering::Relaxed), 2, "{name}: one for each process");
        drop(counting);
        server.command(allow).await;
        until_it_helps(&office, &tried_again, &caches[1]).await;
    }
}
