//! The switch: the built tables replace the live ones in one step, while these are queried and written.
//!
//! A write begins by locking the row of `projection`, and a query by locking that table for reading. So one lock on it
//! holds up the writers and then, for an instant, the queries: no transaction sees tables of both.

use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use thiserror::Error;

use super::{OLD, Rebuild, RebuildTables, grants, schema};
use crate::Unavailable;
use crate::postgres::migrations::MIGRATION_LOCK;
use crate::postgres::notification::{Notification, notify};
use crate::postgres::settings::PostgresSettings;
use crate::postgres::sqlstate::{LOCK_NOT_AVAILABLE, is};
use crate::postgres::writer::Writer;
use crate::postgres::{apply, load};

/// How long writers and queries may be held up: less than their own timeout.
const TIMEOUT: &str = "SET LOCAL lock_timeout = '500ms'";

/// The live tables, locked against writes until this is dropped or has switched. Queries still read them.
#[derive(Debug)]
pub struct SwitchGuard<'a> {
    transaction: Transaction<'a, Postgres>,
    live: &'a PostgresSettings,
    next: &'a PostgresSettings,
    position: u64,
    live_position: u64,
    is_first: bool,
}

/// Why the switch fails.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SwitchError {
    /// Another transaction holds the live tables for so long that queries would have to wait for it.
    #[error("another transaction holds a lock on the live tables")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for SwitchError {
    fn from(error: sqlx::Error) -> Self {
        if is(&error, LOCK_NOT_AVAILABLE) { Self::Busy } else { Self::Unavailable(error.into()) }
    }
}

impl Rebuild {
    /// Locks the live tables against writes, if there are any.
    pub async fn hold(&mut self) -> Result<SwitchGuard<'_>, SwitchError> {
        let mut transaction = self.connection.begin().await?;
        schema::run(&mut transaction, TIMEOUT).await?;
        // No process creates or changes tables while schemas are renamed.
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut *transaction)
            .await?;
        let live = self.live.schema();
        let is_first = !has_tables(&mut transaction, live).await?;
        let mut live_position = 0;
        if !is_first {
            schema::run(&mut transaction, &format!("LOCK TABLE {live}.projection IN EXCLUSIVE MODE")).await?;
            // Without a position they are to be replaced all the more: a hand has emptied `projection`.
            live_position = load::position_in(&mut transaction, live).await?.unwrap_or(0);
        }
        let (live, next, position) = (&self.live, &self.next, self.position);
        Ok(SwitchGuard { transaction, live, next, position, live_position, is_first })
    }

    /// The longest transaction that holds the live tables, as the server lists it; `None` if there is none.
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

    /// Drops the replaced tables, after the switch.
    pub async fn drop_replaced(&mut self) -> Result<(), super::RebuildError> {
        let old = self.live.with_schema(format!("{}{OLD}", self.live.schema()));
        schema::clear(&mut self.connection, &old).await.map(drop)
    }
}

impl SwitchGuard<'_> {
    /// The position of the live tables, which stays.
    pub const fn live_position(&self) -> u64 {
        self.live_position
    }

    /// The position of the built tables.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The built tables, to apply events to; undone without a switch.
    pub fn tables(&mut self) -> RebuildTables<'_> {
        let writer = Writer::of_nobody(self.next);
        RebuildTables { connection: &mut self.transaction, writer, position: &mut self.position }
    }

    /// Makes the built tables live. They must have reached the live tables' position: no answer may go back.
    ///
    /// If the connection is lost meanwhile, only the database shows whether it switched; [`Rebuild::begin`] looks.
    pub async fn switch(mut self) -> Result<(), SwitchError> {
        let (live, next) = (self.live.schema(), self.next.schema());
        let old = format!("{live}{OLD}");
        if !self.is_first {
            let lock = format!("LOCK TABLE {live}.projection IN ACCESS EXCLUSIVE MODE");
            schema::run(&mut self.transaction, &lock).await?;
            grants::copy(&mut self.transaction, live, next).await?;
        }
        apply::catch_up(&mut self.transaction, &Writer::of_nobody(self.next)).await?;
        schema::take_over_leases(&mut self.transaction, live, next).await?;
        schema::rename(&mut self.transaction, live, next, &old).await?;
        notify(&mut self.transaction, &self.live.channel(), Notification::LookAgain).await?;
        schema::run(&mut self.transaction, "SET LOCAL synchronous_commit = on").await?;
        Ok(self.transaction.commit().await?)
    }
}

async fn has_tables(connection: &mut PgConnection, schema: &str) -> Result<bool, sqlx::Error> {
    schema::has_table(connection, &format!("{schema}.projection")).await
}
