//! The read model's interface, whether in memory or in Postgres.

mod queries;

use std::time::Duration;

use schemas::Landmark;

#[cfg(feature = "postgres")]
use crate::PostgresReadModel;
use crate::{Behind, MemoryReadModel, ParkedStream, ProjectError, ProjectedEvent, Unavailable};

/// The read model, in memory or in Postgres. The same events give the same answers in both.
#[derive(Debug, Clone)]
pub enum ReadModel {
    /// In this process, rebuilt from the events at every start.
    Memory(MemoryReadModel),
    /// In Postgres, shared by several processes.
    #[cfg(feature = "postgres")]
    Postgres(PostgresReadModel),
}

impl From<MemoryReadModel> for ReadModel {
    fn from(memory: MemoryReadModel) -> Self {
        Self::Memory(memory)
    }
}

#[cfg(feature = "postgres")]
impl From<PostgresReadModel> for ReadModel {
    fn from(postgres: PostgresReadModel) -> Self {
        Self::Postgres(postgres)
    }
}

#[cfg_attr(
    not(feature = "postgres"),
    expect(
        clippy::unused_async,
        unused_variables,
        reason = "memory has nothing to wait for, and no other process that writes"
    )
)]
impl ReadModel {
    /// The position of the answers, if it is known without querying a database.
    pub fn known_position(&self) -> Option<u64> {
        match self {
            Self::Memory(memory) => Some(memory.position()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Applies events, in log order; those applied before are skipped. If one fails, everything before it is applied,
    /// and nothing of it.
    ///
    /// The caller has left out the events of `parked`. If other streams are parked by now, nothing is applied: another
    /// process has written.
    pub async fn apply(
        &self,
        events: Vec<ProjectedEvent>,
        parked: &[ParkedStream],
    ) -> Result<(), ProjectError> {
        match self {
            Self::Memory(memory) => Ok(memory.apply(events)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.apply(&events, parked).await,
        }
    }

    /// Moves the position forward: the log has no more events up to it, except those of parked streams.
    pub async fn advance(&self, position: u64, parked: &[ParkedStream]) -> Result<(), Unavailable> {
        match self {
            Self::Memory(memory) => memory.advance(position),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.advance(position, parked).await?,
        }
        Ok(())
    }

    /// Records that a stream is parked, replacing any earlier record, and moves the position to its event if that lies
    /// ahead.
    pub async fn park(&self, parked: &ParkedStream) -> Result<(), Unavailable> {
        match self {
            Self::Memory(memory) => memory.park(parked),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.park(parked).await?,
        }
        Ok(())
    }

    /// Applies the events of a parked stream up to `position`, the read model's own; in Postgres it fails without
    /// effect if that has changed by now. Afterwards the stream is parked at `next`, or no longer. If an event fails,
    /// everything before it is applied, and the caller has to park the stream there.
    pub async fn resume(
        &self,
        stream: &str,
        events: Vec<ProjectedEvent>,
        next: Option<&ParkedStream>,
        position: u64,
    ) -> Result<(), ProjectError> {
        match self {
            Self::Memory(memory) => Ok(memory.resume(stream, events, next)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.resume(stream, &events, next, position).await,
        }
    }

    /// The parked streams, whose events are left out.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, Unavailable> {
        match self {
            Self::Memory(memory) => Ok(memory.parked()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.parked().await,
        }
    }

    /// Records that the read model has caught up with the log. Does nothing in memory.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        match self {
            Self::Memory(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.catch_up().await,
        }
    }

    /// Whether past events may still be missing, as last seen: queries would then not find existing entries. Always
    /// false in memory.
    pub fn is_catching_up(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => !postgres.has_caught_up(),
        }
    }

    /// Its position in the log; 0 before the first event.
    pub async fn position(&self) -> Result<u64, Unavailable> {
        match self {
            Self::Memory(memory) => Ok(memory.position()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.position().await,
        }
    }

    /// The last event that is in it, if there is one and it is known.
    pub async fn landmark(&self) -> Result<Option<Landmark>, Unavailable> {
        match self {
            Self::Memory(memory) => Ok(memory.landmark()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.landmark().await,
        }
    }

    /// Waits until the position reaches `min_position`.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        match self {
            Self::Memory(memory) => memory.wait_for(min_position, timeout).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.wait_for(min_position, timeout).await,
        }
    }
}
