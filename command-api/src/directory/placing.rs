//! Plans and bulk moves, as far as the log has been read.

use std::collections::BTreeSet;

use availability::{Booking, OfficeCalendar};
use chrono::{DateTime, Utc};
use schemas::{AgentId, MoveId};

use super::entries::Entries;
use super::workload::Displaced;
use super::{Directory, Placed, PlannedLoads};

impl Directory {
    /// Whether the agent takes appointments; none if there is no such agent.
    pub(crate) fn is_active(&self, agent_id: &AgentId) -> Option<bool> {
        self.read(|entries| entries.workloads.is_active(agent_id))
    }

    /// The agents who share a comuna or a region with this one; none if this one has neither.
    pub(crate) fn neighbours(&self, agent_id: &AgentId) -> Option<BTreeSet<AgentId>> {
        self.read(|entries| entries.workloads.neighbours(agent_id))
    }

    /// Whom a visit can go to, among the agents that `may` get it, beside what is planned.
    pub(crate) fn place(
        &self,
        office: &OfficeCalendar,
        visit: &Booking,
        may: impl Fn(&AgentId) -> bool,
        planned: &mut PlannedLoads,
        now: DateTime<Utc>,
    ) -> Placed {
        self.read(|entries| {
            entries.workloads.place(office, &Displaced::from_others(visit), may, planned, now)
        })
    }

    /// The bulk moves that are not over, with the time of their last event.
    pub(crate) fn unfinished_moves(&self) -> Vec<(MoveId, DateTime<Utc>)> {
        self.read(Entries::unfinished_moves)
    }
}
