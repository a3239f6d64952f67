//! The read model's interface, whether in memory or in Postgres.

use std::time::Duration;

use availability::{Interval, Localized};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, BlockId, HoldId, Landmark, LeadId, MoveId};

#[cfg(feature = "postgres")]
use crate::PostgresReadModel;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, AppointmentFilter, AppointmentRow, AppointmentSort,
    AvailabilityAnswer, Behind, BulkMoveRow, BulkMoveSummary, CalendarRow, CalendarSearch, ConflictRow,
    ConflictSearch, HistoryEntry, HoldRow, LeadContext, MemoryReadModel, MoveSearch, OfficeRow, Page,
    PageRequest, ParkedStream, ProjectError, ProjectedEvent, QueryError, SlotSearch, SlotsAnswer,
    SummaryAnswer, SummarySearch, Unavailable,
};

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
