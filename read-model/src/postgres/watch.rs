//! Watches the position and readiness of the tables, by notifications.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgPoolOptions};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::load;
use super::settings::PostgresSettings;
use crate::{Behind, Unavailable};

/// How long to wait before reconnecting to a lost database.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// How long a connection may be silent before the tables are read over it again.
const SILENCE: Duration = Duration::from_secs(5);

const LOOK_AGAIN: &str = "look again";

/// A message on the channel, sent in the transaction that makes the change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notification {
    /// The tables are at this position.
    Position(u64),
    /// Something else has changed.
    LookAgain,
}

/// Notifies all listeners, once the transaction is committed.
pub(super) async fn notify(
    connection: &mut PgConnection,
    channel: &str,
    notification: Notification,
) -> Result<(), sqlx::Error> {
    let payload = match notification {
        Notification::Position(position) => position.to_string(),
        Notification::LookAgain => LOOK_AGAIN.to_owned(),
    };
    sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(payload).execute(connection).await?;
    Ok(())
}

/// Why the read model cannot serve queries.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// The database has not responded since the start.
    #[error("the read model's database has not responded yet")]
    NotReached,
    /// The database does not respond, or has no tables.
    #[error("the read model's database is unavailable; the log says why")]
    Lost,
    /// Past events are still missing from the tables.
    #[error("still reading past events, at position {position}")]
    CatchingUp {
        /// The tables' position.
        position: u64,
    },
    /// The watch has ended, which is a bug unless it was closed.
    #[error("the read model's database is no longer watched; restart the process")]
    Ended,
}

/// The state of the tables as last seen.
#[derive(Debug, Clone)]
struct Seen {
    position: u64,
    /// Whether the tables were ever seen to have caught up; losing the database does not change that.
    caught_up: bool,
    ready: Result<(), NotReady>,
}

/// Listens for notifications on a connection of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    seen: watch::Receiver<Seen>,
    again: watch::Sender<()>,
    running: AbortHandle,
}

impl Watch {
    pub(super) fn start(settings: &PostgresSettings) -> Self {
        let nothing = Seen { position: 0, caught_up: false, ready: Err(NotReady::NotReached) };
        let (sender, seen) = watch::channel(nothing);
        let (again, asked) = watch::channel(());
        let running = tokio::spawn(follow(settings.clone(), sender, asked)).abort_handle();
        Self { seen, again, running }
    }

    pub(super) fn close(&self) {
        self.running.abort();
    }

    /// Reconnects at once, if it is waiting to retry.
    pub(super) fn look_again(&self) {
        self.again.send_replace(());
    }

    pub(super) async fn wait_for(&self, min_position: u64, timeout_after: Duration) -> Result<(), Behind> {
        let mut seen = self.seen.clone();
        let reached = seen.wait_for(|seen| min_position <= seen.position);
        match timeout(timeout_after, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Behind { position: self.seen.borrow().position, min_position }),
        }
    }

    pub(super) fn ready(&self) -> Result<(), NotReady> {
        let has_ended = self.seen.has_changed().is_err();
        if has_ended { Err(NotReady::Ended) } else { self.seen.borrow().ready.clone() }
    }

    pub(super) fn has_caught_up(&self) -> bool {
        self.seen.borrow().caught_up
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn follow(settings: PostgresSettings, seen: watch::Sender<Seen>, mut again: watch::Receiver<()>) {
    loop {
        let Err(error) = listen(&settings, &seen).await;
        seen.send_modify(|seen| {
            if seen.ready != Err(NotReady::Lost) {
                tracing::warn!(%error, "the read model's database is lost; reconnecting");
            }
            seen.ready = Err(NotReady::Lost);
        });
        // Reconnects after the delay, or at once on `look_again`.
        let _ = timeout(RETRY_DELAY, again.changed()).await;
    }
}

/// Publishes the state of the tables and its changes, until the database is lost.
async fn listen(
    settings: &PostgresSettings,
    seen: &watch::Sender<Seen>,
) -> Result<std::convert::Infallible, Unavailable> {
    // A new pool each time: a silent connection does not return to its pool until the system gives it up.
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(settings.timeout_after());
    let pool = pool.connect_lazy_with(settings.options());
    let mut listener = PgListener::connect_with(&pool).await?;
    // Reconnecting without reading the tables again would miss notifications.
    listener.eager_reconnect(false);
    timeout(SILENCE, listener.listen(&settings.channel())).await.map_err(silent)??;
    loop {
        let read = async {
            let (position, caught_up) = load::progress(&mut listener).await?;
            let ready = if caught_up { Ok(()) } else { Err(NotReady::CatchingUp { position }) };
            Ok::<_, sqlx::Error>(Seen { position, caught_up, ready })
        };
        seen.send_replace(timeout(SILENCE, read).await.map_err(silent)??);
        while let Ok(received) = timeout(SILENCE, listener.try_recv()).await {
            match received?.map(|notification| notification.payload().parse()) {
                Some(Ok(position)) => seen.send_modify(|seen| seen.position = position),
                // Something else has changed, or notifications were lost with the connection.
                Some(Err(_)) | None => break,
            }
        }
    }
}

fn silent(_: Elapsed) -> Unavailable {
    Unavailable { reason: "the connection that listens for notifications does not respond".to_owned() }
}
