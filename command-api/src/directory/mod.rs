//! The directory: which agent's stream has an appointment, a hold or a command.
//!
//! Appointments are addressed by their own ids, but decided on agents' streams; the directory maps one to the other.
//! It only routes: the stream it points to decides, and an id that it does not know is reported as not found only
//! after the log has been read to its end.

mod calendars;
mod directory_reactor;
mod entries;
mod impact;
mod placing;
mod same_hour;
mod unconfirmed;
mod workload;

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use availability::{OfficeCalendar, Slot, SlotRequest};
use chrono::{DateTime, Utc};
use domain::{HoldSlot, RescheduleAppointment};
use event_store::EventStore;
use operation::Clock;
use reactor::{Running, StoreTrouble};
use schemas::{AgentId, AppointmentId, CommandId, HoldId, stream};
use thiserror::Error;

use directory_reactor::{DirectoryReactor, filter};
use entries::Entries;
pub(crate) use entries::{CarriedOutOn, CommandRecord, HeldSlot, OpenReservation};
pub(crate) use impact::Against;
pub(crate) use unconfirmed::Deadline;
pub(crate) use workload::{Candidate, Load, Placed, PlannedLoads};

use crate::shared_read::SharedRead;
use crate::store_trouble;

/// How long to wait for the log's end before saying that the directory is behind.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Why some commands cannot be carried out at present.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// The event store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreTrouble),
    /// Some appointments cannot be found yet.
    #[error("still reading past events")]
    ReadingThePast,
    /// The event store has another log than the one that was read.
    #[error("{0}")]
    OtherLog(String),
    /// What was read of the log does not follow it any more.
    #[error("{0}")]
    HeldUp(reactor::NotReady),
    /// A reactor has ended unexpectedly, which is a bug.
    #[error("ended unexpectedly; restart the process")]
    Ended,
}

/// How many agents who are not free are asked for their reasons and for other slots.
const MAX_REFUSING: usize = 10;

/// Why it is not known where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// The directory has not read the log to its end yet; ask again later.
    Behind,
    /// The event store cannot be reached, so the end of the log is not known.
    StoreUnavailable,
}

#[derive(Debug)]
pub(crate) struct Directory {
    store: EventStore,
    entries: Arc<RwLock<Entries>>,
    following: Running,
    /// The end of the log, as it was when it was asked for.
    end: SharedRead<Result<Option<u64>, LookupError>>,
}

impl Directory {
    /// Follows the log from its beginning for as long as this lives. Must be called within a tokio runtime.
    pub(crate) fn start(store: EventStore, clock: Clock) -> Self {
        let entries = Arc::<RwLock<Entries>>::default();
        let reactor = DirectoryReactor::new(store.clone(), Arc::clone(&entries));
        let following = reactor::spawn(&store, reactor, move || clock.now());
        Self { store, entries, following, end: SharedRead::default() }
    }

    /// The reactor that fills the directory.
    pub(crate) const fn following(&self) -> &Running {
        &self.following
    }

    /// Whether the log has been followed to its end once, and is still the same.
    pub(crate) fn known(&self) -> Result<(), NotReady> {
        match self.following.ready() {
            Err(reactor::NotReady::CatchingUp { .. } | reactor::NotReady::Away { .. }) => {
                Err(NotReady::ReadingThePast)
            }
            Err(held_up) => Err(NotReady::HeldUp(held_up)),
            Ok(()) => Ok(()),
        }
    }

    /// Whether the event store can be used.
    pub(crate) fn connected(&self) -> Result<(), NotReady> {
        Ok(self.following.store()?)
    }

    /// The agent in whose calendar the appointment is.
    pub(crate) async fn appointment(&self, id: AppointmentId) -> Result<Option<AgentId>, LookupError> {
        self.find(|entries| entries.appointment(id)).await
    }

    /// The agent who has the appointment. Reads the log to its end first.
    pub(crate) async fn last_agent_of(&self, id: AppointmentId) -> Result<Option<AgentId>, LookupError> {
        self.reach_end().await?;
        Ok(self.read(|entries| entries.appointment(id)))
    }

    /// The agent in whose calendar the hold is, and what it holds.
    pub(crate) async fn hold(&self, id: HoldId) -> Result<Option<(AgentId, HeldSlot)>, LookupError> {
        self.find(|entries| entries.hold(id)).await
    }

    /// Waits until the log has been read to its end once: before that, commands of before are not known.
    pub(crate) async fn commands_known(&self) -> Result<(), LookupError> {
        if self.following.is_caught_up() {
            return Ok(());
        }
        match tokio::time::timeout(CATCH_UP, self.ready()).await {
            Ok(()) => Ok(()),
            Err(_) if self.connected().is_err() => Err(LookupError::StoreUnavailable),
            Err(_) => Err(LookupError::Behind),
        }
    }

    /// Where a command was carried out, if that is known here.
    pub(crate) fn command(&self, id: CommandId) -> Vec<CommandRecord> {
        self.read(|entries| entries.command(id))
    }

    /// The latest time that an event of an agent was recorded at.
    pub(crate) fn recorded(&self) -> Option<DateTime<Utc>> {
        self.read(Entries::recorded)
    }

    /// Records a command of this process at once, before its events arrive from the log.
    pub(crate) fn note_command(&self, id: CommandId, sent: CommandRecord) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).note_command(id, sent);
    }

    /// The agents to ask for a booking that names none, in the order in which they are asked: those who can take it
    /// by the log as far as it has been read, least loaded first; and, for the refusal if these do not, some who
    /// cannot. All others are inactive or not free.
    pub(crate) fn candidates(
        &self,
        office: &OfficeCalendar,
        request: &SlotRequest<'_>,
        now: DateTime<Utc>,
    ) -> Vec<Candidate> {
        // Of a parked stream not all events were seen.
        let parked =
            self.following.parked().into_iter().filter_map(|parked| stream::agent_of(&parked.stream));
        let parked: HashSet<AgentId> = parked.collect();
        self.read(|entries| entries.workloads.candidates(office, request, now, &parked, MAX_REFUSING))
    }

    /// The agents, besides the one who was `asked`, who could take an appointment as it is to be moved, least loaded first;
    /// nobody if the appointment is not known here, or over.
    pub(crate) fn others_for(
        &self,
        office: &OfficeCalendar,
        moved: &RescheduleAppointment,
        asked: &AgentId,
        now: DateTime<Utc>,
    ) -> Vec<(AgentId, Slot)> {
        let others = self.read(|entries| {
            let owner = entries.appointment(moved.appointment_id)?;
            entries.workloads.others_for(office, moved, &owner, asked, now)
        });
        others.unwrap_or_default()
    }

    /// How many live holds the lead has on slots other than this one, with any agent.
    ///
    /// Reads the log to its end first, so that every acknowledged hold counts.
    pub(crate) async fn other_holds(
        &self,
        agent_id: &AgentId,
        hold: &HoldSlot,
        now: DateTime<Utc>,
    ) -> Result<usize, LookupError> {
        self.reach_end().await?;
        Ok(self.entries.read().unwrap_or_else(PoisonError::into_inner).other_holds(agent_id, hold, now))
    }

    /// The open reservations, as far as the log has been read.
    pub(crate) fn reservations(&self) -> Vec<OpenReservation> {
        self.read(Entries::reservations)
    }

    /// The appointments, as far as the log has been read, that are to be released unless they were confirmed: see
    /// [`Unconfirmed::due`](unconfirmed::Unconfirmed::due).
    pub(crate) fn due_to_be_confirmed(
        &self,
        now: DateTime<Utc>,
        after: Option<Deadline>,
        count: usize,
    ) -> Vec<Deadline> {
        self.read(|entries| entries.unconfirmed.due(now, after, count))
    }

    /// Waits until the log has been followed to its end once.
    pub(crate) async fn ready(&self) {
        // The reactor runs for as long as `self` exists.
        let _ = self.following.caught_up().await;
    }

    /// While a stream is parked, an unknown id is [`LookupError::Behind`] and not `None`: the parked events may contain it.
    async fn find<T>(&self, look: impl Fn(&Entries) -> Option<T>) -> Result<Option<T>, LookupError> {
        if let Some(found) = self.read(&look) {
            return Ok(Some(found));
        }
        self.reach_end().await?;
        match self.read(&look) {
            None if !self.following.parked().is_empty() => Err(LookupError::Behind),
            found => Ok(found),
        }
    }

    fn read<T>(&self, look: impl FnOnce(&Entries) -> T) -> T {
        look(&self.entries.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until everything that is in the log now has been seen.
    pub(crate) async fn reach_end(&self) -> Result<(), LookupError> {
        let Some(end) = self.end.get(self.read_end()).await? else { return Ok(()) };
        match tokio::time::timeout(CATCH_UP, self.following.reached(end)).await {
            Ok(true) => Ok(()),
            _ => Err(LookupError::Behind),
        }
    }

    async fn read_end(&self) -> Result<Option<u64>, LookupError> {
        let end = self.store.head_of(&filter()).await.map_err(|error| {
            store_trouble::report("the end of the log cannot be read", "$all", &error);
            LookupError::StoreUnavailable
        })?;
        store_trouble::is_over();
        Ok(end)
    }
}
