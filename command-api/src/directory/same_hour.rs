//! Who else is free at an hour at which the agent who was asked is not.

use availability::{OfficeCalendar, Slot, SlotRequest};
use chrono::{DateTime, Utc};
use schemas::AgentId;

use super::Directory;

impl Directory {
    /// The agents, besides the one who was `asked`, who can take the slot as far as the log has been read, least loaded
    /// first, `most` at most.
    pub(crate) fn free_at(
        &self,
        office: &OfficeCalendar,
        request: &SlotRequest<'_>,
        asked: &AgentId,
        now: DateTime<Utc>,
        most: usize,
    ) -> Vec<(AgentId, Slot)> {
        self.read(|entries| entries.workloads.free_at(office, request, asked, now, most))
    }
}
