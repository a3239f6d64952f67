use schemas::value::AppointmentStatus;
use schemas::{AgentEvent, AgentId, Metadata};

use super::AppointmentRow;

/// An appointment as the read model keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppointmentView {
    pub(crate) row: AppointmentRow,
    /// While it moves to another agent: the row as the agent it comes from still has it.
    pub(crate) left_behind: Option<Box<AppointmentRow>>,
}

impl AppointmentView {
    pub(crate) const fn new(row: AppointmentRow) -> Self {
        Self { row, left_behind: None }
    }

    /// The row as this agent has it.
    pub(crate) fn row_of(&self, agent_id: &AgentId) -> Option<&AppointmentRow> {
        let rows = std::iter::once(&self.row).chain(self.left_behind.as_deref());
        rows.into_iter().find(|row| row.agent_id == *agent_id)
    }

    /// Two streams can tell of one appointment while it moves from one agent to another: it is booked with the new
    /// one first and then given up by the old one. The row shown is the new agent's from the booking on; if the new
    /// agent gives it up instead, the old agent's row is shown again.
    pub(crate) fn evolve(
        &mut self,
        agent_id: &AgentId,
        event: &AgentEvent,
        revision: u64,
        metadata: &Metadata,
    ) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                let booked = AppointmentRow::booked(event.clone(), revision, metadata);
                let booked = AppointmentRow { created_at: self.row.created_at, ..booked };
                let before = std::mem::replace(&mut self.row, booked);
                if before.agent_id != *agent_id {
                    self.left_behind = Some(Box::new(before));
                }
            }
            AgentEvent::AppointmentReassigned(event) if self.row.agent_id == *agent_id => {
                match self.left_behind.take().filter(|row| row.agent_id == event.to_agent_id) {
                    Some(left_behind) => self.row = *left_behind,
                    None => self.row.touch(revision, metadata),
                }
            }
            AgentEvent::AppointmentReassigned(_) => self.left_behind = None,
            _ => {
                let row = match &mut self.left_behind {
                    Some(left_behind) if left_behind.agent_id == *agent_id => left_behind,
                    _ => &mut self.row,
                };
                row.evolve(event, revision, metadata);
            }
        }
    }
}

impl AppointmentRow {
    fn evolve(&mut self, event: &AgentEvent, revision: u64, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentConfirmed(_) => self.status = AppointmentStatus::Confirmed,
            AgentEvent::AppointmentRescheduled(event) => self.reschedule(event),
            AgentEvent::AppointmentCancelled(_) => self.status = AppointmentStatus::Cancelled,
            AgentEvent::AppointmentCompleted(_) => self.status = AppointmentStatus::Completed,
            AgentEvent::AppointmentNoShow(_) => self.status = AppointmentStatus::NoShow,
            _ => return,
        }
        self.touch(revision, metadata);
    }
}
