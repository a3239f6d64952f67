//! How the answers of commands on an agent are made.

use schemas::event::AgentEvent as Event;
use schemas::{AppointmentId, BlockId};

use super::appointment;
use super::state::Registration;
use super::{Agent, AgentCommand, Answer, BookAppointment};
use crate::answer::{
    AgentAnswer, BlockAnswer, ExceptionAnswer, ExternalBusyAnswer, HoldAnswer, ReleasedHoldAnswer,
    RulesAnswer,
};
use crate::hours;

impl Agent {
    /// The answer of the command that caused `event`.
    pub(super) fn answer_to(&self, event: &Event) -> Answer {
        match event {
            Event::AgentRegistered(_) | Event::AgentProfileUpdated(_) | Event::AgentDeactivated(_) => {
                self.agent_answer()
            }
            Event::AvailabilityRuleAdded(event) => {
                Answer::Rules(RulesAnswer { rule_ids: vec![event.rule.rule_id] })
            }
            Event::AvailabilityRuleRemoved(_) => Answer::Rules(RulesAnswer { rule_ids: Vec::new() }),
            Event::WeeklyHoursReplaced(event) => {
                Answer::Rules(RulesAnswer { rule_ids: event.rules.iter().map(|rule| rule.rule_id).collect() })
            }
            Event::DateExceptionSet(event) => {
                Answer::Exception(ExceptionAnswer { date: event.exception.date })
            }
            Event::DateExceptionRemoved(event) => Answer::Exception(ExceptionAnswer { date: event.date }),
            Event::TimeBlocked(event) => Answer::Block(BlockAnswer { block: Box::new(event.block.clone()) }),
            Event::BlockChanged(event) => Answer::Block(BlockAnswer { block: Box::new(event.block.clone()) }),
            Event::TimeUnblocked(event) => self.block_answer(event.block_id),
            Event::SlotHeld(event) => Answer::Hold(HoldAnswer {
                hold_id: event.hold_id,
                agent_id: self.agent_id(),
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                time_zone: self.calendar.time_zone(),
                expires_at: event.expires_at,
                replaces: event.replaces.clone(),
            }),
            Event::HoldReleased(event) => Answer::ReleasedHold(ReleasedHoldAnswer { hold_id: event.hold_id }),
            Event::AppointmentBooked(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentConfirmed(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentRescheduled(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentHandedOver(event) => self.appointment_answer(event.appointment.appointment_id),
            Event::AppointmentReceived(event) => self.appointment_answer(event.appointment.appointment_id),
            // One that another release has written is not told.
            Event::CommandHadNoEffect(event) => {
                serde_json::from_value(event.answer.clone()).unwrap_or_else(|_| self.agent_answer())
            }
            Event::TimeReserved(event) => self.reservation_answer(event.reservation_id),
            Event::ReservationReleased(event) => self.reservation_answer(event.reservation_id),
            Event::ReservationFenced(event) => self.reservation_answer(event.reservation_id),
            Event::AppointmentCancelled(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentReleased(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentCompleted(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentNoShow(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentDetailsChanged(event) => {
                self.appointment_answer(event.appointment.appointment_id)
            }
            Event::AppointmentReinstated(event) => self.appointment_answer(event.appointment.appointment_id),
            Event::OutcomeCorrected(event) => self.appointment_answer(event.appointment_id),
            Event::ExternalBusyRecorded(event) => {
                Answer::ExternalBusy(ExternalBusyAnswer { busy_id: event.busy_id.clone() })
            }
            Event::ExternalBusyRemoved(event) => {
                Answer::ExternalBusy(ExternalBusyAnswer { busy_id: event.busy_id.clone() })
            }
        }
    }

    pub(super) fn agent_answer(&self) -> Answer {
        let Registration { agent_id, profile, active } = self.registration();
        Answer::Agent(AgentAnswer {
            agent_id: agent_id.clone(),
            profile: Box::new(profile.clone()),
            active: *active,
            reset: Vec::new(),
            zone_change: None,
        })
    }

    fn block_answer(&self, block_id: BlockId) -> Answer {
        match self.calendar.find_block(block_id) {
            Some(block) => Answer::Block(BlockAnswer { block: Box::new(block.clone()) }),
            None => self.agent_answer(),
        }
    }

    pub(super) fn appointment_answer(&self, appointment_id: AppointmentId) -> Answer {
        let agent_id = self.agent_id();
        match (self.appointments.get(&appointment_id), self.finished.get(&appointment_id)) {
            (Some(appointment), _) => Answer::Appointment(appointment::answer(appointment, &agent_id)),
            (None, Some(finished)) => Answer::Appointment(finished.answer.clone()),
            (None, None) => self.agent_answer(),
        }
    }

    /// The answer of a command that changes nothing.
    pub(super) fn answer_as_it_is(&self, command: &AgentCommand) -> Answer {
        match command {
            AgentCommand::AddAvailabilityRule { rule } => {
                let known = self.calendar.rules().filter(|known| hours::equal_except_id(known, rule));
                Answer::Rules(RulesAnswer { rule_ids: known.map(|known| known.rule_id).collect() })
            }
            AgentCommand::ReplaceWeeklyHours { .. } => Answer::Rules(RulesAnswer {
                rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect(),
            }),
            AgentCommand::SetDateException { exception } => {
                Answer::Exception(ExceptionAnswer { date: exception.date })
            }
            AgentCommand::BlockTime { block, .. } | AgentCommand::ChangeBlock { block, .. } => {
                self.block_answer(block.block_id)
            }
            AgentCommand::MoveOccurrence { block_id, .. } | AgentCommand::SkipOccurrence { block_id, .. } => {
                self.block_answer(*block_id)
            }
            AgentCommand::RecordExternalBusy { busy_id, .. } => {
                Answer::ExternalBusy(ExternalBusyAnswer { busy_id: busy_id.clone() })
            }
            AgentCommand::BookAppointment(BookAppointment { appointment_id, .. }) => {
                self.appointment_answer(*appointment_id)
            }
            AgentCommand::ReserveTime(wanted) => self.reservation_answer(wanted.reservation_id),
            AgentCommand::ReceiveAppointment(received) => {
                self.reservation_answer(received.handed_over.reservation_id)
            }
            AgentCommand::ReleaseReservation { reservation_id }
            | AgentCommand::FenceReservation { reservation_id, .. } => {
                self.reservation_answer(*reservation_id)
            }
            command => match command.appointment_id() {
                Some(appointment_id) => self.appointment_answer(appointment_id),
                None => self.agent_answer(),
            },
        }
    }
}
