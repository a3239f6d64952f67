//! Who writes the tables, and for how long it may take.

use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;

use super::PostgresReadModel;
use super::settings::PostgresSettings;
use crate::Unavailable;

/// How long events may take to be applied. The server limits each statement; this is for a server that does not respond.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Who writes the tables.
#[derive(Debug)]
pub(super) struct Writer {
    /// What is notified of changes.
    pub(super) channel: String,
    /// The fencing token: nothing is written if the tables have another.
    pub(super) token: u64,
}

impl Writer {
    /// Of tables that nobody leads on, such as those of a rebuild.
    pub(super) fn of_nobody(settings: &PostgresSettings) -> Self {
        Self { channel: settings.channel(), token: 0 }
    }
}

impl PostgresReadModel {
    /// A connection to write over.
    pub(super) async fn write(&self) -> Result<(PoolConnection<Postgres>, Writer), Unavailable> {
        let writer = Writer { channel: self.settings.channel(), token: self.token };
        Ok((self.pool.acquire().await?, writer))
    }
}

/// Closes a connection that does not respond: in the pool, it would be waited for.
pub(super) fn given_up(connection: PoolConnection<Postgres>) -> Unavailable {
    drop(connection.detach());
    let seconds = WRITE_TIMEOUT.as_secs();
    Unavailable { reason: format!("the database did not respond to a write within {seconds} s") }
}

/// Another process leads by now, or may do so.
pub(super) fn superseded() -> Unavailable {
    Unavailable { reason: "this process leads no more: another has taken over, or may do so".to_owned() }
}
