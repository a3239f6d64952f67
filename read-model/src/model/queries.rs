//! What the read model is asked.

use availability::{Interval, Localized};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, BlockId, HoldId, LeadId, MoveId};

use super::ReadModel;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, AppointmentFilter, AppointmentRow, AppointmentSort,
    AvailabilityAnswer, BlockRow, BulkMoveRow, BulkMoveSummary, CalendarRow, CalendarSearch, ConflictRow,
    ConflictSearch, HistoryEntry, HoldRow, LeadContext, LeadRow, LeadSearch, MoveSearch, OfficeRow, Page,
    PageRequest, QueryError, SlotSearch, SlotsAnswer, SummaryAnswer, SummarySearch,
};

#[cfg_attr(
    not(feature = "postgres"),
    expect(clippy::unused_async, reason = "memory has nothing to wait for")
)]
impl ReadModel {
    /// One appointment.
    pub async fn appointment(
        &self,
        id: AppointmentId,
    ) -> Result<Answer<Localized<AppointmentRow>>, QueryError> {
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
    ) -> Result<Answer<Page<Localized<AppointmentRow>>>, QueryError> {
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
            Self::Memory(memory) => memory.agent_calendar(agent_id, range, now).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent_calendar(agent_id, range, now).await,
        }
    }

    /// The appointments that stand against the rules as they are now, earliest first.
    pub async fn conflicts(
        &self,
        question: &ConflictSearch,
    ) -> Result<Answer<Page<ConflictRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.conflicts(question).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.conflicts(question).await,
        }
    }

    /// The calendars of many agents, by id, in the layers asked for.
    pub async fn calendars(
        &self,
        question: &CalendarSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<Page<CalendarRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.calendar_layers(question, now).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.calendar_layers(question, now).await,
        }
    }

    /// How many appointments there are, by day, status, agent and type.
    pub async fn summary(&self, question: &SummarySearch) -> Result<Answer<SummaryAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.summary(question).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.summary(question).await,
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
            Self::Memory(memory) => memory.agent_availability(agent_id, range, now).await,
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

    /// One live hold.
    pub async fn hold(&self, hold_id: HoldId, now: DateTime<Utc>) -> Result<Answer<HoldRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.hold(hold_id, now),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.hold(hold_id, now).await,
        }
    }

    /// One block of an agent.
    pub async fn agent_block(
        &self,
        agent_id: &AgentId,
        block_id: BlockId,
    ) -> Result<Answer<BlockRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent_block(agent_id, block_id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent_block(agent_id, block_id).await,
        }
    }

    /// The blocks of an agent, by id.
    pub async fn agent_blocks(
        &self,
        agent_id: &AgentId,
        page: &PageRequest,
    ) -> Result<Answer<Page<BlockRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.agent_blocks(agent_id, page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.agent_blocks(agent_id, page).await,
        }
    }

    /// One block of the office.
    pub async fn office_block(&self, block_id: BlockId) -> Result<Answer<BlockRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.office_block(block_id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.office_block(block_id).await,
        }
    }

    /// The blocks of the office, by id.
    pub async fn office_blocks(&self, page: &PageRequest) -> Result<Answer<Page<BlockRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.office_blocks(page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.office_blocks(page).await,
        }
    }

    /// One bulk move.
    pub async fn bulk_move(&self, move_id: MoveId) -> Result<Answer<BulkMoveRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.bulk_move(move_id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.bulk_move(move_id).await,
        }
    }

    /// One lead.
    pub async fn lead(&self, lead_id: &LeadId) -> Result<Answer<LeadRow>, QueryError> {
        match self {
            Self::Memory(memory) => memory.lead(lead_id),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.one_lead(lead_id).await,
        }
    }

    /// The leads that a search finds, by the word that it finds them by; without a search, every lead by id.
    pub async fn leads(
        &self,
        search: Option<&LeadSearch>,
        page: &PageRequest,
    ) -> Result<Answer<Page<LeadRow>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.leads(search, page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.leads(search, page).await,
        }
    }

    /// The bulk moves, newest first: by their ids, which begin with the time.
    pub async fn bulk_moves(&self, page: &PageRequest) -> Result<Answer<Page<BulkMoveSummary>>, QueryError> {
        match self {
            Self::Memory(memory) => memory.bulk_moves(page),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.bulk_moves(page).await,
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
        question: &SlotSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.slots(question, now).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.slots(question, now).await,
        }
    }

    /// The times that an appointment could move to, earliest first.
    pub async fn slots_to_move_to(
        &self,
        question: &MoveSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        match self {
            Self::Memory(memory) => memory.slots_to_move_to(question, now).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.slots_to_move_to(question, now).await,
        }
    }
}
