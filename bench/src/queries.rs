//! Measures slot searches over many agents by HTTP, with the slot cache in Redis, in memory, and without one: at rest,
//! and while bookings are made.
//!
//! Serves the routes of query-api in this process, because the shipped query-api always has a slot cache.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::{Context as _, Result};
use chrono::SecondsFormat;
use http_edge::{Authentication, mount};
use operation::{Clock, SlotRefs};
use query_api::QueryApi;
use read_model::PostgresReadModel;
use read_model::postgres::{MemorySlotCache, PostgresSettings, RedisSettings, RedisSlotCache, SlotCache};
use tokio::task::JoinSet;

use crate::http::{Session, Target};
use crate::measure::slot_load::{self, Asked, CONNECTIONS};
use crate::measure::tables::Tables;
use crate::statistics::Series;
use crate::{Plan, table, tell};

const DAYS: u64 = 14;
const LIMIT: u16 = 20;
const TOKEN: &str = "a-token-for-measuring-only";

/// A Redis that nobody serves.
const NOBODY: &str = "redis://127.0.0.1:1";

/// How long to wait until a query API sees the tables.
const FOR_THE_TABLES: Duration = Duration::from_secs(10);

/// The time from one booking to the next, while bookings are made.
const BOOKED_EVERY: Duration = Duration::from_millis(50);

pub(crate) fn run(plan: &Plan, postgres: &str, redis: &str, agents: usize) -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(plan, postgres, redis, agents))
}

async fn measure(plan: &Plan, postgres: &str, redis: &str, agents: usize) -> Result<()> {
    let schema = format!("bench_{}", std::process::id());
    let settings = PostgresSettings::try_new(postgres, &schema)?;
    let writer = PostgresReadModel::new(settings.clone());
    let mut tables = Tables::fill(&writer, agents, DAYS).await?;
    writer.catch_up().await?;
    let size = NonZeroUsize::new(2 * agents).context("there are agents")?;
    let memory = || MemorySlotCache::new(size);
    let redis = RedisSlotCache::new(RedisSettings::try_new(redis)?);
    let away = RedisSlotCache::new(RedisSettings::try_new(NOBODY)?);
    let caches = [
        ("none", SlotCache::None),
        ("memory", SlotCache::Memory(memory())),
        ("Redis", SlotCache::Redis(redis.clone())),
        ("memory and Redis", SlotCache::MemoryAndRedis(memory(), redis)),
        ("memory and a Redis that is away", SlotCache::MemoryAndRedis(memory(), away)),
    ];
    let mut served = Vec::new();
    for (number, (name, cache)) in caches.into_iter().enumerate() {
        let clock = Clock::fixed(tables.now);
        served.push(Served::start(number, name, &settings, cache, &writer, clock).await?);
    }
    let path = path(&tables);
    for repeat in 0..plan.repeats {
        served.rotate_left(1);
        for one in &mut served {
            let [quiet, busy] = one.round(plan, &path, &mut tables, &writer).await?;
            let (round, name) = (repeat + 1, one.name);
            tell(&format!("round {round} of {}: {name} {quiet:.0}/s, {busy:.0}/s", plan.repeats));
        }
    }
    print(&mut served, agents)?;
    let mut longest = [Series::default(), Series::default()];
    for _ in 0..plan.repeats {
        for (cache, longest) in [SlotCache::None, SlotCache::Memory(memory())].into_iter().zip(&mut longest) {
            let clock = Clock::fixed(tables.now);
            let one = Served::start(0, "empty", &settings, cache, &writer, clock).await?;
            longest.push(longest_at_once(&one.target, &path).await?);
        }
    }
    let [without, with] = longest;
    table::line(&format!(
        "\nThe longest of {CONNECTIONS} such searches at once, with nothing computed yet: {with:.0} ms, and without a \
         cache {without:.0} ms."
    ))?;
    writer.close().await;
    Ok(())
}

fn path(tables: &Tables) -> String {
    let instant = |days| {
        let instant = tables.now + chrono::Days::new(days);
        instant.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    let kind = tables.kind();
    format!("/v1/slots?appointment_type={kind}&from={}&to={}&limit={LIMIT}", instant(0), instant(DAYS))
}

/// A query API with one cache, and its measured rates.
struct Served {
    /// Its row in the table.
    number: usize,
    name: &'static str,
    target: Target,
    quiet: Series,
    busy: Series,
}

impl Served {
    async fn start(
        number: usize,
        name: &'static str,
        settings: &PostgresSettings,
        cache: SlotCache,
        writer: &PostgresReadModel,
        clock: Clock,
    ) -> Result<Self> {
        let read_model = PostgresReadModel::new(settings.clone()).with_slot_cache(cache);
        read_model.wait_for(writer.position().await?, FOR_THE_TABLES).await?;
        let api = Data::new(QueryApi::new(read_model, SlotRefs::new(TOKEN.as_bytes()), clock));
        let authentication = Data::new(Authentication::admin_token(TOKEN));
        let server = HttpServer::new(move || {
            let app = App::new().app_data(api.clone()).app_data(authentication.clone());
            app.configure(mount(&[query_api::configure]))
        })
        .disable_signals()
        .bind(("127.0.0.1", 0))?;
        let address = *server.addrs().first().context("a bound server has an address")?;
        tokio::spawn(server.run());
        let [quiet, busy] = [(); 2].map(|()| Series::default());
        Ok(Self { number, name, target: Target { address, token: TOKEN.to_owned() }, quiet, busy })
    }

    /// The rates at rest, and while bookings are made.
    async fn round(
        &mut self,
        plan: &Plan,
        path: &str,
        tables: &mut Tables,
        writer: &PostgresReadModel,
    ) -> Result<[f64; 2]> {
        // Fills the cache first: otherwise all clients would compute its entries at once.
        Session::open(&self.target).await?.get(path).await?.expect(200)?;
        let asked = || slot_load::rate(&self.target, path, Asked::Apart, plan.duration());
        let quiet = asked().await?;
        let busy = tokio::select! {
            busy = asked() => busy?,
            Err(error) = book(tables, writer) => return Err(error),
        };
        self.quiet.push(quiet);
        self.busy.push(busy);
        Ok([quiet, busy])
    }
}

/// The longest answer of as many as there are connections, all asked at once, in milliseconds.
async fn longest_at_once(target: &Target, path: &str) -> Result<f64> {
    let mut asked = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (target, path) = (target.clone(), path.to_owned());
        asked.spawn(async move {
            let began = Instant::now();
            Session::open(&target).await?.get(&path).await?.expect(200)?;
            anyhow::Ok(began.elapsed().as_secs_f64() * 1_000.0)
        });
    }
    let mut longest: f64 = 0.0;
    while let Some(took) = asked.join_next().await {
        longest = longest.max(took??);
    }
    Ok(longest)
}

/// Books with one agent after the other until it is dropped.
async fn book(tables: &mut Tables, writer: &PostgresReadModel) -> Result<()> {
    let mut ticks = tokio::time::interval(BOOKED_EVERY);
    loop {
        ticks.tick().await;
        writer.apply(&tables.bookings(1)?, &[]).await?;
    }
}

fn print(served: &mut [Served], agents: usize) -> Result<()> {
    served.sort_by_key(|one| one.number);
    let none = &served[0];
    let rows: Vec<_> = served
        .iter()
        .map(|one| {
            vec![
                one.name.to_owned(),
                format!("{:.0}", one.quiet),
                format!("{:.0}", one.busy),
                format!("{:.1}", one.quiet.over(&none.quiet)),
                format!("{:.1}", one.busy.over(&none.busy)),
            ]
        })
        .collect();
    let heads = [
        "slot cache",
        "searches/s",
        "searches/s, 20 bookings/s",
        "this ÷ none",
        "this ÷ none, 20 bookings/s",
    ];
    table::print(&heads, &rows)?;
    table::line(&format!(
        "\nThe first {LIMIT} slots of {agents} agents within {DAYS} days, {CONNECTIONS} connections, all queries \
         different. Median (least–greatest)."
    ))?;
    Ok(())
}
