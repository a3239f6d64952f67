//! The leader lock: one process at a time projects into a schema.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::time::{sleep, timeout};

use super::PostgresReadModel;
use crate::Unavailable;

/// The first key of the advisory lock, before the hash of the schema's name; any number not used elsewhere.
pub(super) const LEADER_LOCK: i32 = 0x0C17;

/// How often the lock is requested or checked, and how long each attempt may take.
const EVERY: Duration = Duration::from_secs(1);

/// The leader lock, held for as long as its connection lasts: no other process projects into the schema.
#[derive(Debug)]
pub struct HeldLeaderLock(PgConnection);

impl PostgresReadModel {
    /// Waits until this process holds the leader lock of the schema. When the holder's process or connection ends, a
    /// waiting process gets the lock within about a second.
    ///
    /// Two processes that both believe they hold the lock do no harm: each event is applied only once.
    pub async fn acquire_leader_lock(&self) -> Result<HeldLeaderLock, Unavailable> {
        let mut connection = PgConnection::connect_with(&self.settings.options()).await?;
        // Polled: a statement that waits would keep the server from vacuuming old rows for as long.
        loop {
            let asked = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, hashtext($2))")
                .bind(LEADER_LOCK)
                .bind(self.settings.schema())
                .fetch_one(&mut connection);
            if timeout(EVERY, asked).await.map_err(|_| silent())?? {
                return Ok(HeldLeaderLock(connection));
            }
            sleep(EVERY).await;
        }
    }
}

impl HeldLeaderLock {
    /// Waits until the lock is lost, and returns why.
    pub async fn lost(&mut self) -> Unavailable {
        loop {
            sleep(EVERY).await;
            match timeout(EVERY, self.0.ping()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(_) => return silent(),
            }
        }
    }

    /// Releases the lock for another process.
    pub async fn release(self) -> Result<(), Unavailable> {
        Ok(self.0.close().await?)
    }
}

fn silent() -> Unavailable {
    Unavailable { reason: "the connection for the leader lock does not respond".to_owned() }
}
