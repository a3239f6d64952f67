//! The same events in memory and in Postgres: every query has the same answer.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use read_model::{PostgresReadModel, ProjectedEvent, ReadModel};
use schemas::{AgentEvent, BulkMoveEvent, LeadEvent};

use crate::history::{History, tries};
use crate::same_answers::assert_same_answers;
use crate::support;

/// A batch of the log: how many events, whether as many before them are sent again, and whether a restart follows.
type Cut = (usize, bool, bool);

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    proptest::collection::vec((1..40_usize, any::<bool>(), any::<bool>()), 1..8)
}

/// Applies the log in batches, cycling through the cuts.
async fn project(
    settings: &read_model::postgres::PostgresSettings,
    events: &[ProjectedEvent],
    cuts: &[Cut],
) -> PostgresReadModel {
    let mut postgres = PostgresReadModel::new(settings.clone());
    let (mut from, mut cuts) = (0, cuts.iter().cycle());
    while from < events.len() {
        let (count, again, restart) = *cuts.next().unwrap();
        let to = (from + count).min(events.len());
        let from_here = if again { from.saturating_sub(count) } else { from };
        postgres.apply(&events[from_here..to], &[]).await.unwrap();
        assert_eq!(postgres.position().await.unwrap(), events[to - 1].position);
        if restart {
            postgres.close().await;
            postgres = PostgresReadModel::new(settings.clone());
        }
        from = to;
    }
    postgres
}

#[test]
fn any_history_gives_the_same_answers_as_in_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let settings = support::settings("oracle");
    let config = Config { cases: 48, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    // The same histories in every run, so that their contents are known.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let happened = RefCell::new(BTreeSet::new());
    TestRunner::new_with_rng(config, rng)
        .run(&(tries(), cuts(), prop_oneof![Just(0), 0..2_000_i64]), |(tries, cuts, minutes)| {
            let history = History::of(&tries);
            happened.borrow_mut().extend(history.log.events.iter().map(|event| event.event.event_type()));
            runtime.block_on(async {
                let fresh = PostgresReadModel::new(settings.clone());
                fresh.reset().await.unwrap();
                fresh.close().await;
                let postgres = project(&settings, &history.log.events, &cuts).await;
                assert_eq!(postgres.parked().await, Ok(Vec::new()));
                let (memory, postgres) =
                    (ReadModel::from(history.log.memory.clone()), ReadModel::from(postgres));
                let now = history.now + TimeDelta::minutes(minutes);
                let found = assert_same_answers(&memory, &postgres, now).await;
                assert!(found > 60, "only {found} queries found something");
                // Both advance past events of no stream of Citas.
                let end = memory.position().await.unwrap() + 1_000;
                memory.advance(end, &[]).await.unwrap();
                postgres.advance(end, &[]).await.unwrap();
                assert_eq!(memory.office().await, postgres.office().await);
                let ReadModel::Postgres(postgres) = postgres else { unreachable!() };
                postgres.close().await;
            });
            Ok(())
        })
        .unwrap();
    let of_office = ["OfficeBlocked", "OfficePolicySet", "OfficeRuleAdded"].map(|name| (name, 1));
    let of_moves = BulkMoveEvent::TYPES.iter().filter(|(name, _)| *name != "CommandHadNoEffect");
    let all: Vec<_> = AgentEvent::TYPES
        .iter()
        .chain(&of_office)
        .chain(of_moves)
        .chain(LeadEvent::TYPES)
        .map(|(name, _)| *name)
        .collect();
    let missing: Vec<_> = all.iter().filter(|name| !happened.borrow().contains(*name)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
