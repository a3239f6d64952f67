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

/// How long a lost database is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a silent connection is believed in before the tables are read again over it.
const SILENCE: Duration = Duration::from_secs(5);

const LOOK_AGAIN: &str = "look again";

/// What is told on the channel, in the transaction in which it becomes so.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// Everything up to this position is in the tables.
    Position(u64),
    /// Something else is different.
    LookAgain,
}

/// Tells everyone who listens, once the transaction is committed.
pub(super) async fn tell(
    connection: &mut PgConnection,
    channel: &str,
    told: Told,
) -> Result<(), sqlx::Error> {
    let payload = match told {
        Told::Position(position) => position.to_string(),
        Told::LookAgain => LOOK_AGAIN.to_owned(),
    };
    sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(payload).execute(connection).await?;
    Ok(())
}

/// Why the read model cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// It has not answered since the start.
    #[error("the read model's database has not answered yet")]
    NotReached,
    /// It does not answer, or has no tables.
    #[error("the read model's database cannot be asked; the log says why")]
    Lost,
    /// A part of the past is still missing from the tables.
    #[error("the past is still being read into the tables, at position {position}")]
    CatchingUp {
        /// How far they are.
        position: u64,
    },
    /// Nobody looks any more, which is a bug unless it is closed.
    #[error("the read model's database is not watched any more; the process has to be started again")]
    Ended,
}

/// What was seen of the tables last.
#[derive(Debug, Clone)]
struct Seen {
    position: u64,
    /// Whether the tables were ever seen to have had all of the past; a database that is lost does not change that.
    caught_up: bool,
    ready: Result<(), NotReady>,
}

/// Listens for what is told, on a connection of its own, for as long as it is kept.
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

    /// Looks now, should it be waiting for the database to come back.
    pub(super) fn look_again(&self) {
        self.again.send_replace(());
    }

    pub(super) async fn wait_for(&self, min_position: u64, patience: Duration) -> Result<(), Behind> {
        let mut seen = self.seen.clone();
        let reached = seen.wait_for(|seen| min_position <= seen.position);
        match timeout(patience, reached).await {
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
                tracing::warn!(%error, "the read model's database is lost; it is tried again");
            }
            seen.ready = Err(NotReady::Lost);
        });
        // Whether it is asked to look again or the pause is over, it looks.
        let _ = timeout(PAUSE, again.changed()).await;
    }
}

/// Publishes what is so, and then what becomes so, until the database is lost.
async fn listen(
    settings: &PostgresSettings,
    seen: &watch::Sender<Seen>,
) -> Result<std::convert::Infallible, Unavailable> {
    // A pool each time: a connection that has fallen silent is not given back before the system gives it up.
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(settings.patience());
    let pool = pool.connect_lazy_with(settings.options());
    let mut listener = PgListener::connect_with(&pool).await?;
    // Not before the tables are read again, or what was told in between would be missed.
    listener.eager_reconnect(false);
    timeout(SILENCE, listener.listen(&settings.channel())).await.map_err(silent)??;
    loop {
        let read = async {
            let (position, caught_up) = load::progress(&mut listener).await?;
            let ready = if caught_up { Ok(()) } else { Err(NotReady::CatchingUp { position }) };
            Ok::<_, sqlx::Error>(Seen { position, caught_up, ready })
        };
        seen.send_replace(timeout(SILENCE, read).await.map_err(silent)??);
        while let Ok(told) = timeout(SILENCE, listener.try_recv()).await {
            match told?.map(|told| told.payload().parse()) {
                Some(Ok(position)) => seen.send_modify(|seen| seen.position = position),
                // Something else is different, or the connection was lost and news with it.
                Some(Err(_)) | None => break,
            }
        }
    }
}

fn silent(_: Elapsed) -> Unavailable {
    Unavailable { reason: "the connection that listens is silent".to_owned() }
}
