use std::time::Duration;

use availability::Interval;
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, LeadId};

use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, AppointmentFilter, AppointmentRow, AppointmentSort,
    AvailabilityAnswer, Behind, HistoryEntry, LeadContext, MemoryReadModel, OfficeRow, Page, PageRequest,
    QueryError, SlotsAnswer, SlotsQuestion,
};

/// An answer with the position in the log that it is as of: no event after it is in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// How far the read model was.
    pub position: u64,
    /// What was asked for.
    pub value: T,
}

/// What can be asked, whatever keeps the answers. The same events give the same answers everywhere.
#[derive(Debug, Clone)]
pub enum ReadModel {
    /// In this process, rebuilt from the events at every start.
    Memory(MemoryReadModel),
}

impl From<MemoryReadModel> for ReadModel {
    fn from(memory: MemoryReadModel) -> Self {
        Self::Memory(memory)
    }
}

#[expect(clippy::unused_async, reason = "memory has nothing to wait for; a database does")]
impl ReadModel {
    /// How much of the log the answers know, if that can be told without asking anyone.
    pub fn known_position(&self) -> Option<u64> {
        match self {
            Self::Memory(memory) => Some(memory.position()),
        }
    }

    /// Waits until the answers are as new as `min_position`.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        match self {
            Self::Memory(memory) => memory.wait_for(min_position, timeout).await,
        }
    }

    /// One appointment.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Answer<AppointmentRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.appointment(id),
        }
    }

    /// Everything that happened to one appointment, in order.
    pub async fn history(&self, id: AppointmentId) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.history(id),
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
        }
    }

    /// Every agent, active or not, by id.
    pub async fn agents(&self, page: &PageRequest) -> Result<Answer<Page<AgentRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agents(page),
        }
    }

    /// One agent with the agent's own hours.
    pub async fn agent(&self, agent_id: &AgentId) -> Result<Answer<AgentDetail>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent(agent_id),
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
        }
    }

    /// The office.
    pub async fn office(&self) -> Result<Answer<OfficeRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.office(),
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
        }
    }
}
