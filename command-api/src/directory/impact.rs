//! What a change would do to the appointments of all agents, and where these could go.

use availability::{Conflict, OfficeCalendar};
use chrono::{DateTime, Utc};
use schemas::{AgentId, AppointmentTypeCode};

use super::{Directory, Placed, PlannedLoads};

/// How many appointments are looked at, of all agents together.
const MAX_LOOKED_AT: usize = 20_000;

/// The appointments that would stand against the rules, each with its agent.
pub(crate) type Against = Vec<(AgentId, Conflict)>;

impl Directory {
    /// The appointments to come that would newly stand against the rules with this office instead of the one before, and
    /// whether all were looked at.
    ///
    /// One agent is looked at after the other, so that the log is followed meanwhile.
    pub(crate) async fn impact(
        &self,
        before: &OfficeCalendar,
        after: &OfficeCalendar,
        now: DateTime<Utc>,
    ) -> (Against, bool) {
        let mut agent_ids: Vec<AgentId> = self.read(|entries| entries.workloads.agent_ids());
        agent_ids.sort_unstable();
        let (mut found, mut left) = (Vec::new(), MAX_LOOKED_AT);
        for agent_id in agent_ids {
            let (looked_at, conflicts) = self.read(|entries| {
                let is_own = |id| entries.appointment(id).as_ref() == Some(&agent_id);
                entries.workloads.impact(&agent_id, before, after, now, left, is_own)
            });
            found.extend(conflicts.into_iter().map(|conflict| (agent_id.clone(), conflict)));
            left -= looked_at;
            if left == 0 {
                return (found, false);
            }
            tokio::task::yield_now().await;
        }
        (found, true)
    }

    /// Whom an appointment that would stand against the rules can go to, among the agents that `may` get it, beside what is
    /// planned: at its time with another agent, or at which other times, also with its own. With its type. None if it is not
    /// in that agent's calendar any more.
    pub(crate) fn place_conflict(
        &self,
        office: &OfficeCalendar,
        (owner, conflict): (&AgentId, &Conflict),
        may: impl Fn(&AgentId) -> bool,
        planned: &mut PlannedLoads,
        now: DateTime<Utc>,
    ) -> Option<(AppointmentTypeCode, Placed)> {
        self.read(|entries| entries.workloads.place_conflict(office, (owner, conflict), may, planned, now))
    }
}
