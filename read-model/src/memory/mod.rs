//! The read model in memory: the embedded default, and the reference for every other implementation.

mod appointment_summary;
mod appointments;
mod calendar_layers;
mod conflicts;
mod holds;
mod index;
mod lead_queries;
mod leads;
mod ordered_walk;
mod slots;
mod state;

use std::ops::Bound;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use availability::{Interval, Localized};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentId, BlockId, HoldId, Landmark, LeadId, MoveId};
use tokio::sync::watch;

use crate::agent::AgentView;
use crate::budget::{Budget, CostlyQueries};
use crate::calendar::{availability_of, calendar_of};
use crate::page::Cursor;
use crate::{
    AgentCalendarAnswer, AgentDetail, AgentRow, Answer, ApplyError, AppointmentFilter, AppointmentRow,
    AppointmentSort, AvailabilityAnswer, Behind, BlockRow, BulkMoveRow, BulkMoveSummary, HistoryEntry,
    HoldRow, LeadContext, OfficeRow, Page, PageRequest, ParkedStream, ProjectedEvent, QueryBudget,
    QueryError, block,
};
use index::Index;
use state::State;

/// How many events are applied before waiting queries can read the state.
const EVENTS_AT_A_TIME: usize = 128;

/// Serves queries from memory, from the events that were applied to it. Clones share one state.
///
/// A query takes a cheap snapshot of the state and reads that: queries do not wait for each other, wait for the
/// projection only while it applies a few events, and never see an event half applied.
#[derive(Debug, Clone)]
pub struct MemoryReadModel {
    state: Arc<RwLock<State>>,
    /// Locked before the state where both are needed.
    index: Arc<RwLock<Index>>,
    position: Arc<watch::Sender<u64>>,
    parked: Arc<Mutex<Vec<ParkedStream>>>,
    /// The last event that was applied.
    landmark: Arc<Mutex<Option<Landmark>>>,
    costly: CostlyQueries,
}

impl Default for MemoryReadModel {
    fn default() -> Self {
        let position = Arc::new(watch::Sender::new(0));
        Self {
            state: Arc::default(),
            index: Arc::default(),
            position,
            parked: Arc::default(),
            landmark: Arc::default(),
            costly: CostlyQueries::default(),
        }
    }
}

impl MemoryReadModel {
    /// An empty read model at position 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets one query cost so much.
    #[must_use]
    pub fn with_query_budget(self, budget: QueryBudget) -> Self {
        Self { costly: CostlyQueries::new(budget), ..self }
    }

    /// Applies events, in log order. Those at or before its position were applied before and are skipped. If one fails,
    /// everything before it is applied, and nothing of it.
    pub fn apply(&self, events: impl IntoIterator<Item = ProjectedEvent>) -> Result<(), ApplyError> {
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let mut index = self.index.write().expect(UNPOISONED);
            let mut state = self.state.write().expect(UNPOISONED);
            let mut last = None;
            let applied = events.by_ref().take(EVENTS_AT_A_TIME).try_for_each(|event| {
                let landmark = (state.position < event.position).then(|| event.landmark());
                state.apply(event, &mut index)?;
                last = landmark.or(last.take());
                Ok(())
            });
            let position = state.position;
            drop((state, index));
            if last.is_some() {
                *self.landmark.lock().expect(UNPOISONED) = last;
            }
            self.publish(position);
            applied?;
        }
        Ok(())
    }

    /// Moves the position forward: the log has no more events up to it.
    pub fn advance(&self, position: u64) {
        let mut state = self.state.write().expect(UNPOISONED);
        state.position = state.position.max(position);
        let position = state.position;
        drop(state);
        self.publish(position);
    }

    /// Records that a stream is parked, replacing any earlier record, and moves the position to its event if that lies
    /// ahead.
    pub fn park(&self, parked: &ParkedStream) {
        let mut all = self.parked.lock().expect(UNPOISONED);
        all.retain(|other| other.stream != parked.stream);
        all.push(parked.clone());
        drop(all);
        self.advance(parked.position);
    }

    /// Applies events of a parked stream, although they lie before the position; afterwards the stream is parked at
    /// `next`, or no longer. If an event fails, everything before it is applied, and the stream stays parked.
    pub fn resume(
        &self,
        stream: &str,
        events: impl IntoIterator<Item = ProjectedEvent>,
        next: Option<&ParkedStream>,
    ) -> Result<(), ApplyError> {
        let mut index = self.index.write().expect(UNPOISONED);
        let mut state = self.state.write().expect(UNPOISONED);
        events.into_iter().try_for_each(|event| state.evolve(event, &mut index))?;
        let mut parked = self.parked.lock().expect(UNPOISONED);
        parked.retain(|parked| parked.stream != stream);
        parked.extend(next.cloned());
        Ok(())
    }

    /// The parked streams, whose events are left out.
    pub fn parked(&self) -> Vec<ParkedStream> {
        self.parked.lock().expect(UNPOISONED).clone()
    }

    /// The last event that was applied, if there was one.
    pub fn landmark(&self) -> Option<Landmark> {
        self.landmark.lock().expect(UNPOISONED).clone()
    }

    fn publish(&self, position: u64) {
        self.position.send_if_modified(|published| {
            let newer = *published < position;
            *published = position.max(*published);
            newer
        });
    }

    /// Its position in the log; 0 before the first event.
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Waits until the position reaches `min_position`.
    pub async fn wait_for(&self, min_position: u64, timeout: Duration) -> Result<(), Behind> {
        let mut positions = self.position.subscribe();
        let reached = positions.wait_for(|position| min_position <= *position);
        match tokio::time::timeout(timeout, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Behind { position: self.position(), min_position }),
        }
    }

    fn snapshot(&self) -> State {
        self.state.read().expect(UNPOISONED).clone()
    }

    /// The calendars of an agent and of the office.
    #[cfg(test)]
    pub(crate) fn calendars(
        &self,
        agent_id: &AgentId,
    ) -> (availability::AgentCalendar, availability::OfficeCalendar) {
        let state = self.snapshot();
        (state.agents[agent_id].calendar.clone(), state.office.calendar.clone())
    }

    pub(crate) fn appointment(
        &self,
        id: AppointmentId,
    ) -> Result<Answer<Localized<AppointmentRow>>, QueryError> {
        self.snapshot().answer(|state| {
            state
                .appointments
                .get(id)
                .map(|entry| state.leads.named(&entry.view.row).localized(&state.office.wording()))
                .ok_or(QueryError::AppointmentNotFound(id))
        })
    }

    pub(crate) fn history(&self, id: AppointmentId) -> Result<Answer<Vec<HistoryEntry>>, QueryError> {
        self.snapshot().answer(|state| {
            let entry = state.appointments.get(id).ok_or(QueryError::AppointmentNotFound(id))?;
            let shown = entry.history.iter().map(|record| record.show());
            Ok(shown.collect::<Result<_, _>>().expect("the texts are of events that were taken in"))
        })
    }

    pub(crate) fn appointments(
        &self,
        filter: &AppointmentFilter,
        sort: AppointmentSort,
        page: &PageRequest,
    ) -> Result<Answer<Page<Localized<AppointmentRow>>>, QueryError> {
        let last = match page.cursor()? {
            None => None,
            Some(Cursor::Appointment(of, key)) if of == sort => Some(key),
            Some(_) => return Err(QueryError::BadCursor),
        };
        self.snapshot().answer(|state| {
            state.check_agents(&filter.agent_ids)?;
            let rows = state.appointments.list(filter, sort, last, page.limit.get() + 1);
            let page = Page::cut(rows, page.limit, |row: &AppointmentRow| {
                Cursor::Appointment(sort, row.sort_key(sort))
            });
            let wording = state.office.wording();
            Ok(page.map(|row| state.leads.named(&row).localized(&wording)))
        })
    }

    pub(crate) fn agents(&self, page: &PageRequest) -> Result<Answer<Page<AgentRow>>, QueryError> {
        let last = match page.cursor()? {
            None => None,
            Some(Cursor::Agent(agent_id)) => Some(agent_id),
            Some(_) => return Err(QueryError::BadCursor),
        };
        self.snapshot().answer(|state| {
            let after = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let rows = state.agents.range::<_, AgentId>((after, Bound::Unbounded));
            let rows = rows.take(page.limit.get() + 1).map(|(_, view)| view.row.clone()).collect();
            Ok(Page::cut(rows, page.limit, |row: &AgentRow| Cursor::Agent(row.agent_id.clone())))
        })
    }

    pub(crate) fn agent(&self, agent_id: &AgentId) -> Result<Answer<AgentDetail>, QueryError> {
        self.snapshot().answer(|state| state.agent(agent_id).map(|view| view.detail()))
    }

    pub(crate) async fn agent_calendar(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AgentCalendarAnswer>, QueryError> {
        let (state, agent_id) = (self.snapshot(), agent_id.clone());
        let answer = move |budget: &mut Budget| {
            state.answer(|state| {
                let view = state.agent(&agent_id)?;
                let rows = state.appointments.of_agent(&agent_id, range);
                let rows = rows.filter(|row| row.status.occupies_time());
                let rows = rows.map(|row| state.leads.named(row)).collect();
                calendar_of(view, &state.office, rows, range, now, budget)
            })
        };
        self.costly.run(answer).await
    }

    pub(crate) async fn agent_availability(
        &self,
        agent_id: &AgentId,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Answer<AvailabilityAnswer>, QueryError> {
        let (state, agent_id) = (self.snapshot(), agent_id.clone());
        let answer = move |budget: &mut Budget| {
            state.answer(|state| {
                availability_of(state.agent(&agent_id)?, &state.office.calendar, range, now, budget)
            })
        };
        self.costly.run(answer).await
    }

    pub(crate) fn lead_context(&self, lead_id: &LeadId, now: DateTime<Utc>) -> Answer<LeadContext> {
        let state = self.snapshot();
        let (mut upcoming, mut past) = (Vec::new(), Vec::new());
        for row in state.appointments.of_lead(lead_id) {
            if LeadContext::is_upcoming(row, now) {
                upcoming.push(state.leads.named(row));
            } else if past.len() < LeadContext::MAX_PAST {
                past.push(state.leads.named(row));
            }
        }
        upcoming.reverse();
        upcoming.truncate(LeadContext::MAX_UPCOMING);
        let name = |agent_id: &AgentId| state.agents.get(agent_id).map(|view| view.row.profile.name.clone());
        let value = LeadContext::new(lead_id.clone(), now, &state.office, upcoming, past, name);
        Answer { position: state.position, value }
    }

    pub(crate) fn hold(&self, hold_id: HoldId, now: DateTime<Utc>) -> Result<Answer<HoldRow>, QueryError> {
        self.snapshot().answer(|state| {
            let view = state.holds.get(hold_id).and_then(|agent_id| state.agents.get(agent_id));
            let found = view.and_then(|view| Some((view, view.calendar.find_hold(hold_id)?)));
            let (view, hold) =
                found.filter(|(_, hold)| hold.is_live(now)).ok_or(QueryError::HoldNotFound(hold_id))?;
            let AgentRow { agent_id, profile, .. } = &view.row;
            Ok(HoldRow::new(agent_id.clone(), profile.time_zone, &state.office.wording(), hold))
        })
    }

    pub(crate) fn agent_block(
        &self,
        agent_id: &AgentId,
        block_id: BlockId,
    ) -> Result<Answer<BlockRow>, QueryError> {
        self.snapshot().answer(|state| {
            let view = state.agent(agent_id)?;
            let block = view.calendar.find_block(block_id);
            let block = block.ok_or_else(|| QueryError::BlockNotFound(agent_id.clone(), block_id))?;
            Ok(BlockRow::new(block, view.row.version, &state.office.wording()))
        })
    }

    pub(crate) fn agent_blocks(
        &self,
        agent_id: &AgentId,
        page: &PageRequest,
    ) -> Result<Answer<Page<BlockRow>>, QueryError> {
        self.snapshot().answer(|state| {
            let view = state.agent(agent_id)?;
            block::page_of(view.calendar.blocks(), view.row.version, page, &state.office.wording())
        })
    }

    pub(crate) fn office_block(&self, block_id: BlockId) -> Result<Answer<BlockRow>, QueryError> {
        self.snapshot().answer(|state| state.office.block(block_id))
    }

    pub(crate) fn office_blocks(&self, page: &PageRequest) -> Result<Answer<Page<BlockRow>>, QueryError> {
        self.snapshot().answer(|state| state.office.blocks(page))
    }

    pub(crate) fn bulk_move(&self, move_id: MoveId) -> Result<Answer<BulkMoveRow>, QueryError> {
        self.snapshot().answer(|state| {
            let row = state.moves.get(&move_id).map(|row| BulkMoveRow::clone(row));
            row.ok_or(QueryError::MoveNotFound(move_id))
        })
    }

    pub(crate) fn bulk_moves(&self, page: &PageRequest) -> Result<Answer<Page<BulkMoveSummary>>, QueryError> {
        let last = BulkMoveSummary::last_of(page)?;
        self.snapshot().answer(|state| {
            let before = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            let rows = state.moves.range::<_, MoveId>((Bound::Unbounded, before)).rev();
            let rows = rows.take(page.limit.get() + 1).map(|(_, row)| BulkMoveSummary::of(row)).collect();
            Ok(BulkMoveSummary::page(rows, page))
        })
    }

    pub(crate) fn office(&self) -> Result<Answer<OfficeRow>, QueryError> {
        self.snapshot().answer(|state| state.office.row().ok_or(QueryError::OfficeNotSet))
    }
}

impl State {
    fn answer<T>(&self, value: impl FnOnce(&Self) -> Result<T, QueryError>) -> Result<Answer<T>, QueryError> {
        value(self).map(|value| Answer { position: self.position, value })
    }

    fn agent(&self, agent_id: &AgentId) -> Result<&Arc<AgentView>, QueryError> {
        self.agents.get(agent_id).ok_or_else(|| QueryError::UnknownAgent(agent_id.clone()))
    }

    /// Refuses an agent of a filter who was never registered.
    fn check_agents(&self, agent_ids: &[AgentId]) -> Result<(), QueryError> {
        agent_ids.iter().try_for_each(|agent_id| self.agent(agent_id).map(|_| ()))
    }

    /// The agents that a filter names, active or not, or else all active ones; by id.
    fn searched_agents(&self, agent_ids: &[AgentId]) -> Result<Vec<Arc<AgentView>>, QueryError> {
        if agent_ids.is_empty() {
            return Ok(self.agents.values().filter(|view| view.row.active).cloned().collect());
        }
        let mut agent_ids: Vec<_> = agent_ids.iter().collect();
        agent_ids.sort_unstable();
        agent_ids.dedup();
        agent_ids.into_iter().map(|agent_id| self.agent(agent_id).cloned()).collect()
    }
}

const UNPOISONED: &str = "nothing panics while it holds the state";

#[cfg(test)]
mod tests;
