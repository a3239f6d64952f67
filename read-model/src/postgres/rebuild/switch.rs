//! One step: the tables that were built come in place of those in use, while these are asked and written.
//!
//! Whoever writes begins by locking the row of `projection`, and whoever asks by locking that table for reading. So
//! one lock of it holds up the writers, and then, for the blink of an eye, those who ask: nobody has tables of both.

use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use thiserror::Error;

use super::{Building, LOCK_NOT_AVAILABLE, OLD, Rebuild, grants, is, place};
use crate::Unavailable;
use crate::postgres::settings::PostgresSettings;
use crate::postgres::watch::{Told, tell};
use crate::postgres::{MIGRATION_LOCK, apply, load};

/// How long whoever writes or asks may be held up: less than their own patience.
const PATIENCE: &str = "SET LOCAL lock_timeout = '500ms'";

/// The tables in use, into which nobody writes until this is dropped or has switched. They are asked all the same.
#[derive(Debug)]
pub struct Held<'a> {
    transaction: Transaction<'a, Postgres>,
    live: &'a PostgresSettings,
    next: &'a PostgresSettings,
    position: u64,
    live_position: u64,
    is_first: bool,
}

/// Why it is not switched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HoldError {
    /// Another transaction has the tables in use for so long that those who ask would have to wait for it.
    #[error("another transaction has the tables in use locked")]
    Busy,
    /// The database did not do it.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for HoldError {
    fn from(error: sqlx::Error) -> Self {
        if is(&error, LOCK_NOT_AVAILABLE) { Self::Busy } else { Self::Unavailable(error.into()) }
    }
}

impl Rebuild {
    /// Lets nobody write into the tables in use any more, if there are any.
    pub async fn hold(&mut self) -> Result<Held<'_>, HoldError> {
        let mut transaction = self.connection.begin().await?;
        place::run(&mut transaction, PATIENCE).await?;
        // Nobody makes or changes tables while schemas change their names.
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut *transaction)
            .await?;
        let live = self.live.schema();
        let is_first = !has_tables(&mut transaction, live).await?;
        let mut live_position = 0;
        if !is_first {
            place::run(&mut transaction, &format!("LOCK TABLE {live}.projection IN EXCLUSIVE MODE")).await?;
            live_position = load::position_in(&mut transaction, live).await?;
        }
        let (live, next, position) = (&self.live, &self.next, self.position);
        Ok(Held { transaction, live, next, position, live_position, is_first })
    }

    /// Who has had the tables in use for longest, as the server lists them; nothing if nobody has them.
    pub async fn in_use_by(&mut self) -> Result<Option<String>, Unavailable> {
        let user = sqlx::query_scalar!(
            r#"SELECT format('%s (process %s of the server, transaction begun at %s)',
                COALESCE(NULLIF(application_name, ''), usename), pid, date_trunc('second', xact_start)) AS "user!"
            FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE relation = to_regclass($1) AND granted AND pid <> pg_backend_pid()
            ORDER BY xact_start LIMIT 1"#,
            format!("{}.projection", self.live.schema())
        );
        Ok(user.fetch_optional(&mut self.connection).await?)
    }

    /// Drops the tables that were in use, once they have been switched away from.
    pub async fn drop_replaced(&mut self) -> Result<(), super::RebuildError> {
        let old = self.live.with_schema(format!("{}{OLD}", self.live.schema()));
        place::clear(&mut self.connection, &old).await.map(drop)
    }
}

impl Held<'_> {
    /// How far the tables in use have come, and stay.
    pub const fn live_position(&self) -> u64 {
        self.live_position
    }

    /// How far those that were built have come.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// What was built, to be written into; undone if it is not switched.
    pub fn tables(&mut self) -> Building<'_> {
        let channel = self.next.channel();
        Building { connection: &mut self.transaction, channel, position: &mut self.position }
    }

    /// Puts what was built in use. It must have come as far as what was in use: no answer may go back.
    ///
    /// If the database is lost meanwhile, only another look at it tells whether it did; [`Rebuild::begin`] does.
    pub async fn switch(mut self) -> Result<(), HoldError> {
        let (live, next) = (self.live.schema(), self.next.schema());
        let old = format!("{live}{OLD}");
        if !self.is_first {
            let lock = format!("LOCK TABLE {live}.projection IN ACCESS EXCLUSIVE MODE");
            place::run(&mut self.transaction, &lock).await?;
            grants::copy(&mut self.transaction, live, next).await?;
        }
        apply::catch_up(&mut self.transaction, &self.next.channel()).await?;
        place::rename(&mut self.transaction, live, next, &old).await?;
        tell(&mut self.transaction, &self.live.channel(), Told::LookAgain).await?;
        place::run(&mut self.transaction, "SET LOCAL synchronous_commit = on").await?;
        Ok(self.transaction.commit().await?)
    }
}

async fn has_tables(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    place::has_table(connection, &format!("{schema}.projection")).await
}
