//! Keeps the read model in Postgres up to date with the event store, and publishes public events to Kafka. One
//! process at a time is the leader; others wait to take over.
//!
//! It has no logic of its own: it connects the parts, and reports their readiness.

mod leader_lock;
mod rebuild_command;
mod verify_command;

use std::net::SocketAddr;
use std::process::ExitCode;

use actix_web::web::Data;
use anyhow::{Context as _, Result};
use clap::Parser;
use event_store::EventStore;
use operation::{Clock, ClockWatch};
use projector::PROJECTION;
use projector::relay::{RELAY, RelaySettings, TopicNotice};
use reactor::{Reactors, Retry, Running, run_as_leader};
use read_model::PostgresReadModel;
use read_model::postgres::PostgresSettings;
use service::{
    Kafka, Listen, ListenSettings, Metrics, ParkedStreams, Probes, ReadinessCheck, Secret, serve, settings,
};
use uuid::Uuid;

use leader_lock::{HeldSchemaLock, SchemaLock};

/// Keeps the read model in Postgres up to date with the event store, and publishes public events to Kafka.
///
/// Of several processes one is the leader; the others wait to take over. Serves /livez, /readyz and /metrics. POST
/// /v1/operations/parked/{reactor}/{stream}/retry retries a stream that /readyz names as parked; with /skip instead,
/// the event that cannot be handled is left out.
#[derive(Debug, Parser)]
#[command(
    name = "projector",
    version,
    after_help = "`projector verify` compares the tables with the log, `projector rebuild` rebuilds them beside those in \
        use; each has a --help of its own."
)]
struct Settings {
    #[command(flatten)]
    ends: Ends,
    /// The address to answer HTTP on; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    listening: ListenSettings,
    /// The bearer token for /metrics and for resuming parked streams: 16 or more printable ASCII characters.
    #[arg(long, env = "CITAS_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Secret,
    #[command(flatten)]
    relaying: Relaying,
}

/// Where events are read from, and where the tables are.
#[derive(Debug, clap::Args)]
struct Ends {
    /// The event store, such as `esdb://admin:password@host:2113?tls=true`
    #[arg(long, env = "CITAS_EVENT_STORE", hide_env_values = true, value_name = "URL")]
    event_store: Secret,
    /// The database, such as `postgres://user:password@host:5432/citas?sslmode=require`
    #[arg(long, env = "CITAS_POSTGRES", hide_env_values = true, value_name = "URL")]
    postgres: Secret,
    /// The schema that the tables are in; created if it does not exist.
    #[arg(long, env = "CITAS_POSTGRES_SCHEMA", default_value = "citas", value_name = "NAME")]
    postgres_schema: String,
}

/// Where public events go to, if Kafka's brokers are given.
#[derive(Debug, clap::Args)]
struct Relaying {
    #[command(flatten)]
    kafka: Kafka,
    /// The topic of public events, which must exist.
    #[arg(long, env = "CITAS_KAFKA_EVENTS", default_value = "appointments.events.v1", value_name = "TOPIC")]
    kafka_events: String,
    /// The `ce_source` of messages: a URI reference that identifies this Citas.
    #[arg(long, env = "CITAS_KAFKA_SOURCE", default_value = "/citas", value_name = "URI")]
    kafka_source: String,
}

impl Ends {
    /// Parses the settings of both; connects to neither yet.
    fn open(&self) -> Result<(EventStore, PostgresSettings)> {
        let store = EventStore::new(self.event_store.reveal())?;
        let postgres = PostgresSettings::try_new(self.postgres.reveal(), &self.postgres_schema)?;
        Ok((store, postgres.for_projection()))
    }
}

impl Relaying {
    fn relay(self) -> Result<Option<RelaySettings>> {
        let sampling = service::sampling();
        let (topic, source) = (self.kafka_events, self.kafka_source);
        let connection = self.kafka.properties(cfg!(feature = "kafka-tls"))?;
        Ok(connection.map(|connection| RelaySettings {
            connection: connection.into_iter().collect(),
            topic,
            source,
            sampling,
        }))
    }
}

/// Another one at each start.
#[expect(clippy::disallowed_methods, reason = "the process begins here, and so does its id")]
fn process_id() -> Uuid {
    Uuid::now_v7()
}

fn main() -> ExitCode {
    let subcommand = std::env::args_os().nth(1);
    match subcommand.as_ref().and_then(|name| name.to_str()) {
        Some("rebuild") => service::run_job(rebuild_command::rebuild),
        Some("verify") => service::run_job(verify_command::verify),
        _ => service::run(project),
    }
}

async fn project() -> Result<()> {
    let settings: Settings = settings()?;
    let listen = Listen::new(settings.listen, settings.listening)?;
    let admin_token = settings.admin_token.reveal_strong("admin token")?;
    let (store, postgres) = settings.ends.open()?;
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let postgres = postgres.with_application_name("citas-projector").with_process_id(process_id());
    let read_model = PostgresReadModel::new(postgres.with_write_limits());
    let pool = read_model.clone();
    let metrics = metrics.setting(move || pool.update_metrics());
    let relay = settings.relaying.relay()?;
    let (reactors, notice) = (Reactors::default(), TopicNotice::default());
    let probes = Probes { checks: checks(&read_model, &reactors, &notice), metrics: Some(metrics) };
    let asked = Data::new(ParkedStreams(reactors.clone()));
    let apis = &[service::configure_reactors as fn(&mut _)];
    let server = serve("The projector", listen, admin_token, probes, apis, move |config| {
        config.app_data(asked.clone());
    })?;
    let lock = SchemaLock(&read_model);
    let start = async |held: &HeldSchemaLock<'_>| start(&store, held, relay.as_ref(), &notice).await;
    let led = run_as_leader("projector", &lock, &reactors, start, server.until_stopped()).await;
    let stopped = led.unwrap_or_else(|error| Err(error.into()));
    server.stop().await?;
    read_model.close().await;
    stopped
}

/// Starts the leader's reactors.
async fn start(
    store: &EventStore,
    held: &HeldSchemaLock<'_>,
    relay: Option<&RelaySettings>,
    notice: &TopicNotice,
) -> Result<Vec<Running>, Retry> {
    let read_model = held.lead().await;
    let read_model = read_model.map_err(|error| {
        Retry::new(format!("the tables cannot be created, migrated or taken over: {error}"))
    })?;
    let now = || {
        let clock = Clock::system();
        move || clock.now()
    };
    let projection = projector::spawn(store, read_model, now());
    held.report(projection.clone());
    let mut running = vec![projection];
    let relay = relay.cloned();
    running.extend(relay.map(|settings| projector::relay::spawn(store, settings, notice.clone(), now())));
    Ok(running)
}

/// A process that waits for the leader lock counts as ready, while another leads.
fn checks(read_model: &PostgresReadModel, reactors: &Reactors, notice: &TopicNotice) -> Vec<ReadinessCheck> {
    let [database, leader, stalled] = std::array::from_fn(|_| read_model.clone());
    let clock = ClockWatch::new(Clock::system());
    let notice = notice.clone();
    let [leading, store, projecting, relaying, parked] = std::array::from_fn(|_| reactors.clone());
    vec![
        ReadinessCheck::new("database", move || database.ready()),
        ReadinessCheck::new("leader", move || leader.leader()),
        ReadinessCheck::new("stalled", move || stalled.stalled()),
        ReadinessCheck::new("leading", move || leading.can_lead()),
        ReadinessCheck::new("event_store", move || store.store()),
        ReadinessCheck::new(PROJECTION, move || projecting.ready(PROJECTION)),
        ReadinessCheck::new(RELAY, move || relaying.ready(RELAY)),
        ReadinessCheck::new("parked_streams", move || parked.nothing_parked()),
        // Optional: all events are relayed.
        ReadinessCheck::new("relay_topic", move || notice.check()).optional(),
        // Optional: it only measures lag by the clock.
        ReadinessCheck::new("clock", move || clock.check()).optional(),
    ]
}
