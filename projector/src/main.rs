//! Follows the event store and keeps the read model in Postgres up to date; one process leads, others wait.
//!
//! It holds no logic of its own: it joins the parts, and says how they are.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use event_store::EventStore;
use http_edge::{Clock, Metrics, Operations, ReadinessCheck};
use projector::Projection;
use read_model::PostgresReadModel;
use read_model::postgres::PostgresSettings;
use service::{Secret, serve, settings, until_signalled};
use tokio::sync::watch;

/// How long a process that lost the lead, or could not ask for it, waits before it asks again.
const PAUSE: Duration = Duration::from_secs(1);
const MIN_TOKEN_LENGTH: usize = 16;

/// Follows the event store and keeps the read model in Postgres up to date.
///
/// Of several, one leads; the others wait to take over. Answers /livez, /readyz and /metrics.
#[derive(Debug, Parser)]
#[command(name = "projector", version)]
struct Settings {
    /// The event store, such as `esdb://admin:password@host:2113?tls=true`
    #[arg(long, env = "CITAS_EVENT_STORE", hide_env_values = true, value_name = "URL")]
    event_store: Secret,
    /// The database, such as `postgres://user:password@host:5432/citas?sslmode=require`
    #[arg(long, env = "CITAS_POSTGRES", hide_env_values = true, value_name = "URL")]
    postgres: Secret,
    /// The schema that the tables are in; made if it is not there.
    #[arg(long, env = "CITAS_POSTGRES_SCHEMA", default_value = "citas", value_name = "NAME")]
    postgres_schema: String,
    /// The address to answer HTTP on; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Who may read /metrics: 16 or more characters.
    #[arg(long, env = "CITAS_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Secret,
}

fn main() -> ExitCode {
    service::run(project)
}

async fn project() -> Result<()> {
    let settings: Settings = settings()?;
    if settings.admin_token.reveal().len() < MIN_TOKEN_LENGTH {
        bail!("the admin token must have {MIN_TOKEN_LENGTH} or more characters");
    }
    let store = EventStore::new(settings.event_store.reveal())?;
    let postgres = PostgresSettings::try_new(settings.postgres.reveal(), &settings.postgres_schema)?;
    let read_model = PostgresReadModel::new(postgres.with_application_name("citas-projector"));
    let metrics = Metrics::install().context("the metrics could not be set up")?;
    let (leading, role) = watch::channel(None);
    let operations = Operations { checks: checks(&read_model, role), metrics: Some(metrics) };
    let server =
        serve("The projector", settings.listen, settings.admin_token.reveal(), operations, &[], |_| ())?;
    let stopped = tokio::select! {
        stopped = until_signalled() => stopped,
        never = take_turns(&store, &read_model, &leading) => match never {},
    };
    // What is in the middle of being written is written by whoever leads next.
    leading.send_replace(None);
    server.stop().await?;
    read_model.close().await;
    stopped
}

fn checks(read_model: &PostgresReadModel, role: watch::Receiver<Option<Projection>>) -> Vec<ReadinessCheck> {
    let (database, parked) = (read_model.clone(), read_model.clone());
    vec![
        ReadinessCheck::new("database", move || database.ready()),
        // Who waits for its turn is ready for it.
        ReadinessCheck::new("projection", move || role.borrow().as_ref().map_or(Ok(()), Projection::ready)),
        ReadinessCheck::new("parked_agents", move || match &parked.parked()[..] {
            [] => Ok(()),
            [first, ..] => Err(first.to_string()),
        }),
    ]
}

/// Leads whenever nobody else does.
async fn take_turns(
    store: &EventStore,
    read_model: &PostgresReadModel,
    leading: &watch::Sender<Option<Projection>>,
) -> std::convert::Infallible {
    metrics::gauge!("projector_leads").set(0.0);
    loop {
        if let Err(error) = lead(store, read_model, leading).await {
            tracing::warn!("{error:#}; another process may lead now");
        }
        leading.send_replace(None);
        metrics::gauge!("projector_leads").set(0.0);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits for the lead and projects until it is lost.
async fn lead(
    store: &EventStore,
    read_model: &PostgresReadModel,
    leading: &watch::Sender<Option<Projection>>,
) -> Result<()> {
    tracing::info!("waiting for the lead");
    let mut lead = read_model.lead().await.context("the lead cannot be asked for")?;
    read_model.migrate().await.context("the tables cannot be made or brought up to date")?;
    tracing::info!("leading");
    metrics::gauge!("projector_leads").set(1.0);
    let clock = Clock::system();
    leading.send_replace(Some(projector::spawn(store, read_model.clone(), move || clock.now())));
    Err(lead.lost().await).context("the lead is lost")
}
