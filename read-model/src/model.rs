use std::time::Duration;

use availability::Interval;
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, LeadId};

#[cfg(feature = "postgres")]
use crate::PostgresReadModel;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, AppointmentFilter, AppointmentRow, AppointmentSort,
    AvailabilityAnswer, Behind, HistoryEntry, LeadContext, MemoryReadModel, OfficeRow, Page, PageRequest,
    ParkedStream, ProjectError, ProjectedEvent, QueryError, SlotsAnswer, SlotsQuestion, Unavailable,
};

/// What can be asked, whatever keeps the answers. The same events give the same answers everywhere.
#[derive(Debug, Clone)]
pub enum ReadModel {
    /// In this process, rebuilt from the events at every start.
    Memory(MemoryReadModel),
    /// In a database, for several processes.
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
    /// How much of the log the answers know, if that can be told without asking anyone.
    pub fn known_position(&self) -> Option<u64> {
        match self {
            Self::Memory(memory) => Some(memory.position()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Folds events in, in the order of the log; those that were folded in before are left out. At an error of one of
    /// them everything before it is in, and nothing of it.
    ///
    /// Events of the parked streams have been left out. If others are parked by now, nothing is applied: another process
    /// has written.
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

    /// Says that the log has nothing more for it up to this position, but for events of the parked streams.
    pub async fn advance(&self, position: u64, parked: &[ParkedStream]) -> Result<(), Unavailable> {
        match self {
            Self::Memory(memory) => memory.advance(position),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.advance(position, parked).await?,
        }
        Ok(())
    }

    /// Keeps that a stream is parked, with everything up to its event as applied; in place of what was kept of it.
    pub async fn park(&self, parked: &ParkedStream) -> Result<(), Unavailable> {
        match self {
            Self::Memory(memory) => memory.park(parked),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.park(parked).await?,
        }
        Ok(())
    }

    /// Folds the events of a parked stream in, all up to the position that it is at; nothing if it is elsewhere by now. The stream is parked at `next`
    /// afterwards, or not at all. At an error of one event everything before it is in, and the stream is to be parked there.
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

    /// The streams whose events are left out.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, Unavailable> {
        match self {
            Self::Memory(memory) => Ok(memory.parked()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.parked().await,
        }
    }

    /// Says that everything is in that the log has. Those who keep it in memory know by themselves.
    pub async fn catch_up(&self) -> Result<(), Unavailable> {
        match self {
            Self::Memory(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.catch_up().await,
        }
    }

    /// Whether a part of the past may still be missing, as far as is known here: then much of what there is would seem not
    /// to be. Those who keep it in memory know by themselves.
    pub fn is_reading_the_past(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => !postgres.has_caught_up(),
        }
    }

    /// How far it has come in the log; 0 before the first event.
    pub async fn position(&self) -> Result<u64, Unavailable> {
        match self {
            Self::Memory(memory) => Ok(memory.position()),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.position().await,
        }
    }

    /// Waits until the answers are as new as `min_position`.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        match self {
            Self::Memory(memory) => memory.wait_for(min_position, timeout).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.wait_for(min_position, timeout).await,
        }
    }

    /// One appointment.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Answer<AppointmentRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.appointment(id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.appointment(id).await,
        }
    }

    /// Everything that happened to one appointment, in order.
    pub async fn history(&self, id: AppointmentId) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.history(id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.history(id).await,
        }
    }

    /// The appointments that a filter admits.
    pub async fn appointments(
        &self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        page: &PageRequest,
    ) -> Result<Answer<Page<AppointmentRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.appointments(filter, sort, page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.appointments(filter, sort, page).await,
        }
    }

    /// Every agent, active or not, by id.
    pub async fn agents(&self, page: &PageRequest) -> Result<Answer<Page<AgentRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agents(page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agents(page).await,
        }
    }

    /// One agent with the agent's own hours.
    pub async fn agent(&self, agent_id: &AgentId) -> Result<Answer<AgentDetail>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent(agent_id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent(agent_id).await,
        }
    }

    /// Everything in one agent's calendar between two instants.
    pub async fn agent_calendar(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AgentCalendarAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent_calendar(agent_id, range, now),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent_calendar(agent_id, range, now).await,
        }
    }

    /// When one agent is free and busy between two instants.
    pub async fn agent_availability(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AvailabilityAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent_availability(agent_id, range, now),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent_availability(agent_id, range, now).await,
        }
    }

    /// What a conversation with a lead should know. A lead without appointments has an empty context.
    pub async fn lead_context(
        &self,
        lead_id: &LeadId,
        now: DateTime<Utc>,
    ) -> Result<Answer<LeadContext>, QueryError> {
        match self {
            Self::Memory(memory) => Ok(memory.lead_context(lead_id, now)),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.lead_context(lead_id, now).await,
        }
    }

    /// The office.
    pub async fn office(&self) -> Result<Answer<OfficeRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.office(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.office().await,
        }
    }

    /// Free slots, earliest first.
    pub async fn slots(
        &self,
        question: &SlotsQuestion,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.slots(question, now).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.slots(question, now).await,
        }
    }
}
