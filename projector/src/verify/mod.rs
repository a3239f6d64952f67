//! Compares the read model in Postgres with the log: [`verify`].
//!
//! What the log says is built in temporary tables, in small steps with pauses, and compared with one moment of the tables
//! in use. The projector and queries continue all the while.

mod pace;

use event_store::{EventStore, ReadError, RecordedEvent, StreamFilter};
use reactor::{Chunk, History, ParkingHandler, Retry};
use read_model::postgres::{
    Comparison, LiveState, PostgresSettings, RebuildTables, Verification, VerifyError,
};
use read_model::{ParkedStream, Unavailable};
use thiserror::Error;

use crate::Progress;
use crate::build_reactor::BuildReactor;
use crate::projection::filter;

pub use pace::Pace;

/// Its name in the log.
const NAME: &str = "verify";

/// How many events share a transaction, and about a third of those in memory.
const CHUNK: usize = 2048;

/// How often what the tables have got meanwhile is built, before one moment of them is looked at: each time it is less.
const ROUNDS: usize = 3;

/// What is to be verified, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The schema in use.
    pub postgres: PostgresSettings,
    /// How much of the time it works.
    pub pace: Pace,
}

/// What a verification has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The position in the log that both had reached.
    pub position: u64,
    /// How the tables differ from the log.
    pub comparison: Comparison,
    /// The streams that are parked in the tables, whose later events neither has.
    pub parked: Vec<ParkedStream>,
    /// The streams that this program cannot read to their end, although they are not parked. How they differ is not known.
    pub unread: Vec<ParkedStream>,
}

/// Why a verification failed. The tables in use are never changed.
#[derive(Debug, Error)]
pub enum VerifyFailure {
    /// The tables cannot be compared.
    #[error(transparent)]
    Tables(#[from] VerifyError),
    /// What is built would leave out other events than the tables do.
    #[error("streams were parked or resumed meanwhile")]
    ParkedMeanwhile,
    /// The tables went back in the log, such as those of an older backup.
    #[error("the tables went back from position {from} to {to} meanwhile")]
    WentBack {
        /// The position that they had.
        from: u64,
        /// The position that they have.
        to: u64,
    },
    /// The tables were filled from another log.
    #[error(
        "the tables are at position {position} of another log than that of this store, which was replaced or restored to an \
         earlier moment, or is not the one that filled them"
    )]
    OtherLog {
        /// The position that they have.
        position: u64,
    },
    /// The database failed.
    #[error("the database is lost")]
    Database(#[source] Retry),
    /// The log could not be read.
    #[error("the log cannot be read")]
    Log(#[from] ReadError),
}

impl From<Retry> for VerifyFailure {
    fn from(lost: Retry) -> Self {
        Self::Database(lost)
    }
}

impl From<Unavailable> for VerifyFailure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Database(Retry::new(unavailable))
    }
}

/// Compares the tables in use with the log, up to the position that they have.
///
/// May be dropped at any moment: nothing is left behind.
pub async fn verify(store: &EventStore, plan: &Plan, progress: &Progress) -> Result<Verified, VerifyFailure> {
    let mut verification = Verification::begin(&plan.postgres).await?;
    let first = verification.live().await?;
    let position = (0 < first.position).then_some(first.position);
    if !store.was_read(first.landmark.as_ref(), position).await? {
        return Err(VerifyFailure::OtherLog { position: first.position });
    }
    let build = Build { store, filter: filter(), left_out: &first.parked, progress };
    progress.say(&format!("building what the log says up to position {}", first.position));
    progress.begin(0, first.position);
    build.up_to(first.position, verification.tables(), plan.pace).await?;
    for _ in 0..ROUNDS {
        let live = verification.live().await?;
        build.up_to(live.position, verification.tables(), Pace::WITHOUT_PAUSES).await?;
    }
    let mut snapshot = verification.snapshot().await?;
    let LiveState { position, parked, .. } = snapshot.state().clone();
    if parked != first.parked {
        return Err(VerifyFailure::ParkedMeanwhile);
    }
    let reached = snapshot.tables().position();
    if position < reached {
        return Err(VerifyFailure::WentBack { from: reached, to: position });
    }
    build.up_to(position, snapshot.tables(), Pace::WITHOUT_PAUSES).await?;
    let unread = snapshot.tables().parked().await?;
    progress.say(&format!("comparing the tables with the log at position {position}"));
    let mut comparison = snapshot.compare().await?;
    let is_read = |stream: &str| unread.iter().all(|unread| unread.stream != stream);
    comparison.differences.retain(|difference| is_read(&difference.stream));
    progress.end();
    Ok(Verified { position, comparison, parked, unread })
}

/// Builds what the log says.
struct Build<'a> {
    store: &'a EventStore,
    filter: StreamFilter,
    /// As the tables in use leave them out.
    left_out: &'a [ParkedStream],
    progress: &'a Progress,
}

impl Build<'_> {
    /// Applies the events up to a position that the tables in use have reached.
    async fn up_to(&self, position: u64, tables: RebuildTables<'_>, pace: Pace) -> Result<(), VerifyFailure> {
        if position <= tables.position() {
            return Ok(());
        }
        let mut history = History::read(self.store, &self.filter, tables.position(), CHUNK);
        let mut handling = ParkingHandler::new(BuildReactor::new(NAME, tables));
        handling.begin().await?;
        while let Some(chunk) = history.next().await {
            let Chunk { mut events, position: reached } = chunk?;
            events.retain(|event| event.position <= position && !self.leaves_out(event));
            let count = events.len();
            pace.keep(handling.take(events, reached.min(position))).await?;
            self.progress.reached(reached.min(position), count);
            if position <= reached {
                return Ok(());
            }
        }
        // The rest of the log has no events of Citas.
        Ok(handling.take(Vec::new(), position).await?)
    }

    fn leaves_out(&self, event: &RecordedEvent) -> bool {
        let is_of = |parked: &ParkedStream| *parked.stream == *event.stream;
        self.left_out.iter().any(|parked| is_of(parked) && parked.revision <= event.revision)
    }
}
