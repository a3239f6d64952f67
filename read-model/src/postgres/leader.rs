use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::time::{sleep, timeout};

use super::PostgresReadModel;
use crate::Unavailable;

/// Beside the schema's own number; any number that nobody else uses.
pub(super) const LEADER_LOCK: i32 = 0x0C17;

/// How often the lock is asked for and looked after, and how long an answer may take.
const EVERY: Duration = Duration::from_secs(1);

/// That no other process projects into the schema, for as long as the connection lasts that this is kept on.
#[derive(Debug)]
pub struct HeldLeaderLock(PgConnection);

impl PostgresReadModel {
    /// Waits until this process is the one that projects into the schema. When a leader's process or connection ends,
    /// one of those that wait leads a second later.
    ///
    /// Two that both believe to have the lock do no harm: each event is applied once, whoever brings it.
    pub async fn acquire_leader_lock(&self) -> Result<HeldLeaderLock, Unavailable> {
        let mut connection = PgConnection::connect_with(&self.settings.options()).await?;
        // Asked again and again: a statement that waited would keep the server from removing any old row for as long.
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
    /// Waits until the lock is lost, and says why.
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

    /// Lets another process have it.
    pub async fn release(self) -> Result<(), Unavailable> {
        Ok(self.0.close().await?)
    }
}

fn silent() -> Unavailable {
    Unavailable { reason: "the connection that has the leader lock, or asks for it, is silent".to_owned() }
}
