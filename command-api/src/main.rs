//! Carries out every command of `/v1` on the event store. Any number of these processes can run at once.
//!
//! It has no logic of its own: it connects the parts, and reports their readiness.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use anyhow::{Context as _, Result};
use clap::Parser;
use command_api::CommandApi;
use command_api::intake::{Intake, IntakeSettings};
use event_store::EventStore;
use operation::{Clock, Code, SlotRefs};
use reactor::Reactors;
use service::{
    Kafka, Listen, ListenSettings, Metrics, ParkedStreams, Probes, ReadinessCheck, Secret, serve, settings,
};
use tokio::sync::watch;

/// The pause before the set-up of a fresh office is tried again.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The same allocator as in the one-process binary, for throughput.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Carries out every command of /v1 on the event store.
///
/// Any number of these processes can run at once: each takes any command, and the event store resolves conflicts.
/// Queries (GET and HEAD) are served by query-api. Also serves /livez, /readyz and /metrics.
#[derive(Debug, Parser)]
#[command(name = "command-api", version)]
struct Settings {
    /// The event store, such as `esdb://admin:password@host:2113?tls=true`
    #[arg(long, env = "CITAS_EVENT_STORE", hide_env_values = true, value_name = "URL")]
    event_store: Secret,
    /// The address to answer HTTP on; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8083", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    listening: ListenSettings,
    /// The bearer token that clients send: 16 or more printable ASCII characters.
    #[arg(long, env = "CITAS_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Secret,
    /// The key that slot references are signed with: 16 or more printable ASCII characters, the same in every
    /// command-api and query-api.
    #[arg(long, env = "CITAS_SLOT_REF_KEY", hide_env_values = true, value_name = "KEY")]
    slot_ref_key: Secret,
    /// How many agents' calendars are kept in memory: the most recently used.
    #[arg(long, env = "CITAS_MAX_LIVE_AGENTS", default_value = "10000", value_name = "NUMBER")]
    max_live_agents: NonZeroUsize,
    #[command(flatten)]
    kafka: Kafka,
    #[command(flatten)]
    intake: Topics,
}

/// Where commands come from besides HTTP, if Kafka's brokers are given.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_field_names,
    reason = "they are the names of flags and of entries in the settings file"
)]
struct Topics {
    /// The topic of commands; it must exist, as the other two must.
    #[arg(
        long,
        env = "CITAS_KAFKA_COMMANDS",
        default_value = "appointments.commands.v1",
        value_name = "TOPIC"
    )]
    kafka_commands: String,
    /// The topic of replies.
    #[arg(
        long,
        env = "CITAS_KAFKA_REPLIES",
        default_value = "appointments.replies.v1",
        value_name = "TOPIC"
    )]
    kafka_replies: String,
    /// The topic of dead letters: messages that cannot be read, or whose handler failed five times.
    #[arg(
        long,
        env = "CITAS_KAFKA_DEAD_LETTERS",
        default_value = "appointments.commands.dlq.v1",
        value_name = "TOPIC"
    )]
    kafka_dead_letters: String,
    /// The consumer group, whose members share the commands.
    #[arg(long, env = "CITAS_KAFKA_GROUP", default_value = "citas-commands", value_name = "GROUP")]
    kafka_group: String,
    /// The `ce_source` of replies: a URI reference that identifies this Citas.
    #[arg(long, env = "CITAS_KAFKA_SOURCE", default_value = "/citas", value_name = "URI")]
    kafka_source: String,
}

impl Topics {
    fn intake(self, connection: impl IntoIterator<Item = (String, String)>) -> IntakeSettings {
        IntakeSettings {
            connection: connection.into_iter().collect(),
            commands: self.kafka_commands,
            replies: self.kafka_replies,
            dead_letters: self.kafka_dead_letters,
            group: self.kafka_group,
            source: self.kafka_source,
        }
    }
}

fn main() -> ExitCode {
    service::run(take_commands)
}

async fn take_commands() -> Result<()> {
    let settings: Settings = settings()?;
    let listen = Listen::new(settings.listen, settings.listening)?;
    let admin_token = settings.admin_token.reveal_strong("admin token")?;
    let slot_ref_key = settings.slot_ref_key.reveal_strong("slot reference key")?;
    let store = EventStore::new(settings.event_store.reveal())?;
    let intake = settings.kafka.properties(cfg!(feature = "kafka-tls"))?;
    let intake = intake.map(|connection| settings.intake.intake(connection));
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let slot_refs = SlotRefs::new(slot_ref_key.as_bytes());
    let limits = command_api::Settings { max_live_agents: settings.max_live_agents };
    let api = CommandApi::start(store, Clock::system(), slot_refs, &limits);
    let (office, is_set_up) = watch::channel(false);
    let setting_up = tokio::spawn(set_up_office(Arc::clone(&api), office));
    let intake = intake.map(|settings| Intake::start(&api, settings)).transpose()?;
    let metrics = match intake.as_ref().map(Intake::readiness) {
        Some(readiness) => metrics.setting(move || readiness.update_metrics()),
        None => metrics,
    };
    let reactors = Reactors::default();
    api.reactors().into_iter().for_each(|running| reactors.add(running));
    let checks = checks(&api, is_set_up, &reactors, intake.as_ref());
    let probes = Probes { checks, metrics: Some(metrics) };
    let (data, reactors) = (Data::from(Arc::clone(&api)), Data::new(ParkedStreams(reactors)));
    let server = serve(
        "The command API",
        listen,
        admin_token,
        probes,
        &[command_api::configure, service::configure_reactors],
        move |config| {
            config.app_data(data.clone()).app_data(reactors.clone());
        },
    )?;
    let stopped = server.until_stopped().await;
    setting_up.abort();
    // At the same time: neither waits for the other to finish.
    let (ended, ()) = tokio::join!(server.stop(), async {
        if let Some(intake) = intake {
            intake.stop().await;
        }
    });
    ended.and(stopped)
}

fn checks(
    api: &Arc<CommandApi>,
    office: watch::Receiver<bool>,
    reactors: &Reactors,
    intake: Option<&Intake>,
) -> Vec<ReadinessCheck> {
    let [store, directory, clock] = [Arc::clone(api), Arc::clone(api), Arc::clone(api)];
    let reactors = reactors.clone();
    let mut checks = vec![
        ReadinessCheck::new("event_store", move || store.connected()),
        ReadinessCheck::new("directory", move || directory.ready()),
        ReadinessCheck::new("office", move || {
            if *office.borrow() { Ok(()) } else { Err("not known yet whether the office has to be set up") }
        }),
        // Optional, because all other streams go on.
        ReadinessCheck::new("parked_streams", move || reactors.nothing_parked()).optional(),
        // Optional: what was promised holds by any clock.
        ReadinessCheck::new("clock", move || clock.clock()).optional(),
    ];
    // Optional, because commands by HTTP are served without Kafka too.
    checks.extend(
        intake
            .map(Intake::readiness)
            .map(|intake| ReadinessCheck::new("intake", move || intake.ready()).optional()),
    );
    checks
}

/// Sets up a fresh office as soon as the event store can be reached.
async fn set_up_office(api: Arc<CommandApi>, office: watch::Sender<bool>) {
    loop {
        match api.set_up_fresh_office().await {
            Ok(was_fresh) => {
                if was_fresh {
                    tracing::info!("a fresh office is set up with its first appointment types");
                }
                office.send_replace(true);
                return;
            }
            // Why the store cannot be used is told already.
            Err(problem) if problem.code() == Code::StoreUnavailable => {}
            Err(problem) => {
                tracing::warn!(%problem, "the office cannot be set up or checked; retrying");
            }
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}
