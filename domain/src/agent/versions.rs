//! The versions of what an agent's stream holds: each counts its own changes from 1.

use schemas::AppointmentId;
use schemas::event::AgentEvent as Event;

use super::{Agent, AgentCommand};

/// A hold is made and ends, and changes in no other way.
const HELD: u64 = 1;
const RELEASED: u64 = 2;
/// Reservations have no version.
const NONE: u64 = 0;

impl Agent {
    /// The version of what a command changes; none if it does not exist yet.
    ///
    /// External busy time has no version of its own: its commands see that of the agent.
    pub(super) fn version_of_subject(&self, command: &AgentCommand) -> Option<u64> {
        match command {
            AgentCommand::BookAppointment(booking) => self.version_of_appointment(booking.appointment_id),
            AgentCommand::HoldSlot(_)
            | AgentCommand::ReserveTime(_)
            | AgentCommand::ReceiveAppointment(_)
            | AgentCommand::ReleaseReservation { .. }
            | AgentCommand::FenceReservation { .. } => None,
            AgentCommand::ReleaseHold { hold_id } => self.calendar.find_hold(*hold_id).map(|_| HELD),
            command => match command.appointment_id() {
                // One that was handed over has other versions since, with its new agent.
                Some(appointment_id) if !self.was_handed_over(appointment_id) => {
                    self.version_of_appointment(appointment_id)
                }
                Some(_) => None,
                None => (self.version > 0).then_some(self.version),
            },
        }
    }

    /// The version of what an event has just changed.
    pub(super) fn version_after(&self, event: &Event) -> u64 {
        match event {
            Event::SlotHeld(_) => HELD,
            Event::HoldReleased(_) => RELEASED,
            Event::CommandHadNoEffect(event) => event.version,
            Event::TimeReserved(_) | Event::ReservationReleased(_) | Event::ReservationFenced(_) => NONE,
            event => match event.appointment_id() {
                Some(appointment_id) => self.version_of_appointment(appointment_id).unwrap_or(0),
                None => self.version,
            },
        }
    }

    fn was_handed_over(&self, appointment_id: AppointmentId) -> bool {
        let finished = self.finished.get(&appointment_id);
        finished.is_some_and(|finished| finished.handed_over_to.is_some())
    }

    fn version_of_appointment(&self, appointment_id: AppointmentId) -> Option<u64> {
        let open = self.appointments.get(&appointment_id).map(|appointment| appointment.version);
        open.or_else(|| self.finished.get(&appointment_id).map(|finished| finished.version))
    }
}
