//! Carries out every command of `/v1` on the event store, as one of as many processes as are needed.
//!
//! It holds no logic of its own: it joins the parts, and says how they are.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use anyhow::{Context as _, Result, bail};
use clap::Parser;
use command_api::CommandApi;
use event_store::EventStore;
use http_edge::{Clock, Metrics, Operations, ReadinessCheck, SlotRefs};
use service::{Secret, serve, settings, until_signalled};
use tokio::sync::watch;

const MIN_SECRET_LENGTH: usize = 16;
/// How long to wait before a fresh office is tried again to be set up.
const PAUSE: Duration = Duration::from_millis(500);

/// As in the one-process binary, for the same reason.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Carries out every command of /v1 on the event store.
///
/// Of several, each takes any command; the store settles who is first. Questions (GET and HEAD) are query-api's. Answers
/// /livez, /readyz and /metrics.
#[derive(Debug, Parser)]
#[command(name = "command-api", version)]
struct Settings {
    /// The event store, such as `esdb://admin:password@host:2113?tls=true`
    #[arg(long, env = "CITAS_EVENT_STORE", hide_env_values = true, value_name = "URL")]
    event_store: Secret,
    /// The address to answer HTTP on; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8083", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Who may send commands: 16 or more characters.
    #[arg(long, env = "CITAS_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Secret,
    /// What slot references are signed with: 16 or more characters, the same in every process that makes or reads them.
    #[arg(long, env = "CITAS_SLOT_REF_KEY", hide_env_values = true, value_name = "KEY")]
    slot_ref_key: Secret,
    /// How many agents' calendars are kept in memory; those asked last.
    #[arg(long, env = "CITAS_MAX_LIVE_AGENTS", default_value = "10000", value_name = "NUMBER")]
    max_live_agents: NonZeroUsize,
}

fn main() -> ExitCode {
    service::run(take_commands)
}

async fn take_commands() -> Result<()> {
    let settings: Settings = settings()?;
    for (secret, name) in
        [(&settings.admin_token, "admin token"), (&settings.slot_ref_key, "slot reference key")]
    {
        if secret.reveal().len() < MIN_SECRET_LENGTH {
            bail!("the {name} must have {MIN_SECRET_LENGTH} or more characters");
        }
    }
    let store = EventStore::new(settings.event_store.reveal())?;
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let slot_refs = SlotRefs::new(settings.slot_ref_key.reveal().as_bytes());
    let limits = command_api::Settings { max_live_agents: settings.max_live_agents };
    let api = CommandApi::start(store, Clock::system(), slot_refs, &limits);
    let (office, is_set_up) = watch::channel(false);
    let setting_up = tokio::spawn(set_up_office(Arc::clone(&api), office));
    let operations = Operations { checks: checks(&api, is_set_up), metrics: Some(metrics) };
    let data = Data::from(Arc::clone(&api));
    let server = serve(
        "The command API",
        settings.listen,
        settings.admin_token.reveal(),
        operations,
        &[command_api::configure],
        move |config| {
            config.app_data(data.clone());
        },
    )?;
    let stopped = until_signalled().await;
    setting_up.abort();
    server.stop().await?;
    stopped
}

fn checks(api: &Arc<CommandApi>, office: watch::Receiver<bool>) -> Vec<ReadinessCheck> {
    let (store, directory) = (Arc::clone(api), Arc::clone(api));
    vec![
        ReadinessCheck::new("event_store", move || store.connected()),
        ReadinessCheck::new("directory", move || directory.ready()),
        ReadinessCheck::new("office", move || {
            if *office.borrow() { Ok(()) } else { Err("a fresh office has not been looked for yet") }
        }),
    ]
}

/// Sets a fresh office up as soon as the event store is there.
async fn set_up_office(api: Arc<CommandApi>, office: watch::Sender<bool>) {
    loop {
        match api.set_up_fresh_office().await {
            Ok(was_fresh) => {
                if was_fresh {
                    tracing::info!("the fresh office has its first appointment types");
                }
                office.send_replace(true);
                return;
            }
            Err(problem) => {
                tracing::warn!(%problem, "a fresh office cannot be looked for; it is tried again");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
