//! Searches for free slots.

use std::sync::Arc;

use availability::SlotIndex;
use chrono::{DateTime, Utc};
use schemas::AgentId;

use super::state::State;
use super::{MemoryReadModel, UNPOISONED};
use crate::budget::Budget;
use crate::index_search::IndexSearch;
use crate::moving::Moving;
use crate::slot_question::SlotQuestion;
use crate::slots::Explained;
use crate::{Answer, MoveSearch, QueryError, SlotSearch, SlotsAnswer};

impl MemoryReadModel {
    pub(crate) async fn slots(
        &self,
        question: &SlotSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        let (state, index) = self.with_index();
        self.slots_in(state, index, question, None, now).await
    }

    pub(crate) async fn slots_to_move_to(
        &self,
        asked: &MoveSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        let (state, index) = self.with_index();
        let id = asked.appointment_id;
        let row = state.appointments.get(id).map(|entry| &entry.view.row);
        let row = row.ok_or(QueryError::AppointmentNotFound(id))?;
        let question = asked.search(row)?;
        let booking = state.agents.get(&row.agent_id).and_then(|view| view.calendar.find_booking(id));
        let moving = Arc::new(Moving::new(row, booking.cloned()));
        let without = {
            let moving = Arc::clone(&moving);
            self.costly.run(move |_| Ok(Arc::new(moving.index((*index).clone())))).await?
        };
        self.slots_in(state, without, &question, Some(moving), now).await
    }

    /// State and index, both at the same position.
    fn with_index(&self) -> (State, Arc<SlotIndex<AgentId>>) {
        let index = self.index.read().expect(UNPOISONED);
        (self.snapshot(), Arc::clone(&index.slots))
    }

    async fn slots_in(
        &self,
        state: State,
        index: Arc<SlotIndex<AgentId>>,
        question: &SlotSearch,
        moving: Option<Arc<Moving>>,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        state.check_agents(&question.agent_ids)?;
        let office = Arc::clone(&state.office);
        let zone_of = |agent_id: &AgentId| state.agents.get(agent_id).map(|view| view.row.profile.time_zone);
        let question = SlotQuestion::read(question, &office, zone_of, now)?;
        let search = IndexSearch { index, office, question: question.clone(), moving: moving.clone(), now };
        let page = search.offered(&self.costly, &mut self.costly.max_units()).await?.page;
        let position = state.position;
        let explained = match question.search.explain {
            Some(explain) => {
                let answer = move |budget: &mut Budget| {
                    let agents = state.searched_agents(&question.search.agent_ids)?;
                    let moving = moving.as_deref();
                    Explained::of(explain, &agents, &state.office, &question, moving, now, budget)
                };
                self.costly.run(answer).await?
            }
            None => Explained::default(),
        };
        Ok(Answer { position, value: SlotsAnswer::new(page, explained) })
    }
}
