//! Rebuilds the read model in Postgres beside the one in use, and switches to it: [`rebuild`].
//!
//! The projector and queries continue all the while. A rebuild can be stopped at any moment, and the next run resumes
//! it.

use std::time::Duration;

use event_store::{EventStore, Landmark, ReadError, StreamFilter};
use reactor::{Chunk, History, ParkingHandler, Retry};
use read_model::postgres::{PostgresSettings, Rebuild, RebuildError, RebuildStart, SwitchError, SwitchGuard};
use read_model::{ParkedStream, Unavailable};
use thiserror::Error;
use tokio::time::Instant;

use crate::Progress;
use crate::build_reactor::BuildReactor;
use crate::projection::filter;

/// Its name in the log.
const NAME: &str = "rebuild";

/// How many events share a transaction.
const CHUNK: usize = 8192;

/// How long writers may be blocked while the last events are applied before the switch.
const HOLD: Duration = Duration::from_secs(1);

/// The pause before a switch is retried that failed because the tables are in use.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// What is to be rebuilt, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The schema in use.
    pub postgres: PostgresSettings,
    /// Drop what an interrupted rebuild has left, instead of resuming it.
    pub restart: bool,
    /// Switch even if streams are parked.
    pub accept_parked: bool,
}

/// How a rebuild ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt {
    /// The new tables are in use.
    Switched {
        /// The position in the log that they had reached.
        position: u64,
    },
    /// An earlier run had switched, and was stopped before it reported that.
    Already,
    /// The tables are built and not in use: the later events of these streams are missing.
    Parked(Vec<ParkedStream>),
}

/// Why a rebuild failed. The tables that it has built stay, unless the error says otherwise.
#[derive(Debug, Error)]
pub enum RebuildFailure {
    /// It could not begin.
    #[error(transparent)]
    Begin(#[from] RebuildError),
    /// The database failed.
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

/// Builds the read model beside the one in use and switches to it, resuming an interrupted run.
///
/// May be dropped at any moment: the next run resumes.
pub async fn rebuild(
    store: &EventStore,
    plan: &Plan,
    progress: &Progress,
) -> Result<Rebuilt, RebuildFailure> {
    let (mut rebuild, begun) = Rebuild::begin(&plan.postgres, plan.restart).await?;
    let filter = filter();
    let end = store.head_of(&filter).await?.unwrap_or(0);
    match begun {
        RebuildStart::AlreadySwitched => return Ok(Rebuilt::Already),
        RebuildStart::Fresh => progress.say("building new tables beside those in use"),
        RebuildStart::ReplacedOther => progress.say(
            "a half-built read model of another release or of other migrations is dropped; building new tables \
             beside those in use",
        ),
        RebuildStart::Resumed => {
            progress.say(&format!("resuming an interrupted rebuild at position {}", rebuild.position()));
        }
    }
    let built = rebuild.tables().landmark().await?;
    if !store.was_read(built.as_ref(), above_zero(rebuild.position())).await? {
        progress
            .say("what the interrupted rebuild has built is from another log; building new tables instead");
        rebuild.restart().await?;
    }
    progress.begin(rebuild.position(), end);
    catch_up(store, &filter, &mut rebuild, progress).await?;
    while !rebuild.finish(|name| progress.say(&format!("creating {name}"))).await? {
        progress.say(
            "two appointments of an agent overlap, and neither shares its slot; building the tables again with every \
             event checked, so that the agent's stream is parked at the event at fault",
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

/// As a position that was reached.
fn above_zero(position: u64) -> Option<u64> {
    (0 < position).then_some(position)
}

/// Projects up to the end of the log. The next chunk is read while the database writes.
async fn catch_up(
    store: &EventStore,
    filter: &StreamFilter,
    rebuild: &mut Rebuild,
    progress: &Progress,
) -> Result<(), RebuildFailure> {
    let mut history = History::read(store, filter, rebuild.position(), CHUNK);
    let mut handling = ParkingHandler::new(BuildReactor::new(NAME, rebuild.tables()));
    handling.begin().await?;
    while let Some(chunk) = history.next().await {
        let Chunk { events, position } = chunk?;
        let count = events.len();
        handling.take(events, position).await?;
        progress.reached(position, count);
    }
    Ok(())
}

/// Switches, and returns the position; none if the tables are in use for too long.
async fn switch(
    store: &EventStore,
    filter: &StreamFilter,
    rebuild: &mut Rebuild,
    progress: &Progress,
) -> Result<Option<u64>, RebuildFailure> {
    let live = rebuild.live_landmark().await?;
    let switched = match rebuild.hold().await {
        Ok(held) => finish(store, filter, held, live.as_ref(), progress).await,
        Err(SwitchError::Busy) => Ok(None),
        Err(SwitchError::Unavailable(unavailable)) => Err(unavailable.into()),
    }?;
    if switched.is_none() {
        let by = rebuild.in_use_by().await?.map_or_else(String::new, |by| format!(", longest by {by}"));
        progress.say(&format!("cannot switch yet: the tables are in use{by}; retrying"));
    }
    Ok(switched)
}

/// Brings the new tables up to the position of those in use, which are locked against writers, and switches.
async fn finish(
    store: &EventStore,
    filter: &StreamFilter,
    mut held: SwitchGuard<'_>,
    live: Option<&Landmark>,
    progress: &Progress,
) -> Result<Option<u64>, RebuildFailure> {
    let began = Instant::now();
    let (mut position, mut live_position) = (held.position(), held.live_position());
    if !store.was_read(live, above_zero(live_position)).await? {
        // Nothing is written to them any more. Their position says nothing of this log.
        progress.say("the tables in use are from another log than that of this store, and are replaced");
        live_position = 0;
    }
    let mut handling = ParkingHandler::new(BuildReactor::new(NAME, held.tables()));
    handling.begin().await?;
    while position < live_position {
        if HOLD < began.elapsed() {
            return Ok(None);
        }
        let chunk = Chunk::read(store, filter, position, CHUNK).await?;
        let count = chunk.events.len();
        // No event is left, although the tables in use are further: there is none in between.
        position = if chunk.position <= position { live_position } else { chunk.position };
        handling.take(chunk.events, position).await?;
        progress.reached(position, count);
    }
    match held.switch().await {
        Ok(()) => Ok(Some(position)),
        Err(SwitchError::Busy) => Ok(None),
        Err(SwitchError::Unavailable(unavailable)) => Err(unavailable.into()),
    }
}
