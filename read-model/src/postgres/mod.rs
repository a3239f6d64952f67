//! The read model in Postgres: the same answers as from memory, shared by several processes, without a replay at every
//! start.
//!
//! Events are folded by the same code as in memory, into rows that are loaded before and written after: no SQL
//! interprets an event. `availability` computes slots and calendars from the rows of a query's agents and range;
//! computed free time can be kept in a [`SlotCache`], and is used for as long as it is valid.
//!
//! Queries of the migrations' tables and of the server's catalog are checked at build time against `.sqlx`, which
//! `scripts/queries` writes from the migrations. Not checked are statements whose text is made at run time: those with
//! a schema's name in them, and the list and the summary of appointments, which have a text for each combination of filters;
//! several statements sent at once, such as the lock and first read of a query; tables that no migration makes; and statements
//! without a table: advisory locks, settings and notifications.

mod apply;
mod appointment_summary;
mod batch;
mod bulk_moves;
mod cached_slots;
mod calendar_layers;
mod calendars;
mod changes;
mod columns;
mod conflicts;
mod landmark;
mod leads;
mod lease;
mod list;
mod load;
mod metrics;
mod migrations;
mod notification;
mod parked;
mod queries;
mod rebuild;
mod records;
mod rows;
mod seen;
mod settings;
mod slot_cache;
mod slots;
mod sqlstate;
mod verify;
mod watch;
mod write;
mod writer;

use chrono_tz::Tz;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use uuid::Uuid;

use crate::budget::CostlyQueries;
use crate::{Behind, ParkedStream, QueryBudget, Unavailable};
use migrations::migrate;
use notification::{Notification, notify};
use watch::Watch;

pub use lease::{HeldLease, HolderProgress, Lease, PROJECTION_LEASE};
pub use rebuild::{Rebuild, RebuildError, RebuildStart, RebuildTables, SwitchError, SwitchGuard};
pub use seen::{NotFollowing, NotReady};
pub use settings::{InvalidSettings, PostgresSettings};
pub use slot_cache::{
    InvalidRedis, MemorySlotCache, RedisSettings, RedisSlotCache, SlotCache, SlotCacheUsage,
};
pub use verify::{Comparison, Difference, LiveState, Verification, VerifyError, VerifySnapshot};

/// Serves queries from tables in one schema of a database. Clones share its connections.
#[derive(Debug, Clone)]
pub struct PostgresReadModel {
    pool: PgPool,
    settings: Arc<PostgresSettings>,
    watch: Arc<Watch>,
    slot_cache: SlotCache,
    costly: CostlyQueries,
    /// The token of the lease by which this process may write; 0 where nobody has led.
    token: u64,
}

impl PostgresReadModel {
    /// The watch connects at once, queries when they run. Must be called within a tokio runtime.
    pub fn new(settings: PostgresSettings) -> Self {
        metrics::describe();
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections())
            .acquire_timeout(settings.timeout_after())
            .connect_lazy_with(settings.shared_options());
        let watch = Arc::new(Watch::start(&settings));
        Self {
            pool,
            settings: Arc::new(settings),
            watch,
            slot_cache: SlotCache::None,
            costly: CostlyQueries::default(),
            token: 0,
        }
    }

    /// The same tables, with computed free time kept in this cache. The answers stay the same.
    #[must_use]
    pub fn with_slot_cache(self, slot_cache: SlotCache) -> Self {
        Self { slot_cache, ..self }
    }

    /// Lets one query cost so much.
    #[must_use]
    pub fn with_query_budget(self, budget: QueryBudget) -> Self {
        Self { costly: CostlyQueries::new(budget), ..self }
    }

    /// Creates the schema and its tables, or migrates them. Processes that start together take turns.
    pub async fn migrate(&self) -> Result<(), Unavailable> {
        migrate(&self.settings, None).await?;
        self.watch.look_again();
        Ok(())
    }

    /// Makes or migrates the tables as the holder of a lease, and takes them over: the read model that is returned writes them,
    /// and none that was led by an earlier holder does any more, in whatever it is interrupted.
    pub async fn lead(&self, lease: &HeldLease) -> Result<Self, Unavailable> {
        migrate(&self.settings, Some((lease.name(), lease.token()))).await?;
        let mut connection = self.pool.acquire().await?;
        let take_over = sqlx::query!(
            "UPDATE projection SET leader_token = $1 WHERE leader_token <= $1",
            columns::signed(lease.token())
        );
        if take_over.execute(&mut *connection).await?.rows_affected() == 0 {
            // Unless the row is not there at all.
            load::position(&mut *connection).await?;
            return Err(writer::superseded());
        }
        notify(&mut connection, &self.settings.channel(), Notification::LookAgain).await?;
        self.watch.look_again();
        Ok(Self { token: lease.token(), ..self.clone() })
    }

    /// Drops and recreates the tables, to be rebuilt from the events.
    pub async fn reset(&self) -> Result<(), Unavailable> {
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.settings.schema());
        sqlx::query(AssertSqlSafe(drop)).execute(&self.pool).await?;
        self.migrate().await
    }

    /// Closes every connection; queries fail from then on.
    pub async fn close(&self) {
        self.watch.close();
        self.pool.close().await;
    }

    /// Its position in the log; 0 before the first event.
    pub async fn position(&self) -> Result<u64, Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(load::position(&mut *connection).await?)
    }

    /// Waits until the position reaches `min_position`, whichever process projects.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        self.watch.wait_for(min_position, timeout).await
    }

    /// Whether it can serve queries, as last seen.
    pub fn ready(&self) -> Result<(), NotReady> {
        self.watch.ready()
    }

    /// Whether a projector leads, as last seen.
    pub fn leader(&self) -> Result<(), NotFollowing> {
        self.watch.leader()
    }

    /// Whether the tables follow the log, as last seen.
    pub fn stalled(&self) -> Result<(), NotFollowing> {
        self.watch.stalled()
    }

    /// Whether it has once caught up with the log, as last seen; false before it was seen.
    pub fn has_caught_up(&self) -> bool {
        self.watch.has_caught_up()
    }

    /// The parked streams, whose events are left out.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, Unavailable> {
        let mut connection = self.pool.acquire().await?;
        Ok(load::parked_streams(&mut *connection).await?)
    }

    /// A transaction that sees the tables as of one moment.
    ///
    /// The lock comes first. The switch to a rebuild waits for the holders of this lock; a query that waits for the
    /// switch reads nothing before it has the new tables, and so sees all that was written into them.
    async fn snapshot(&self) -> Result<Snapshot, sqlx::Error> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let mut transaction = self.pool.begin_with(begin).await?;
        let load::SnapshotInfo { position, tables_id, office_position, locale, time_zone } =
            load::moment(&mut *transaction).await?;
        Ok(Snapshot { transaction, position, tables_id, office_position, locale, time_zone })
    }
}

/// A transaction that sees the tables as they were when it began.
struct Snapshot {
    transaction: Transaction<'static, Postgres>,
    position: u64,
    tables_id: Uuid,
    office_position: u64,
    locale: String,
    time_zone: Tz,
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
