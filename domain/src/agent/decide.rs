//! The aggregate of an agent: which method decides each command.

use availability::Interval;
use chrono::{DateTime, Utc};
use schemas::CommandId;
use schemas::event::{AgentEvent as Event, CommandHadNoEffect};
use schemas::value::{NoShowBy, Outcome};

use super::{Agent, AgentCommand, AgentRejection, Answer};
use crate::{Aggregate, Command, EventContext, Office, Receipts, StreamTime};

impl Aggregate for Agent {
    type Command = AgentCommand;
    type Event = Event;
    type Answer = Answer;
    type Rejection = AgentRejection;
    type Context = Office;

    const SNAPSHOT_VERSION: u16 = 9;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        self.apply(event, context);
    }

    fn decide(
        &self,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, AgentRejection> {
        self.unless_settling(self.decide_alone(command, office, now), command, office, now)
    }

    fn answer_unchanged(&self, command: &AgentCommand) -> Answer {
        self.answer_as_it_is(command)
    }

    fn no_effect(event: CommandHadNoEffect) -> Option<Event> {
        Some(event.into())
    }

    fn version_of(&self, command: &AgentCommand) -> Option<u64> {
        self.version_of_subject(command)
    }

    fn exists(&self, command: &AgentCommand) -> bool {
        match command {
            // Its version is the agent's.
            AgentCommand::SetDateException { exception } => self.calendar.exception(exception.date).is_some(),
            command => self.version_of_subject(command).is_some(),
        }
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<Answer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}

impl Agent {
    /// The decision as if every reservation stood.
    pub(super) fn decide_alone(
        &self,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, AgentRejection> {
        match &command.body {
            AgentCommand::RegisterAgent { agent_id, profile } => self.decide_register(agent_id, profile),
            AgentCommand::UpdateAgentProfile { agent_id, profile } => self.decide_update(agent_id, profile),
            AgentCommand::ChangeAgentProfile { change } => self.decide_change(change),
            AgentCommand::DeactivateAgent { keep_appointments } => {
                self.decide_deactivate(*keep_appointments, now)
            }
            AgentCommand::AddAvailabilityRule { rule } => self.decide_add_rule(rule, office),
            AgentCommand::RemoveAvailabilityRule { rule_id } => self.decide_remove_rule(*rule_id),
            AgentCommand::ReplaceWeeklyHours { rules } => self.decide_replace_rules(rules, office),
            AgentCommand::SetDateException { exception } => self.decide_set_exception(exception),
            AgentCommand::RemoveDateException { date } => self.decide_remove_exception(*date),
            AgentCommand::BlockTime { block, on_overlap } => self.decide_block(block, *on_overlap, now),
            AgentCommand::ChangeBlock { block, on_overlap } => {
                self.decide_change_block(block, *on_overlap, now)
            }
            AgentCommand::UnblockTime { block_id } => self.decide_unblock(*block_id),
            AgentCommand::MoveOccurrence { block_id, date, time, on_overlap } => {
                self.decide_move_occurrence(*block_id, *date, time, *on_overlap, now)
            }
            AgentCommand::SkipOccurrence { block_id, date } => self.decide_skip_occurrence(*block_id, *date),
            AgentCommand::HoldSlot(hold) => self.decide_hold(hold, office, now),
            AgentCommand::ReleaseHold { hold_id } => self.decide_release(*hold_id, &command.actor, now),
            AgentCommand::BookAppointment(booking) => self.decide_book(booking, office, now),
            AgentCommand::ConfirmAppointment { appointment_id } => self.decide_confirm(*appointment_id, now),
            AgentCommand::RescheduleAppointment(asked) => self.decide_reschedule(asked, office, now),
            AgentCommand::ReserveTime(wanted) => self.decide_reserve(wanted, office, now),
            AgentCommand::ReceiveAppointment(received) => Ok(self.decide_receive(received, now)),
            AgentCommand::ReleaseReservation { reservation_id } => {
                Ok(self.decide_release_reservation(*reservation_id))
            }
            AgentCommand::FenceReservation { reservation_id, reserved_on, of_command } => {
                Ok(self.decide_fence(*reservation_id, reserved_on, *of_command))
            }
            AgentCommand::CancelAppointment { appointment_id, reason, requested_by } => {
                self.decide_cancel(*appointment_id, reason.as_ref(), *requested_by, &command.actor, now)
            }
            AgentCommand::ReinstateAppointment { appointment_id, reason, requested_by } => {
                self.decide_reinstate(*appointment_id, reason.as_ref(), *requested_by, office, now)
            }
            AgentCommand::SettleConflict { appointment_id, keep } => {
                self.decide_settle_conflict(*appointment_id, *keep, office, now)
            }
            AgentCommand::ChangeAppointmentDetails { appointment_id, change } => {
                self.decide_change_details(*appointment_id, change, office, now)
            }
            AgentCommand::CompleteAppointment { appointment_id } => {
                self.decide_outcome(*appointment_id, Outcome::Completed, NoShowBy::Lead, now)
            }
            AgentCommand::MarkNoShow { appointment_id, by } => {
                self.decide_outcome(*appointment_id, Outcome::NoShow, *by, now)
            }
            AgentCommand::CorrectOutcome { appointment_id, outcome, by } => {
                self.decide_correct_outcome(*appointment_id, *outcome, *by, now)
            }
            AgentCommand::ReleaseUnconfirmed { appointment_id } => {
                self.decide_release_unconfirmed(*appointment_id, now)
            }
            AgentCommand::RecordExternalBusy { busy_id, source, start, end } => {
                self.decide_record_busy(busy_id, source, Interval::new(*start, *end), now)
            }
            AgentCommand::RemoveExternalBusy { busy_id } => self.decide_remove_busy(busy_id),
        }
    }
}
