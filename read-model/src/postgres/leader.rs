use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::PostgresReadModel;
use crate::Unavailable;

/// Beside the schema's own number; any number that nobody else uses.
pub(super) const LEADER_LOCK: i32 = 0x0C17;

/// How often the lead is looked after, and how long it may take to hear that it is still there.
const EVERY: Duration = Duration::from_secs(1);

/// That nobody else leads, for as long as the connection lasts that it is kept on.
#[derive(Debug)]
pub struct Lead(PgConnection);

impl PostgresReadModel {
    /// Waits until this process is the one that projects into the schema. When a leader's process or connection ends,
    /// one of those that wait leads at once.
    ///
    /// Two that both believe to lead do no harm: each event is applied once, whoever brings it.
    pub async fn lead(&self) -> Result<Lead, Unavailable> {
        let mut connection = PgConnection::connect_with(&self.settings.options()).await?;
        sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))")
            .bind(LEADER_LOCK)
            .bind(self.settings.schema())
            .execute(&mut connection)
            .await?;
        Ok(Lead(connection))
    }
}

impl Lead {
    /// Waits until the lead is lost, and says why.
    pub async fn lost(&mut self) -> Unavailable {
        loop {
            tokio::time::sleep(EVERY).await;
            match tokio::time::timeout(EVERY, self.0.ping()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(_) => return Unavailable { reason: "the connection that leads is silent".to_owned() },
            }
        }
    }

    /// Lets another process lead.
    pub async fn resign(self) -> Result<(), Unavailable> {
        Ok(self.0.close().await?)
    }
}
