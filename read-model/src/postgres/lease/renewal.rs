//! Renews a lease until it is lost or released.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout, timeout_at};

use super::{ATTEMPT, EVERY, HolderProgress, VALID, silent, statements};
use crate::Unavailable;
use crate::postgres::writer::superseded;

/// The pause before a renewal that failed is tried again, over a new connection.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// A lease that was taken, and how to renew it.
pub(super) struct Renewal {
    options: PgConnectOptions,
    /// None after a failure.
    connection: Option<PgConnection>,
    name: &'static str,
    token: u64,
    /// The holder may count on the lease until then.
    valid_until: Instant,
    /// Why the last attempt failed.
    trouble: Option<String>,
}

impl Renewal {
    pub(super) const fn new(
        options: PgConnectOptions,
        connection: PgConnection,
        name: &'static str,
        token: u64,
        valid_until: Instant,
    ) -> Self {
        Self { options, connection: Some(connection), name, token, valid_until, trouble: None }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) const fn token(&self) -> u64 {
        self.token
    }

    /// Tries to renew it, and returns the pause before the next attempt; an error once the holder may not count on it any more.
    pub(super) async fn renew(&mut self, progress: HolderProgress) -> Result<Duration, Unavailable> {
        // From before the renewal is sent: the database counts from later.
        let sent_at = Instant::now();
        if self.valid_until <= sent_at {
            return Err(self.expired());
        }
        let deadline = self.valid_until.min(sent_at + ATTEMPT);
        let trouble = match timeout_at(deadline, self.attempt(progress)).await {
            Ok(Ok(true)) => {
                self.valid_until = sent_at + VALID;
                if self.trouble.take().is_some() {
                    tracing::info!(lease = self.name, "the lease is renewed again");
                }
                return Ok(EVERY);
            }
            Ok(Ok(false)) => return Err(superseded()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => silent().reason,
        };
        // An answer that comes late would be taken for that to the next attempt.
        self.connection = None;
        if self.trouble.is_none() {
            tracing::warn!(
                lease = self.name,
                "the lease could not be renewed, and is tried again: {trouble}"
            );
        }
        self.trouble = Some(trouble);
        Ok(RETRY_DELAY.min(self.valid_until.saturating_duration_since(Instant::now())))
    }

    /// The lease ends at once, for another process to take. Without effect if the database does not respond: then it expires.
    pub(super) async fn release(mut self) {
        let released = timeout(ATTEMPT, async {
            let (name, token) = (self.name, self.token);
            statements::release(self.connection().await?, name, token).await
        });
        if let Ok(Err(error)) = released.await {
            tracing::warn!(lease = self.name, %error, "the lease could not be released, and will expire");
        }
    }

    fn expired(&self) -> Unavailable {
        let why = self.trouble.as_deref().unwrap_or("this process was paused, or had no processor time");
        Unavailable { reason: format!("the lease could not be renewed in time: {why}") }
    }

    async fn attempt(&mut self, progress: HolderProgress) -> Result<bool, sqlx::Error> {
        let (name, token) = (self.name, self.token);
        statements::renew(self.connection().await?, name, token, progress).await
    }

    async fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        if self.connection.is_none() {
            self.connection = Some(PgConnection::connect_with(&self.options).await?);
        }
        Ok(self.connection.as_mut().expect("it was just made"))
    }
}
