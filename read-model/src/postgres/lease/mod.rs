//! Leases: one process at a time does the work of a name, and another takes over within seconds when it ends or hangs.
//!
//! A lease is a row in the database that its holder renews each second. Only the database's clock decides when it has expired.
//! The holder counts from before its last successful renewal was sent, by its own clock, which never jumps, and stops a second
//! before the lease can have expired. So two processes hold a lease at once only if one was paused: nothing of its own can stop
//! that one in time. Therefore each takeover makes a new, greater token, and ends the former holder's sessions, so that no
//! transaction of it holds rows; and whatever stores a holder's effects checks the token in the same transaction, as
//! [`PostgresReadModel::lead`] does for the tables of the read model.

mod held;
mod progress;
mod renewal;
mod statements;

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use super::PostgresReadModel;
use super::migrations::migrate;
use super::settings::PostgresSettings;
use super::sqlstate::{UNDEFINED_TABLE, is};
use crate::Unavailable;
use renewal::Renewal;

pub use held::HeldLease;
pub use progress::HolderProgress;

/// The name of the lease on the projection and the relay.
pub const PROJECTION_LEASE: &str = "projector";

/// How long a lease lasts without being renewed.
const DURATION: Duration = Duration::from_secs(6);
/// How long the holder counts on it: what it does must have stopped when the lease expires.
const VALID: Duration = Duration::from_secs(5);
/// How often it is renewed.
const EVERY: Duration = Duration::from_secs(1);
/// How often a process that waits looks whether the lease is free.
const POLL: Duration = Duration::from_millis(500);
/// How long one attempt to take, renew or release it may take, a connection included.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long the server may take for its part: a statement that was given up must not do its work much later.
const STATEMENT: &str = "1s";

/// A lease of this name, held by at most one process of those that use the same schema.
#[derive(Debug, Clone)]
pub struct Lease {
    settings: PostgresSettings,
    name: &'static str,
}

impl PostgresReadModel {
    /// The lease of this name, in the schema of the tables.
    pub fn lease(&self, name: &'static str) -> Lease {
        Lease { settings: (*self.settings).clone(), name }
    }
}

impl Lease {
    /// Waits until nobody holds it, and takes it: within half a second of its release, and 7 s after its holder was heard of
    /// last. Makes the tables if there are none, for the lease is one of them.
    pub async fn acquire(&self) -> Result<HeldLease, Unavailable> {
        let options = session(&self.settings);
        let mut connection = in_time(PgConnection::connect_with(&options)).await?;
        loop {
            let asked_at = Instant::now();
            let taking = statements::take(&mut connection, self.name, self.settings.process());
            match timeout(ATTEMPT, taking).await.map_err(|_| silent())? {
                Ok(Some(taken)) => {
                    if let Some(former) = taken.former {
                        self.end_sessions(&mut connection, former).await;
                    }
                    tracing::info!(lease = self.name, token = taken.token, "the lease is taken");
                    let valid_until = asked_at + VALID;
                    let renewal = Renewal::new(options, connection, self.name, taken.token, valid_until);
                    return Ok(HeldLease::keep(renewal));
                }
                Ok(None) => sleep(POLL).await,
                Err(error) if is(&error, UNDEFINED_TABLE) => migrate(&self.settings, None).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends the sessions of a process that held the lease before: one that hangs in the middle of a transaction would keep its
    /// rows locked. If it fails, they stay until their own limits end them.
    async fn end_sessions(&self, connection: &mut PgConnection, former: uuid::Uuid) {
        match in_time(statements::end_sessions(connection, former)).await {
            Ok(0) => {}
            Ok(ended) => {
                tracing::warn!(lease = self.name, %former, ended, "ended the sessions of the former holder");
            }
            Err(error) => {
                tracing::warn!(lease = self.name, %former, %error, "the sessions of the former holder go on");
            }
        }
    }
}

/// How to connect for a lease.
fn session(settings: &PostgresSettings) -> PgConnectOptions {
    settings.options().options([("statement_timeout", STATEMENT)])
}

async fn in_time<T>(attempt: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Unavailable> {
    Ok(timeout(ATTEMPT, attempt).await.map_err(|_| silent())??)
}

fn silent() -> Unavailable {
    Unavailable { reason: "the connection for the lease does not respond".to_owned() }
}
