//! The read model in Postgres: the same answers as from memory, for several processes, without reading the past at
//! every start.
//!
//! Events are folded by the code that folds them in memory, into rows that are loaded before and written after: what
//! an event means is nowhere said in SQL. Slots and calendars are asked of `availability`, over the rows of the agents
//! and the range in question; what that comes to can be kept in a [`SlotCache`], and is used for as long as it is so.
//!
//! Queries of the migrations' tables and of the server's catalog are checked when this is built, against what `.sqlx`
//! says of them; `scripts/queries` writes it from the migrations. Not checked are statements whose text is made when they
//! run: those with a schema's name in them, and the list of appointments, which has a text for each combination of
//! filters; what goes to the server as several statements at once, such as the lock and the look of a question; tables
//! that no migration makes; and what names no table: advisory locks, settings and notifications.

mod apply;
mod batch;
mod calendars;
mod changes;
mod columns;
mod known;
mod leader;
mod list;
mod load;
mod metrics;
mod parked;
mod questions;
mod rebuild;
mod records;
mod rows;
mod settings;
mod slot_cache;
mod slots;
mod watch;
mod write;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Transaction};

use uuid::Uuid;

use crate::{Behind, ParkedStream, Unavailable};
use watch::Watch;

pub use leader::HeldLeaderLock;
pub use rebuild::{Begun, Building, Held, HoldError, Rebuild, RebuildError};
pub use settings::{InvalidSettings, PostgresSettings};
pub use slot_cache::{
    InvalidRedis, MemorySlotCache, RedisSettings, RedisSlotCache, SlotCache, SlotCacheUsage,
};
pub use watch::NotReady;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Taken while tables are made and changed, by one process at a time. Any number that nobody else uses.
const MIGRATION_LOCK: i64 = 0x0063_6974_6173_0001;

/// Answers from tables in one schema of a database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct PostgresReadModel {
    pool: PgPool,
    settings: Arc<PostgresSettings>,
    watch: Arc<Watch>,
    slot_cache: SlotCache,
}

impl PostgresReadModel {
    /// Connects when it is first asked. Must be called within a tokio runtime.
    pub fn new(settings: PostgresSettings) -> Self {
        metrics::describe();
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections())
            .acquire_timeout(settings.patience())
            .connect_lazy_with(settings.options());
        let watch = Arc::new(Watch::start(&settings));
        Self { pool, settings: Arc::new(settings), watch, slot_cache: SlotCache::None }
    }

    /// The same tables, with what has been computed of free time kept in this cache. The answers stay the same.
    #[must_use]
    pub fn with_slot_cache(self, slot_cache: SlotCache) -> Self {
        Self { slot_cache, ..self }
    }

    /// Makes the schema and its tables, or brings them up to date. Processes that start together do it in turn.
    pub async fn migrate(&self) -> Result<(), Unavailable> {
        migrate(&self.settings).await?;
        self.watch.look_again();
        Ok(())
    }

    /// Drops everything that it knows, to be built again from the events.
    pub async fn reset(&self) -> Result<(), Unavailable> {
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.settings.schema());
        sqlx::query(AssertSqlSafe(drop)).execute(&self.pool).await?;
        self.migrate().await
    }

    /// Lets go of every connection; it cannot be asked any more.
    pub async fn close(&self) {
        self.watch.close();
        self.pool.close().await;
    }

    /// How far it has come in the log; 0 before the first event.
    pub async fn position(&self) -> Result<u64, Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(load::position(&mut *connection).await?)
    }

    /// Waits until it has come as far as `min_position`, whoever projects into it.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        self.watch.wait_for(min_position, timeout).await
    }

    /// Whether it can be asked, as it was seen last.
    pub fn ready(&self) -> Result<(), NotReady> {
        self.watch.ready()
    }

    /// Whether it has once had all that the log had, as it was seen last; not before it has been seen.
    pub fn has_caught_up(&self) -> bool {
        self.watch.has_caught_up()
    }

    /// The streams whose events are left out.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(load::parked_streams(&mut *connection).await?)
    }

    /// Everything as of one moment.
    ///
    /// The lock comes first. A rebuild that is switched to waits for those who have it; whoever waits for the rebuild
    /// looks at nothing before it has the new tables, and so sees all of what was written into them.
    async fn snapshot(&self) -> Result<Snapshot, sqlx::Error> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let mut transaction = self.pool.begin_with(begin).await?;
        let load::Moment { position, tables_id, office_position } = load::moment(&mut *transaction).await?;
        Ok(Snapshot { transaction, position, tables_id, office_position })
    }
}

/// Makes the schema and its tables, or brings them up to date.
async fn migrate(settings: &PostgresSettings) -> Result<(), Unavailable> {
    // Of its own, so that the lock ends with the connection whatever happens.
    let mut connection = PgConnection::connect_with(&settings.options()).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut connection).await?;
    let schema = settings.schema();
    sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}")))
        .execute(&mut connection)
        .await?;
    // Not in the schema, which may be dropped and made again.
    sqlx::query("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
        .execute(&mut connection)
        .await?;
    MIGRATIONS.run(&mut connection).await?;
    watch::tell(&mut connection, &settings.channel(), watch::Told::LookAgain).await?;
    Ok(connection.close().await?)
}

/// A transaction that sees the tables as they were when it began.
struct Snapshot {
    transaction: Transaction<'static, Postgres>,
    position: u64,
    tables_id: Uuid,
    office_position: u64,
}

impl From<sqlx::Error> for Unavailable {
    fn from(error: sqlx::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

impl From<sqlx::migrate::MigrateError> for Unavailable {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self { reason: error.to_string() }
    }
}

impl From<sqlx::Error> for crate::QueryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}
