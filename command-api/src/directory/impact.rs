//! What a change of the office would do to the appointments of all agents.

use availability::OfficeCalendar;
use chrono::{DateTime, Utc};
use schemas::AgentId;

use super::Directory;
use crate::impact::{ForeseenConflict, Impact};

/// How many appointments are looked at, of all agents together.
const MAX_LOOKED_AT: usize = 20_000;

impl Directory {
    /// The appointments to come that would newly stand against the rules with this office instead of the one before.
    ///
    /// One agent is looked at after the other, so that the log is followed meanwhile.
    pub(crate) async fn impact(
        &self,
        before: &OfficeCalendar,
        after: &OfficeCalendar,
        now: DateTime<Utc>,
    ) -> Impact {
        let mut agent_ids: Vec<AgentId> = self.read(|entries| entries.workloads.agent_ids());
        agent_ids.sort_unstable();
        let (mut found, mut left) = (Vec::new(), MAX_LOOKED_AT);
        for agent_id in agent_ids {
            let (looked_at, conflicts) = self.read(|entries| {
                let is_own = |id| entries.appointment(id).as_ref() == Some(&agent_id);
                entries.workloads.impact(&agent_id, before, after, now, left, is_own)
            });
            let foreseen = |conflict| ForeseenConflict { agent_id: agent_id.clone(), conflict };
            found.extend(conflicts.into_iter().map(foreseen));
            left -= looked_at;
            if left == 0 {
                return Impact::of(found, false);
            }
            tokio::task::yield_now().await;
        }
        Impact::of(found, true)
    }
}
