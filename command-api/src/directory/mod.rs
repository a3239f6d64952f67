//! Where things are: which agent's stream an appointment or a hold is on, and where a command went.
//!
//! Appointments are addressed by their own ids, decisions are made on agents' streams, and this leads from the one
//! to the other. It only shows the way: what it says is checked on the stream it leads to, and what it does not know
//! is looked for up to the end of the log before it is called missing.

mod entries;
mod follow;
mod workload;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::HoldSlot;
use event_store::EventStore;
use operation::Clock;
use reactor::Running;
use schemas::{AgentId, AppointmentId, CommandId, HoldId};
use thiserror::Error;

use entries::Entries;
pub(crate) use entries::{Handover, HeldSlot, SentTo};
use follow::{Following, filter};

/// How long to wait for the log's end before saying that the directory is behind.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Why not every command can be carried out at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotReady {
    /// It has not been reached since the start.
    #[error("it has not been reached yet; it is tried again and again")]
    NeverReached,
    /// It was there before.
    #[error("it is away; it is tried again and again")]
    Lost,
    /// Some appointments cannot be found yet.
    #[error("still reading the past")]
    ReadingThePast,
    /// What follows the log has ended without saying why, which is a bug.
    #[error("ended unexpectedly; the process has to be started again")]
    Ended,
}

/// The directory cannot say yet whether it knows; ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind;

#[derive(Debug)]
pub(crate) struct Directory {
    store: EventStore,
    entries: Arc<RwLock<Entries>>,
    following: Running,
}

impl Directory {
    /// Follows the log from its beginning for as long as this lives. Must be called within a tokio runtime.
    pub(crate) fn start(store: EventStore, clock: Clock) -> Self {
        let entries = Arc::<RwLock<Entries>>::default();
        let following = reactor::spawn(&store, Following(Arc::clone(&entries)), move || clock.now());
        Self { store, entries, following }
    }

    /// What follows the log.
    pub(crate) const fn following(&self) -> &Running {
        &self.following
    }

    /// Whether the log has been followed to its end once.
    pub(crate) fn known(&self) -> Result<(), NotReady> {
        if self.following.is_caught_up() { Ok(()) } else { Err(NotReady::ReadingThePast) }
    }

    /// Whether the log is being followed.
    pub(crate) fn connected(&self) -> Result<(), NotReady> {
        match self.following.store_is_there() {
            None => Err(NotReady::NeverReached),
            Some(false) => Err(NotReady::Lost),
            Some(true) => Ok(()),
        }
    }

    /// The agent in whose calendar the appointment is.
    pub(crate) async fn appointment(&self, id: AppointmentId) -> Result<Option<AgentId>, Behind> {
        self.find(|entries| entries.appointment(id)).await
    }

    /// The agent who has the appointment, if that is not the one who was thought to have it: looked for after
    /// everything that is in the log has been seen.
    pub(crate) async fn moved_on_from(
        &self,
        id: AppointmentId,
        thought: &AgentId,
    ) -> Result<Option<AgentId>, Behind> {
        self.reach_end().await?;
        Ok(self.read(|entries| entries.appointment(id)).filter(|agent_id| agent_id != thought))
    }

    /// The agent in whose calendar the hold is, and what it holds.
    pub(crate) async fn hold(&self, id: HoldId) -> Result<Option<(AgentId, HeldSlot)>, Behind> {
        self.find(|entries| entries.hold(id)).await
    }

    /// Where a command was carried out, as far as is known here.
    pub(crate) fn command(&self, id: CommandId) -> Option<SentTo> {
        self.read(|entries| entries.command(id))
    }

    /// Notes at once what an append of this process has done, ahead of the log.
    pub(crate) fn note_command(&self, id: CommandId, sent: SentTo) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).note_command(id, sent);
    }

    /// The active agents in the order in which a booking at `start` that names none is tried.
    pub(crate) async fn candidates(&self, start: DateTime<Utc>) -> Result<Vec<AgentId>, Behind> {
        self.reach_end().await?;
        Ok(self.entries.read().unwrap_or_else(PoisonError::into_inner).workloads.candidates(start))
    }

    /// How many live holds the lead has on other slots than this agent's, with whichever agents.
    ///
    /// Counted after everything that is in the log has been seen: a hold that was answered counts.
    pub(crate) async fn other_holds(
        &self,
        agent_id: &AgentId,
        hold: &HoldSlot,
        now: DateTime<Utc>,
    ) -> Result<usize, Behind> {
        self.reach_end().await?;
        Ok(self.entries.read().unwrap_or_else(PoisonError::into_inner).other_holds(agent_id, hold, now))
    }

    /// The reassignments that are half done.
    pub(crate) fn handovers(&self) -> Vec<Handover> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).handovers()
    }

    /// Waits until the log has been followed to its end once.
    pub(crate) async fn ready(&self) {
        // Whoever waits is gone before it ends.
        let _ = self.following.caught_up().await;
    }

    /// Nothing is missing for certain while the events of some stream wait.
    async fn find<T>(&self, look: impl Fn(&Entries) -> Option<T>) -> Result<Option<T>, Behind> {
        if let Some(found) = self.read(&look) {
            return Ok(Some(found));
        }
        self.reach_end().await?;
        match self.read(&look) {
            None if !self.following.parked().is_empty() => Err(Behind),
            found => Ok(found),
        }
    }

    fn read<T>(&self, look: impl Fn(&Entries) -> Option<T>) -> Option<T> {
        look(&self.entries.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until everything that is in the log now has been seen.
    async fn reach_end(&self) -> Result<(), Behind> {
        let Some(end) = self.store.head_of(&filter()).await.map_err(|error| {
            tracing::warn!(%error, "the end of the log is not known");
            Behind
        })?
        else {
            return Ok(());
        };
        match tokio::time::timeout(CATCH_UP, self.following.reached(end)).await {
            Ok(true) => Ok(()),
            _ => Err(Behind),
        }
    }
}
