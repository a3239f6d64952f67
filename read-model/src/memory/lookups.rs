//! What queries look up in the state.

use std::sync::Arc;

use schemas::AgentId;

use super::state::State;
use crate::agent::AgentView;
use crate::{Answer, QueryError};

impl State {
    pub(super) fn answer<T>(
        &self,
        value: impl FnOnce(&Self) -> Result<T, QueryError>,
    ) -> Result<Answer<T>, QueryError> {
        value(self).map(|value| Answer { position: self.position, value })
    }

    pub(super) fn agent(&self, agent_id: &AgentId) -> Result<&Arc<AgentView>, QueryError> {
        self.agents.get(agent_id).ok_or_else(|| QueryError::UnknownAgent(agent_id.clone()))
    }

    /// Refuses an agent of a filter who was never registered.
    pub(super) fn check_agents(&self, agent_ids: &[AgentId]) -> Result<(), QueryError> {
        agent_ids.iter().try_for_each(|agent_id| self.agent(agent_id).map(|_| ()))
    }

    /// The agents that a filter names, active or not, or else all active ones; by id.
    pub(super) fn searched_agents(&self, agent_ids: &[AgentId]) -> Result<Vec<Arc<AgentView>>, QueryError> {
        if agent_ids.is_empty() {
            return Ok(self.agents.values().filter(|view| view.row.active).cloned().collect());
        }
        let mut agent_ids: Vec<_> = agent_ids.iter().collect();
        agent_ids.sort_unstable();
        agent_ids.dedup();
        agent_ids.into_iter().map(|agent_id| self.agent(agent_id).cloned()).collect()
    }
}
