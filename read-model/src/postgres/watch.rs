//! Watches the tables and whoever fills them: by notifications, and by looking every two seconds.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::seen::{NotFollowing, NotReady, Seen};
use super::settings::PostgresSettings;
use crate::{Behind, Unavailable};

/// How long to wait before reconnecting to a lost database.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// How often the tables are read besides: a lease that is renewed sends no notification.
const EVERY: Duration = Duration::from_secs(2);

/// How long the database may take to respond.
const SILENCE: Duration = Duration::from_secs(5);

/// Listens for notifications on a connection of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    seen: watch::Receiver<Seen>,
    again: watch::Sender<()>,
    running: AbortHandle,
}

impl Watch {
    pub(super) fn start(settings: &PostgresSettings) -> Self {
        let (sender, seen) = watch::channel(Seen::nothing());
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

    /// Whether somebody leads the projection.
    pub(super) fn leader(&self) -> Result<(), NotFollowing> {
        self.seen.borrow().leader(Instant::now())
    }

    /// Whether the tables follow the log.
    pub(super) fn stalled(&self) -> Result<(), NotFollowing> {
        self.seen.borrow().stalled(Instant::now())
    }

    /// Everything that was seen last.
    pub(super) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
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
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let before = seen.borrow().clone();
        let looked = timeout(SILENCE, before.look(&mut listener, settings.schema()));
        let looked = looked.await.map_err(silent)??;
        tell(&before, &looked);
        seen.send_replace(looked);
        loop {
            tokio::select! {
                received = listener.try_recv() => match received?.map(|told| told.payload().parse()) {
                    Some(Ok(position)) => seen.send_modify(|seen| seen.reach(position, Instant::now())),
                    // Something else has changed, or notifications were lost with the connection.
                    Some(Err(_)) | None => break,
                },
                _ = ticks.tick() => break,
            }
        }
    }
}

/// Logs why the tables cannot be used, once.
fn tell(before: &Seen, now: &Seen) {
    match &now.ready {
        Ok(()) | Err(NotReady::CatchingUp { .. }) => {}
        Err(why) if now.ready != before.ready => tracing::warn!("{why}"),
        Err(_) => {}
    }
}

fn silent(_: Elapsed) -> Unavailable {
    Unavailable { reason: "the connection that listens for notifications does not respond".to_owned() }
}
