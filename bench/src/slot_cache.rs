//! Measures slot searches over many agents in Postgres, with the slot cache in Redis, in memory, and without one.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use read_model::postgres::{MemorySlotCache, PostgresSettings, RedisSettings, RedisSlotCache, SlotCache};
use read_model::{Answer, Limit, PostgresReadModel, ReadModel, SlotSearch, SlotsAnswer};

use crate::measure::tables::Tables;
use crate::statistics::Series;
use crate::{Plan, table, tell};

const DAYS: u64 = 14;
const LIMIT: u16 = 20;

/// Long enough that no call times out: a slow Redis shows in the figures.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many bookings, each with another agent, precede a search.
const CHANGED: [usize; 2] = [1, 20];

pub(crate) fn run(plan: &Plan, agents: usize) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(plan, agents))
}

async fn measure(plan: &Plan, agents: usize) -> Result<()> {
    let postgres = variable("CITAS_TEST_POSTGRES")?;
    let redis = RedisSettings::try_new(&variable("CITAS_TEST_REDIS")?)?.with_timeout(TIMEOUT);
    let schema = format!("bench_{}", std::process::id());
    let settings = PostgresSettings::try_new(&postgres, &schema)?;
    let writer = PostgresReadModel::new(settings.clone());
    let memory = MemorySlotCache::new(NonZeroUsize::new(2 * agents).context("there are agents")?);
    let caches = [
        ("none", SlotCache::None),
        ("memory", SlotCache::Memory(memory)),
        ("Redis", SlotCache::Redis(RedisSlotCache::new(redis))),
    ];
    let mut askers = caches.map(|(name, cache)| Asker::new(name, &settings, cache));
    let mut tables = Tables::fill(&writer, agents, DAYS).await?;
    let limit = Limit::try_new(LIMIT).context("a page has 1 to 200 slots")?;
    let question = tables.question(limit, DAYS);
    for repeat in 0..plan.repeats {
        let mut answers = Vec::new();
        for asker in &mut askers {
            asker.round(plan, &question, &mut tables, &writer).await?;
            answers.push(asker.ask(&question, tables.now).await?.value);
        }
        ensure!(answers.iter().all(|answer| *answer == answers[0]), "the answers differ");
        ensure!(answers[0].slots.items.len() == usize::from(LIMIT), "too few slots are free");
        tell(&format!("round {} of {}: Redis {:.1} ms", repeat + 1, plan.repeats, askers[2].warm));
    }
    print(&askers, agents)?;
    writer.close().await;
    Ok(())
}

/// Searches with one cache, and their durations.
struct Asker {
    name: &'static str,
    cache: SlotCache,
    read_model: ReadModel,
    warm: Series,
    cold: Series,
    changed: [Series; CHANGED.len()],
}

impl Asker {
    fn new(name: &'static str, settings: &PostgresSettings, cache: SlotCache) -> Self {
        let read_model = PostgresReadModel::new(settings.clone()).with_slot_cache(cache.clone()).into();
        let [warm, cold] = [(); 2].map(|()| Series::default());
        Self { name, cache, read_model, warm, cold, changed: Default::default() }
    }

    async fn ask(&self, question: &SlotSearch, now: DateTime<Utc>) -> Result<Answer<SlotsAnswer>> {
        self.read_model.slots(question, now).await.context("the slot search failed")
    }

    async fn milliseconds(&self, question: &SlotSearch, now: DateTime<Utc>) -> Result<f64> {
        let started = Instant::now();
        self.ask(question, now).await?;
        Ok(started.elapsed().as_secs_f64() * 1_000.0)
    }

    async fn round(
        &mut self,
        plan: &Plan,
        question: &SlotSearch,
        tables: &mut Tables,
        writer: &PostgresReadModel,
    ) -> Result<()> {
        // An event of the office invalidates all entries of the cache.
        writer.apply(&[tables.office_event()], &[]).await?;
        let before = self.cache.usage();
        self.cold.push(self.milliseconds(question, tables.now).await?);
        let after = self.cache.usage();
        ensure!(after.hits == before.hits && after.errors == before.errors, "not cold: {after:?}");
        let mut single = Series::default();
        let until = Instant::now() + plan.duration();
        while Instant::now() < until {
            single.push(self.milliseconds(question, tables.now).await?);
        }
        self.warm.push(single.median());
        let now = self.cache.usage();
        ensure!(now.misses == after.misses && now.errors == after.errors, "not warm: {now:?}");
        for (at, count) in CHANGED.into_iter().enumerate() {
            let mut single = Series::default();
            for _ in 0..20 {
                writer.apply(&tables.bookings(count)?, &[]).await?;
                single.push(self.milliseconds(question, tables.now).await?);
            }
            self.changed[at].push(single.median());
        }
        Ok(())
    }
}

fn print(askers: &[Asker; 3], agents: usize) -> Result<()> {
    let none = &askers[0];
    let rows: Vec<_> = askers
        .iter()
        .map(|asker| {
            let [one, some] = &asker.changed;
            vec![
                asker.name.to_owned(),
                format!("{:.1}", asker.warm),
                format!("{one:.1}"),
                format!("{some:.1}"),
                format!("{:.0}", asker.cold),
                format!("{:.1}", none.warm.over(&asker.warm)),
            ]
        })
        .collect();
    let heads = [
        "slot cache",
        "one search, ms",
        "after a booking, ms",
        "after bookings with 20 agents, ms",
        "cold cache, ms",
        "none ÷ this",
    ];
    table::print(&heads, &rows)?;
    table::line(&format!(
        "\nThe first {LIMIT} slots of {agents} agents within {DAYS} days, two hours in three taken. \
         Median (least–greatest) of the rounds' medians."
    ))?;
    Ok(())
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| {
        format!("{name} is not set: run it as scripts/services run target/release/bench slot-cache")
    })
}
