//! The read model in Postgres, built anew beside the one in use and put in its place: [`rebuild`].
//!
//! While it is built, and while it is switched to, the projector that leads goes on and questions are answered. It can
//! be ended at any moment: started again it goes on where it was.

mod progress;
mod rebuild_reactor;

use std::time::Duration;

use event_store::{EventStore, ReadError, StreamFilter};
use reactor::{Chunk, Handling, History, Retry};
use read_model::postgres::{Begun, Held, HoldError, PostgresSettings, Rebuild, RebuildError};
use read_model::{ParkedStream, Unavailable};
use thiserror::Error;
use tokio::time::Instant;

use crate::projection::filter;
use rebuild_reactor::RebuildReactor;

pub use progress::Progress;

/// How many events share a transaction.
const CHUNK: usize = 8192;

/// How long those who write may be held up by events that came while they were stopped.
const HOLD: Duration = Duration::from_secs(1);

/// How long the tables in use are left alone when they could not be switched away from.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// What is to be rebuilt, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The schema in use.
    pub postgres: PostgresSettings,
    /// Drop what an ended rebuild has left, instead of going on with it.
    pub restart: bool,
    /// Switch even if streams are parked.
    pub accept_parked: bool,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt {
    /// What was built is in use.
    Switched {
        /// How far it had come in the log.
        position: u64,
    },
    /// An earlier run had switched, and was ended before it said so.
    Already,
    /// It is built and not in use: the later events of these streams are missing from it.
    Parked(Vec<ParkedStream>),
}

/// Why it did not come to its end. What is built stays, unless it says so.
#[derive(Debug, Error)]
pub enum RebuildFailure {
    /// It could not begin.
    #[error(transparent)]
    Begin(#[from] RebuildError),
    /// The database did not take it.
    #[error("the database is lost")]
    Database(#[source] Retry),
    /// The log could not be read.
    #[error("the log cannot be read")]
    Log(#[from] ReadError),
}

impl From<Retry> for RebuildFailure {
    fn from(lost: Retry) -> Self {
        Self::Database(lost)
    }
}

impl From<Unavailable> for RebuildFailure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Database(Retry::new(unavailable))
    }
}

/// Builds the read model beside the one in use and puts it in its place, from wherever an earlier run was ended.
///
/// May be dropped at any moment: nothing is half done but what the next run goes on with.
pub async fn rebuild(
    store: &EventStore,
    plan: &Plan,
    progress: &Progress,
) -> Result<Rebuilt, RebuildFailure> {
    let (mut rebuild, begun) = Rebuild::begin(&plan.postgres, plan.restart).await?;
    let filter = filter();
    let end = store.head_of(&filter).await?.unwrap_or(0);
    match begun {
        Begun::AlreadySwitched => return Ok(Rebuilt::Already),
        Begun::Anew => progress.say("the tables are built anew, beside those in use"),
        Begun::InsteadOfAnother => progress.say(
            "a half-built read model was there that another release or other migrations had made; it is dropped, and \
             the tables are built anew",
        ),
        Begun::Resumed => {
            progress.say(&format!("going on where an earlier rebuild was ended, at position {}", rebuild.position()));
        }
    }
    progress.begin(rebuild.position(), end);
    catch_up(store, &filter, &mut rebuild, progress).await?;
    while !rebuild.finish(|name| progress.say(&format!("making {name}"))).await? {
        progress.say(
            "two appointments of an agent overlap, and neither shares its slot; the tables are built once more, with \
             every event checked, so that the agent is parked at the one that does it",
        );
        rebuild.restart_checked().await?;
        progress.begin(0, end);
        catch_up(store, &filter, &mut rebuild, progress).await?;
    }
    loop {
        catch_up(store, &filter, &mut rebuild, progress).await?;
        let parked = rebuild.tables().parked().await?;
        if !parked.is_empty() && !plan.accept_parked {
            progress.end();
            return Ok(Rebuilt::Parked(parked));
        }
        if let Some(position) = switch(store, &filter, &mut rebuild, progress).await? {
            progress.end();
            rebuild.drop_replaced().await?;
            rebuild.leave().await?;
            return Ok(Rebuilt::Switched { position });
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

/// Reads and projects until the log has no more. What comes next is read while the database writes.
async fn catch_up(
    store: &EventStore,
    filter: &StreamFilter,
    rebuild: &mut Rebuild,
    progress: &Progress,
) -> Result<(), RebuildFailure> {
    let mut history = History::read(store, filter, rebuild.position(), CHUNK);
    let mut handling = Handling::new(RebuildReactor::new(rebuild.tables()));
    handling.begin().await?;
    while let Some(chunk) = history.next().await {
        let Chunk { events, position } = chunk?;
        let count = events.len();
        handling.take(events, position).await?;
        progress.reached(position, count);
    }
    Ok(())
}

/// Switches, and answers at which position; nothing if others have the tables in use for too long.
async fn switch(
    store: &EventStore,
    filter: &StreamFilter,
    rebuild: &mut Rebuild,
    progress: &Progress,
) -> Result<Option<u64>, RebuildFailure> {
    let switched = match rebuild.hold().await {
        Ok(held) => finish(store, filter, held, progress).await,
        Err(HoldError::Busy) => Ok(None),
        Err(HoldError::Unavailable(unavailable)) => Err(unavailable.into()),
    }?;
    if switched.is_none() {
        let by = rebuild.in_use_by().await?.map_or_else(String::new, |by| format!("; longest by {by}"));
        progress
            .say(&format!("the tables in use cannot be switched away from yet{by}; they are tried again"));
    }
    Ok(switched)
}

/// Has the new tables come as far as those that nobody may write into now, and switches.
async fn finish(
    store: &EventStore,
    filter: &StreamFilter,
    mut held: Held<'_>,
    progress: &Progress,
) -> Result<Option<u64>, RebuildFailure> {
    let began = Instant::now();
    let (mut position, live_position) = (held.position(), held.live_position());
    let mut handling = Handling::new(RebuildReactor::new(held.tables()));
    handling.begin().await?;
    while position < live_position {
        if HOLD < began.elapsed() {
            return Ok(None);
        }
        let chunk = Chunk::read(store, filter, position, CHUNK).await?;
        let count = chunk.events.len();
        // No event, and yet the tables in use are further: they know that there is none.
        position = if chunk.position <= position { live_position } else { chunk.position };
        handling.take(chunk.events, position).await?;
        progress.reached(position, count);
    }
    match held.switch().await {
        Ok(()) => Ok(Some(position)),
        Err(HoldError::Busy) => Ok(None),
        Err(HoldError::Unavailable(unavailable)) => Err(unavailable.into()),
    }
}
