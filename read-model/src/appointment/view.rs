//! Which agent's row is shown of an appointment that moves from one agent to another.

use schemas::value::AppointmentStatus;
use schemas::{AgentEvent, AgentId, Metadata};
use serde::{Deserialize, Serialize};

use super::AppointmentRow;

/// An appointment as the read model keeps it.
///
/// An appointment that moves from one agent to another has events in both agents' streams: the new agent's books it
/// first, then the old agent's gives it up. Shown is the row of the agent that got it last by log position, so that
/// events of a parked stream, applied late, lead to the same row as in log order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AppointmentView {
    /// The booking of the agent that got it last.
    pub(crate) shown: AgentBooking,
    /// While it moves: the bookings of agents that have not given it up yet.
    pub(crate) left_behind: Vec<AgentBooking>,
}

/// An appointment as one agent's stream has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AgentBooking {
    pub(crate) row: AppointmentRow,
    /// The log position at which the agent got it; 0 once the agent gave it up.
    pub(crate) position: u64,
}

impl AppointmentView {
    pub(crate) const fn new(row: AppointmentRow, position: u64) -> Self {
        Self { shown: AgentBooking { row, position }, left_behind: Vec::new() }
    }

    /// This agent's row.
    pub(crate) fn row_of(&self, agent_id: &AgentId) -> Option<&AppointmentRow> {
        let bookings = std::iter::once(&self.shown).chain(&self.left_behind);
        bookings.map(|booking| &booking.row).find(|row| row.agent_id == *agent_id)
    }

    pub(crate) fn evolve(
        &mut self,
        agent_id: &AgentId,
        event: &AgentEvent,
        position: u64,
        metadata: &Metadata,
    ) {
        let mut created_at = self.shown.row.created_at;
        if let AgentEvent::AppointmentBooked(event) = event {
            let row = AppointmentRow::booked(event.clone(), metadata);
            created_at = created_at.min(row.created_at);
            self.put(AgentBooking { row, position });
        } else if let Some(booking) = self.booking_mut(agent_id) {
            if matches!(event, AgentEvent::AppointmentReassigned(_)) {
                booking.position = 0;
            }
            booking.row.evolve(event, metadata);
        }
        self.show_latest();
        self.shown.row.created_at = created_at;
    }

    fn booking_mut(&mut self, agent_id: &AgentId) -> Option<&mut AgentBooking> {
        let mut bookings = std::iter::once(&mut self.shown).chain(&mut self.left_behind);
        bookings.find(|booking| booking.row.agent_id == *agent_id)
    }

    fn put(&mut self, booking: AgentBooking) {
        match self.booking_mut(&booking.row.agent_id) {
            Some(before) => *before = booking,
            None => self.left_behind.push(booking),
        }
    }

    /// A booking that was given up is shown only while no other agent has one.
    fn show_latest(&mut self) {
        for booking in &mut self.left_behind {
            if booking.position > self.shown.position {
                std::mem::swap(booking, &mut self.shown);
            }
        }
        self.left_behind.retain(|booking| booking.position > 0);
    }
}

impl AppointmentRow {
    fn evolve(&mut self, event: &AgentEvent, metadata: &Metadata) {
        match event {
            AgentEvent::AppointmentConfirmed(_) => self.status = AppointmentStatus::Confirmed,
            AgentEvent::AppointmentRescheduled(event) => self.reschedule(event),
            AgentEvent::AppointmentCancelled(_) => self.status = AppointmentStatus::Cancelled,
            AgentEvent::AppointmentCompleted(_) => self.status = AppointmentStatus::Completed,
            AgentEvent::AppointmentNoShow(_) => self.status = AppointmentStatus::NoShow,
            AgentEvent::AppointmentReassigned(_) => {}
            _ => return,
        }
        self.touch(metadata);
    }
}
