//! Random histories of the real decisions, with slot searches on the way: the read model in memory and both caches give
//! the same answers.

use std::cell::Cell;

use chrono::TimeDelta;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use read_model::{MemoryReadModel, PostgresReadModel, ReadModel};

use super::{memory, redis};
use crate::history::{History, tries};
use crate::same_answers::{WIDE, assert_same_days, assert_same_slots};
use crate::support;

#[test]
fn any_history_is_answered_alike_whatever_is_kept_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let settings = support::settings("kept");
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (hits, misses) = (Cell::new(0), Cell::new(0));
    let cuts = proptest::collection::vec((1..9_usize, 0..3_i64), 1..8);
    TestRunner::new_with_rng(config, rng)
        .run(&(tries(), cuts), |(tries, cuts)| {
            let history = History::of(&tries);
            runtime.block_on(async {
                let writer = PostgresReadModel::new(settings.clone());
                writer.reset().await.unwrap();
                // They see changes only through queries.
                let caches = [memory(), redis()];
                let asked: Vec<ReadModel> = caches
                    .iter()
                    .map(|cache| {
                        PostgresReadModel::new(settings.clone()).with_slot_cache(cache.clone()).into()
                    })
                    .collect();
                let known = MemoryReadModel::new();
                let (mut from, mut turn) = (0, 0);
                for (count, minutes) in cuts.iter().cycle() {
                    let events = &history.log.events[from..(from + count).min(history.log.events.len())];
                    let Some(last) = events.last() else { break };
                    from += events.len();
                    writer.apply(events, &[]).await.unwrap();
                    known.apply(events.to_vec()).unwrap();
                    let now = last.metadata.recorded_at + TimeDelta::minutes(*minutes);
                    for asked in &asked {
                        // All searches in the end; on the way there the wide ones within the cached days, and the
                        // others in turn.
                        let is_last = from == history.log.events.len();
                        let is_asked =
                            |number: usize| is_last || WIDE.contains(&number) || number % 9 == turn % 9;
                        let known = known.clone().into();
                        assert_same_slots(&known, asked, now, is_asked).await;
                        assert_same_days(&known, asked, now).await;
                    }
                    turn += 1;
                }
                for cache in caches {
                    hits.set(hits.get() + cache.usage().hits);
                    misses.set(misses.get() + cache.usage().misses);
                    assert_eq!(cache.usage().errors, 0);
                }
                for asked in asked {
                    let ReadModel::Postgres(postgres) = asked else { unreachable!() };
                    postgres.close().await;
                }
                writer.close().await;
            });
            Ok(())
        })
        .unwrap();
    // Both happen often, or the test has proved nothing.
    assert!(hits.get() > 1_000 && misses.get() > 300, "{} hits, {} misses", hits.get(), misses.get());
}
