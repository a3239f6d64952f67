use schemas::AgentId;

use super::MemoryReadModel;
use crate::budget::Budget;
use crate::conflict::LOOKED_AT;
use crate::{Answer, AppointmentSort, ConflictRow, ConflictSearch, Page, QueryError};

impl MemoryReadModel {
    pub(crate) async fn conflicts(
        &self,
        question: &ConflictSearch,
    ) -> Result<Answer<Page<ConflictRow>>, QueryError> {
        let (state, question) = (self.snapshot(), question.clone());
        let answer = move |budget: &mut Budget| {
            let last = question.last()?;
            state.check_agents(&question.agent_ids)?;
            let filter = question.filter();
            let rows = state.appointments.list(&filter, AppointmentSort::Start, last, LOOKED_AT + 1);
            let view = |agent_id: &AgentId| state.agents.get(agent_id).map(|view| &**view);
            state.answer(|state| question.page(rows, view, &state.office, budget))
        };
        self.costly.run(answer).await
    }
}
