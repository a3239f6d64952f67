//! Who else can take a slot.

use availability::{OfficeCalendar, Slot, SlotRequest, check};
use chrono::{DateTime, Utc};
use schemas::AgentId;

use super::Workloads;

impl Workloads {
    /// See [`Directory::free_at`](crate::directory::Directory::free_at).
    pub(in crate::directory) fn free_at(
        &self,
        office: &OfficeCalendar,
        request: &SlotRequest<'_>,
        asked: &AgentId,
        now: DateTime<Utc>,
        most: usize,
    ) -> Vec<(AgentId, Slot)> {
        let others = self.agents.iter().filter(|(agent_id, workload)| workload.active && *agent_id != asked);
        let free = others.filter_map(|(agent_id, workload)| {
            let slot = check(&workload.calendar, office, request, now).ok()?;
            Some((workload.rank(agent_id, request.start), slot))
        });
        let mut free: Vec<_> = free.collect();
        free.sort_unstable();
        free.into_iter().take(most).map(|((_, _, agent_id), slot)| (agent_id.clone(), slot)).collect()
    }
}
