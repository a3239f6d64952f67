//! Builds a read model beside the live one, and replaces that in one step.
//!
//! It has a schema of its own, `…_next`, in the same database. Everything goes over one connection, which also holds
//! the lock against other rebuilds: they are lost together.

mod grants;
pub(super) mod indexes;
pub(super) mod schema;
mod switch;
mod tables;

use schemas::Landmark;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use thiserror::Error;

use super::settings::PostgresSettings;
use super::sqlstate::{LOCK_NOT_AVAILABLE, is};
use super::writer::Writer;
use super::{landmark, load};
use crate::Unavailable;
use schema::Found;

pub(super) use indexes::OverlapCheck;
pub use switch::{SwitchError, SwitchGuard};
pub use tables::RebuildTables;

/// Suffixes to the live schema's name: of the schema that is built in, and of the replaced one.
const NEXT: &str = "_next";
const OLD: &str = "_old";

/// The first key of the advisory lock of a rebuild, before the hash of the schema's name; any number not used elsewhere.
const REBUILD_LOCK: i32 = 0x0C17;

/// How long to wait for another rebuild to end: the server notices within a second that a process has ended.
const FOR_THE_PLACE: &str = "3s";

/// A read model being built, which no query reads yet. No other process builds one for the same schema meanwhile.
#[derive(Debug)]
pub struct Rebuild {
    connection: PgConnection,
    live: PostgresSettings,
    next: PostgresSettings,
    position: u64,
}

/// What a rebuild found when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebuildStart {
    /// Nothing, or tables that were to be dropped.
    Fresh,
    /// A half-built one of another release or with other migrations, which is dropped.
    ReplacedOther,
    /// A half-built one, which is continued.
    Resumed,
    /// Nothing, but the last rebuild was killed after its switch, before it reported it. Nothing is left to do.
    AlreadySwitched,
}

/// Why a rebuild fails.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RebuildError {
    /// Another process rebuilds this schema.
    #[error("a rebuild of schema {live} is under way in another process")]
    UnderWay {
        /// The live schema.
        live: String,
    },
    /// A schema of the needed name was not made by a rebuild.
    #[error("schema {schema} exists, but no rebuild has made it; rename or drop it first")]
    Foreign {
        /// Its name.
        schema: String,
    },
    /// Views of other schemas read the live tables, and would be dropped with them.
    #[error(
        "these views read the live tables and would be dropped with them: {}; drop them first, and create them again \
         afterwards", .views.join(", ")
    )]
    ReadByViews {
        /// Their names, with schemas.
        views: Vec<String>,
    },
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Rebuild {
    /// Locks the schema beside the live one and continues what it holds, unless `anew` is set or another release made
    /// it.
    pub async fn begin(live: &PostgresSettings, anew: bool) -> Result<(Self, RebuildStart), RebuildError> {
        let next = live.with_schema(format!("{}{NEXT}", live.schema()));
        let mut connection = PgConnection::connect_with(&building(next.options())).await?;
        take_place(&mut connection, live, &next).await?;
        let found = schema::look(&mut connection, &next).await?;
        let views = schema::dependents(&mut connection, live.schema()).await?;
        if !views.is_empty() {
            return Err(RebuildError::ReadByViews { views });
        }
        let old = live.with_schema(format!("{}{OLD}", live.schema()));
        let replaced = schema::clear(&mut connection, &old).await?;
        let begun = match found {
            Found::Half if !anew => RebuildStart::Resumed,
            Found::HalfOfAnother if !anew => RebuildStart::ReplacedOther,
            Found::Nothing if replaced && !anew => RebuildStart::AlreadySwitched,
            _ => RebuildStart::Fresh,
        };
        if begun == RebuildStart::AlreadySwitched {
            return Ok((Self { connection, live: live.clone(), next, position: 0 }, begun));
        }
        if begun != RebuildStart::Resumed {
            schema::make(&mut connection, &next).await?;
        }
        let position = load::position(&mut connection).await?;
        // A resumed rebuild keeps to what it has deferred already.
        if position == 0 && !indexes::are_deferred(&mut connection, next.schema()).await? {
            indexes::defer(&mut connection, next.schema(), OverlapCheck::AtTheEnd).await?;
        }
        Ok((Self { connection, live: live.clone(), next, position }, begun))
    }

    /// The last event that is in the live tables, if there are tables and it is known.
    pub async fn live_landmark(&mut self) -> Result<Option<Landmark>, Unavailable> {
        let schema = self.live.schema();
        if !schema::has_table(&mut self.connection, &format!("{schema}.projection")).await? {
            return Ok(None);
        }
        Ok(landmark::landmark_in(&mut self.connection, schema).await?)
    }

    /// Drops what is built, and begins anew.
    pub async fn restart(&mut self) -> Result<(), RebuildError> {
        schema::make(&mut self.connection, &self.next).await?;
        self.position = 0;
        Ok(indexes::defer(&mut self.connection, self.next.schema(), OverlapCheck::AtTheEnd).await?)
    }

    /// Its position in the log.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The tables being built, to apply events to.
    pub fn tables(&mut self) -> RebuildTables<'_> {
        RebuildTables {
            connection: &mut self.connection,
            writer: Writer::of_nobody(&self.next),
            position: &mut self.position,
        }
    }

    /// Creates the deferred indexes and constraint, and calls `report` with the name of each: it takes long after many
    /// events. Those already created are skipped. Returns false if two appointments of an agent overlap: then it cannot
    /// be finished, only [restarted with checks](Self::restart_checked).
    pub async fn finish(&mut self, mut report: impl FnMut(&str)) -> Result<bool, Unavailable> {
        Ok(indexes::make(&mut self.connection, self.next.schema(), &mut report).await?)
    }

    /// Drops what is built and restarts, checking the constraints with every event: slower, but an agent whose
    /// appointments overlap is parked at the first overlap.
    pub async fn restart_checked(&mut self) -> Result<(), RebuildError> {
        schema::make(&mut self.connection, &self.next).await?;
        self.position = 0;
        Ok(indexes::defer(&mut self.connection, self.next.schema(), OverlapCheck::AtOnce).await?)
    }

    /// Releases the schema. What is built stays, and the next rebuild continues it.
    pub async fn leave(self) -> Result<(), Unavailable> {
        Ok(self.connection.close().await?)
    }
}

/// Commits do not wait for the disk: a server that crashes may lose the last ones, rows and position together, and the
/// rebuild continues from there. The commit of the switch waits for the disk, and so for all before it.
fn building(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("citas-rebuild").options([
        ("synchronous_commit", "off"),
        // A rebuild that is killed releases its lock at once, even in the middle of a long statement.
        ("client_connection_check_interval", "1s"),
    ])
}

async fn take_place(
    connection: &mut PgConnection,
    live: &PostgresSettings,
    next: &PostgresSettings,
) -> Result<(), RebuildError> {
    sqlx::query("SELECT set_config('lock_timeout', $1, false)")
        .bind(FOR_THE_PLACE)
        .execute(&mut *connection)
        .await?;
    let taken = sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))")
        .bind(REBUILD_LOCK)
        .bind(next.schema())
        .execute(&mut *connection)
        .await;
    match taken {
        Err(error) if is(&error, LOCK_NOT_AVAILABLE) => {
            return Err(RebuildError::UnderWay { live: live.schema().to_owned() });
        }
        taken => taken?,
    };
    sqlx::query("SET lock_timeout = 0").execute(connection).await?;
    Ok(())
}
