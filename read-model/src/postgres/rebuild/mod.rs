//! A read model that is built beside the one in use, and put in its place in one step.
//!
//! It has a schema of its own, `…_next`, in the same database. Everything goes over one connection, which also holds
//! the lock that lets nobody else build there: whoever loses the one has lost the other.

mod building;
mod grants;
mod indexes;
mod place;
mod switch;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use thiserror::Error;

use super::leader::LEADER_LOCK;
use super::load;
use super::settings::PostgresSettings;
use crate::Unavailable;
use indexes::Alarm;
use place::Found;

pub use building::Building;
pub use switch::{Held, HoldError};

/// What it is built in, and what becomes of the one that was in use: the schema's name with this after it.
const NEXT: &str = "_next";
const OLD: &str = "_old";

/// How long to wait for another rebuild to be gone: the server notices within a second that a process has ended.
const FOR_THE_PLACE: &str = "3s";

/// What the server says when a lock is not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// A read model on its way, not asked by anyone yet. Nobody else builds one for the same schema meanwhile.
#[derive(Debug)]
pub struct Rebuild {
    connection: PgConnection,
    live: PostgresSettings,
    next: PostgresSettings,
    position: u64,
}

/// What was there when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Nothing, or what was to be dropped.
    Anew,
    /// A half-built one, which another release or other migrations had made. It is dropped.
    InsteadOfAnother,
    /// A half-built one, which goes on where it was.
    Resumed,
    /// Nothing, but the last rebuild was ended after it had switched, before it said so. It has nothing left to do.
    AlreadySwitched,
}

/// Why nothing is built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RebuildError {
    /// Somebody else does it, or leads there.
    #[error(
        "a rebuild of schema {live} is under way in another process, or a projector runs on schema {live}{NEXT}"
    )]
    UnderWay {
        /// The schema that is in use.
        live: String,
    },
    /// The place is taken by what no rebuild has made.
    #[error("schema {schema} is there, and no rebuild has made it; rename or drop it first")]
    Foreign {
        /// Whose name is needed.
        schema: String,
    },
    /// Somebody's views read the tables in use, and would be lost with them.
    #[error(
        "these views read the tables in use and would be dropped with them: {}; drop them first, and make them again \
         afterwards", .views.join(", ")
    )]
    ReadByViews {
        /// With their schemas.
        views: Vec<String>,
    },
    /// The database did not do it.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Rebuild {
    /// Takes the place beside the schema in use, and goes on with what is there, unless it is to be begun anew or was
    /// made by another release.
    pub async fn begin(live: &PostgresSettings, anew: bool) -> Result<(Self, Begun), RebuildError> {
        let next = live.with_schema(format!("{}{NEXT}", live.schema()));
        let mut connection = PgConnection::connect_with(&building(next.options())).await?;
        take_place(&mut connection, live, &next).await?;
        let found = place::look(&mut connection, &next).await?;
        let views = place::dependents(&mut connection, live.schema()).await?;
        if !views.is_empty() {
            return Err(RebuildError::ReadByViews { views });
        }
        let old = live.with_schema(format!("{}{OLD}", live.schema()));
        let replaced = place::clear(&mut connection, &old).await?;
        let begun = match found {
            Found::Half if !anew => Begun::Resumed,
            Found::HalfOfAnother if !anew => Begun::InsteadOfAnother,
            Found::Nothing if replaced && !anew => Begun::AlreadySwitched,
            _ => Begun::Anew,
        };
        if begun == Begun::AlreadySwitched {
            return Ok((Self { connection, live: live.clone(), next, position: 0 }, begun));
        }
        if begun != Begun::Resumed {
            place::make(&mut connection, &next).await?;
        }
        let position = load::position(&mut connection).await?;
        // What an ended one has left out already, it goes on leaving out, and nothing else.
        if position == 0 && !indexes::are_deferred(&mut connection, next.schema()).await? {
            indexes::defer(&mut connection, next.schema(), Alarm::AtTheEnd).await?;
        }
        Ok((Self { connection, live: live.clone(), next, position }, begun))
    }

    /// How far it has come in the log.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// What is built, to be written into.
    pub fn tables(&mut self) -> Building<'_> {
        Building {
            connection: &mut self.connection,
            channel: self.next.channel(),
            position: &mut self.position,
        }
    }

    /// Makes what only those who ask need, and says each that there is to make: it takes long after many events. What is
    /// there already is not made again. Answers false if two appointments of an agent overlap: then it cannot be finished,
    /// only be begun again [with care](Self::begin_again_with_care).
    pub async fn finish(&mut self, mut tell: impl FnMut(&str)) -> Result<bool, Unavailable> {
        Ok(indexes::make(&mut self.connection, self.next.schema(), &mut tell).await?)
    }

    /// Drops what is built and begins once more, with every event held to the constraints as it comes: more slowly, and
    /// the agent whose appointments overlap is parked where that begins.
    pub async fn begin_again_with_care(&mut self) -> Result<(), RebuildError> {
        place::make(&mut self.connection, &self.next).await?;
        self.position = 0;
        Ok(indexes::defer(&mut self.connection, self.next.schema(), Alarm::AtOnce).await?)
    }

    /// Lets go of the place. What is built stays, and is gone on with.
    pub async fn leave(self) -> Result<(), Unavailable> {
        Ok(self.connection.close().await?)
    }
}

/// The last commits of a half-built one may be lost with the server: its position is lost with its rows, so that it goes
/// on from there. The commit that puts it in use waits for the disk, and with it for all before it.
fn building(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("citas-rebuild").options([
        ("synchronous_commit", "off"),
        // A rebuild that is ended leaves the place at once, even in the middle of a long statement.
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
    // The leader lock of the schema that is built, so that no projector writes into it either.
    let taken = sqlx::query("SELECT pg_advisory_lock($1, hashtext($2))")
        .bind(LEADER_LOCK)
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

fn is(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}
