//! Serves every query of `/v1` from the read model in Postgres, as one of as many processes as are needed.
//!
//! It has no logic of its own: it wires the parts together and reports their health.

use std::net::SocketAddr;
use std::process::ExitCode;

use actix_web::web::Data;
use anyhow::{Context as _, Result};
use clap::Parser;
use operation::{Clock, ClockWatch, SlotRefs};
use query_api::QueryApi;
use read_model::postgres::{
    InvalidRedis, MemorySlotCache, PostgresSettings, RedisSettings, RedisSlotCache, SlotCache,
};
use read_model::{PostgresReadModel, QueryBudget};
use service::{Listen, ListenSettings, Metrics, Probes, ReadinessCheck, Secret, serve, settings};

/// Serves every query of /v1 from the read model in Postgres, which the projector fills.
#[derive(Debug, Parser)]
#[command(name = "query-api", version)]
struct Settings {
    /// The database, such as `postgres://user:password@host:5432/citas?sslmode=require`
    #[arg(long, env = "CITAS_POSTGRES", hide_env_values = true, value_name = "URL")]
    postgres: Secret,
    /// The schema that the tables are in.
    #[arg(long, env = "CITAS_POSTGRES_SCHEMA", default_value = "citas", value_name = "NAME")]
    postgres_schema: String,
    /// How many connections to the database queries share.
    #[arg(long, env = "CITAS_POSTGRES_CONNECTIONS", default_value_t = PostgresSettings::MAX_CONNECTIONS, value_name = "NUMBER")]
    postgres_connections: u32,
    /// Redis, the cache of free time for all processes, such as `redis://user:password@host:6379/0`, or `rediss://…`
    /// for TLS. Without it each process has a cache in its memory. A Redis that is slow or down makes answers slower,
    /// not different.
    #[arg(long, env = "CITAS_REDIS", hide_env_values = true, value_name = "URL")]
    redis: Option<Secret>,
    /// The address to answer HTTP on; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8082", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    listening: ListenSettings,
    /// How much work one query may cause, in units of some 0.2 µs. One that would take more is refused with what to
    /// narrow, or answered in part.
    #[arg(long, env = "CITAS_QUERY_BUDGET", default_value_t, value_name = "UNITS")]
    query_budget: QueryBudget,
    /// The bearer token that clients send: 16 or more printable ASCII characters.
    #[arg(long, env = "CITAS_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Secret,
    /// The key that slot references are signed with: 16 or more printable ASCII characters, the same in every
    /// command-api and query-api.
    #[arg(long, env = "CITAS_SLOT_REF_KEY", hide_env_values = true, value_name = "KEY")]
    slot_ref_key: Secret,
}

fn main() -> ExitCode {
    service::run(answer)
}

async fn answer() -> Result<()> {
    let settings: Settings = settings()?;
    let listen = Listen::new(settings.listen, settings.listening)?;
    let admin_token = settings.admin_token.reveal_strong("admin token")?;
    let slot_ref_key = settings.slot_ref_key.reveal_strong("slot reference key")?;
    let postgres = PostgresSettings::try_new(settings.postgres.reveal(), &settings.postgres_schema)?
        .with_max_connections(settings.postgres_connections)
        .with_application_name("citas-query-api")
        .with_query_limits();
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let slot_cache = slot_cache(settings.redis.as_ref())?;
    let read_model =
        PostgresReadModel::new(postgres).with_slot_cache(slot_cache).with_query_budget(settings.query_budget);
    let pool = read_model.clone();
    let metrics = metrics.setting(move || pool.update_metrics());
    let [database, leader, stalled] = std::array::from_fn(|_| read_model.clone());
    let clock = ClockWatch::new(Clock::system());
    let checks = vec![
        ReadinessCheck::new("database", move || database.ready()),
        // Optional: an answer of some time ago, which says its position, is better than none.
        ReadinessCheck::new("leader", move || leader.leader()).optional(),
        ReadinessCheck::new("stalled", move || stalled.stalled()).optional(),
        // Optional: others may be answered, such as those of another table.
        ReadinessCheck::new("queries", query_api::queries_answered).optional(),
        // Optional: an answer is as right as the clock, and better than none.
        ReadinessCheck::new("clock", move || clock.check()).optional(),
    ];
    let probes = Probes { checks, metrics: Some(metrics) };
    let slot_refs = SlotRefs::new(slot_ref_key.as_bytes());
    let api = Data::new(QueryApi::new(read_model.clone(), slot_refs, Clock::system()));
    let server =
        serve("The query API", listen, admin_token, probes, &[query_api::configure], move |config| {
            config.app_data(api.clone());
        })?;
    let stopped = server.until_stopped().await;
    server.stop().await?;
    read_model.close().await;
    stopped
}

fn slot_cache(redis: Option<&Secret>) -> Result<SlotCache, InvalidRedis> {
    let memory = MemorySlotCache::default();
    let Some(url) = redis else { return Ok(SlotCache::Memory(memory)) };
    let redis = RedisSlotCache::new(RedisSettings::try_new(url.reveal())?);
    Ok(SlotCache::MemoryAndRedis(memory, redis))
}
