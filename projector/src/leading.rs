//! One process leads: it projects and relays, while others wait for their turn.

use std::time::Duration;

use anyhow::{Context as _, Result};
use event_store::EventStore;
use operation::Clock;
use projector::relay::{Relay, RelaySettings};
use projector::{NotReady, Projection};
use read_model::PostgresReadModel;
use tokio::sync::watch;

/// How long a process that lost the lead, or could not ask for it, waits before it asks again.
const PAUSE: Duration = Duration::from_secs(1);

/// What a process does while it leads.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) projection: Projection,
    pub(crate) relay: Option<Relay>,
}

/// Leads whenever nobody else does, until something is wrong that only a new process mends.
pub(crate) async fn take_turns(
    store: &EventStore,
    read_model: &PostgresReadModel,
    relay: Option<&RelaySettings>,
    leading: &watch::Sender<Option<Work>>,
) -> anyhow::Error {
    metrics::describe_gauge!(
        "projector_leads",
        "1 while this process projects and relays, 0 while it waits for its turn."
    );
    metrics::gauge!("projector_leads").set(0.0);
    loop {
        match lead(store, read_model, relay, leading).await {
            Ok(ended) => return anyhow::Error::new(ended).context("the projection"),
            Err(error) => tracing::warn!("{error:#}; another process may lead now"),
        }
        end(leading).await;
        metrics::gauge!("projector_leads").set(0.0);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Ends the work of a process that leads no longer: whoever leads next must not meet its records.
pub(crate) async fn end(leading: &watch::Sender<Option<Work>>) {
    if let Some(Work { relay: Some(relay), .. }) = leading.send_replace(None) {
        relay.stop().await;
    }
}

/// Waits for the lead, and projects and relays until it is lost, or the projection has ended, which is a bug.
async fn lead(
    store: &EventStore,
    read_model: &PostgresReadModel,
    relay: Option<&RelaySettings>,
    leading: &watch::Sender<Option<Work>>,
) -> Result<NotReady> {
    tracing::info!("waiting for the lead");
    let mut lead = read_model.lead().await.context("the lead cannot be asked for")?;
    read_model.migrate().await.context("the tables cannot be made or brought up to date")?;
    tracing::info!("leading");
    metrics::gauge!("projector_leads").set(1.0);
    let clock = Clock::system();
    let projection = projector::spawn(store, read_model.clone(), move || clock.now());
    let clock = Clock::system();
    let relay = relay.cloned();
    let relay = relay.map(|settings| projector::relay::spawn(store, settings, move || clock.now()));
    leading.send_replace(Some(Work { projection: projection.clone(), relay }));
    tokio::select! {
        lost = lead.lost() => Err(lost).context("the lead is lost"),
        ended = ended(&projection) => Ok(ended),
    }
}

/// Waits until the projection is gone. One that stopped at an event stays, and says so.
async fn ended(projection: &Projection) -> NotReady {
    match projection.stopped().await {
        ended @ NotReady::Ended { .. } => ended,
        _ => std::future::pending().await,
    }
}
