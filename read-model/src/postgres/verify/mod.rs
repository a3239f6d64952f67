//! Compares the live read model with one that is built from the log.
//!
//! That one is in temporary tables: no other session sees them, nothing of them is logged, and the server drops them with
//! the connection, however that ends. Building and comparing go over this one connection.

mod compare;

use schemas::Landmark;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use thiserror::Error;

use super::rebuild::{OverlapCheck, RebuildTables, indexes, schema};
use super::settings::PostgresSettings;
use super::sqlstate::{UNDEFINED_TABLE, is};
use super::writer::Writer;
use super::{landmark, load, migrations};
use crate::{ParkedStream, Unavailable};

pub use compare::{Comparison, Difference};

/// A read model built from the log, to be compared with the live one.
#[derive(Debug)]
pub struct Verification {
    connection: PgConnection,
    live: PostgresSettings,
    position: u64,
}

/// How far the live tables are, and what they leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveState {
    /// Their position in the log.
    pub position: u64,
    /// The last event that is in them, if there is one.
    pub landmark: Option<Landmark>,
    /// The parked streams.
    pub parked: Vec<ParkedStream>,
}

/// The live tables as of one moment, beside what is built.
#[derive(Debug)]
pub struct VerifySnapshot<'a> {
    transaction: Transaction<'a, Postgres>,
    live: &'a PostgresSettings,
    position: &'a mut u64,
    state: LiveState,
}

/// Why the live tables cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// There are no tables, or a hand has removed what tells which release made them.
    #[error("schema {schema} has no tables of Citas")]
    NoTables {
        /// The live schema.
        schema: String,
    },
    /// Another release has made them.
    #[error("the tables of schema {schema} were made by another release; verify them with that one")]
    OtherRelease {
        /// The live schema.
        schema: String,
    },
    /// They have no position: `projection` or its row is gone.
    #[error(
        "the tables of schema {schema} have lost their position in the log: the row of `projection` is gone"
    )]
    NoPosition {
        /// The live schema.
        schema: String,
    },
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for VerifyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Verification {
    /// Makes the temporary tables. The database user needs the privilege `TEMPORARY`, which users have by default.
    pub async fn begin(live: &PostgresSettings) -> Result<Self, VerifyError> {
        let options = live.options().application_name("citas-verify");
        let mut connection = PgConnection::connect_with(&options).await?;
        let schema = live.schema().to_owned();
        if !schema::has_table(&mut connection, &format!("{schema}._sqlx_migrations")).await? {
            return Err(VerifyError::NoTables { schema });
        }
        if !schema::has_these_migrations(&mut connection, &schema).await? {
            return Err(VerifyError::OtherRelease { schema });
        }
        // Every table without a schema in its name is now a temporary one.
        schema::run(&mut connection, "SET search_path = pg_temp, public").await?;
        migrations::make(&mut connection).await?;
        let temporary = "SELECT nspname::text FROM pg_namespace WHERE oid = pg_my_temp_schema()";
        let temporary: String = sqlx::query_scalar(temporary).fetch_one(&mut connection).await?;
        indexes::defer(&mut connection, &temporary, OverlapCheck::AtTheEnd).await?;
        Ok(Self { connection, live: live.clone(), position: 0 })
    }

    /// How far the live tables are by now.
    pub async fn live(&mut self) -> Result<LiveState, VerifyError> {
        state(&mut self.connection, self.live.schema()).await
    }

    /// The tables that are built, to apply events to.
    pub fn tables(&mut self) -> RebuildTables<'_> {
        let writer = writer(&self.live);
        RebuildTables { connection: &mut self.connection, writer, position: &mut self.position }
    }

    /// Begins to see the live tables as they are now. A rebuild cannot switch before this is dropped.
    pub async fn snapshot(&mut self) -> Result<VerifySnapshot<'_>, VerifyError> {
        let schema = self.live.schema();
        let mut transaction = self.connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        // The lock comes first, as in every query: a switch waits for it, and what it sees is not from before a switch.
        let lock = format!("LOCK TABLE {schema}.projection IN ACCESS SHARE MODE");
        match schema::run(&mut transaction, &lock).await {
            Err(error) if is(&error, UNDEFINED_TABLE) => return Err(lost(schema)),
            locked => locked?,
        }
        let state = state(&mut transaction, schema).await?;
        Ok(VerifySnapshot { transaction, live: &self.live, position: &mut self.position, state })
    }
}

impl VerifySnapshot<'_> {
    /// How far the live tables are in it.
    pub const fn state(&self) -> &LiveState {
        &self.state
    }

    /// The tables that are built, to apply events to, up to the position of the live ones.
    pub fn tables(&mut self) -> RebuildTables<'_> {
        let writer = writer(self.live);
        RebuildTables { connection: &mut self.transaction, writer, position: self.position }
    }

    /// Compares every row of the live tables with what is built, which must have reached their position.
    pub async fn compare(mut self) -> Result<Comparison, Unavailable> {
        let comparison = compare::compare(&mut self.transaction, self.live.schema()).await?;
        self.transaction.rollback().await?;
        Ok(comparison)
    }
}

async fn state(connection: &mut PgConnection, schema: &str) -> Result<LiveState, VerifyError> {
    if !schema::has_table(connection, &format!("{schema}.projection")).await? {
        return Err(lost(schema));
    }
    let position = load::position_in(connection, schema).await?.ok_or_else(|| lost(schema))?;
    let parked = load::parked_streams_in(connection, schema).await?;
    let landmark = landmark::landmark_in(connection, schema).await?;
    Ok(LiveState { position, landmark, parked })
}

fn lost(schema: &str) -> VerifyError {
    VerifyError::NoPosition { schema: schema.to_owned() }
}

/// Nobody leads on the temporary tables, and nobody listens to what becomes of them.
fn writer(live: &PostgresSettings) -> Writer {
    Writer { channel: format!("{}_verify", live.channel()), ..Writer::of_nobody(live) }
}
