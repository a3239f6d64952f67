use std::collections::BTreeMap;

use availability::{AgentCalendar, Booking, ExternalBusy, Hold};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::event::AgentEvent as Event;
use schemas::value::{AgentProfile, AppointmentStatus};
use schemas::{AgentId, AppointmentId, CommandId};
use serde::{Deserialize, Serialize};

use super::appointment::Finished;
use super::{AgentCommand, AgentRejection, Answer, Appointment};
use crate::{Aggregate, Command, Fact, Office, Receipts};

/// How long past time stays in the calendar that decisions look at. Daily limits look back a day at most.
const KEPT_PAST_DAYS: i64 = 3;

/// What an agent's events add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    pub(super) registration: Option<Registration>,
    pub(super) calendar: AgentCalendar,
    pub(super) appointments: BTreeMap<AppointmentId, Appointment>,
    pub(super) finished: BTreeMap<AppointmentId, Finished>,
    receipts: Receipts<Answer>,
    revision: Option<u64>,
    /// The last change of anything but holds and appointments.
    settings_revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Registration {
    pub(super) agent_id: AgentId,
    pub(super) profile: AgentProfile,
    pub(super) active: bool,
}

impl Default for Agent {
    /// An agent of whom nothing is known yet. Registration brings the zone.
    fn default() -> Self {
        Self {
            registration: None,
            calendar: AgentCalendar::new(Tz::UTC, true),
            appointments: BTreeMap::new(),
            finished: BTreeMap::new(),
            receipts: Receipts::default(),
            revision: None,
            settings_revision: None,
        }
    }
}

impl Agent {
    /// The calendar that decisions look at.
    pub const fn calendar(&self) -> &AgentCalendar {
        &self.calendar
    }

    /// An appointment that is not over.
    pub fn appointment(&self, appointment_id: AppointmentId) -> Option<&Appointment> {
        self.appointments.get(&appointment_id)
    }

    /// Whether new appointments are taken.
    pub fn is_active(&self) -> bool {
        self.registration.as_ref().is_some_and(|registration| registration.active)
    }

    pub(super) fn registered(&self) -> Result<&Registration, AgentRejection> {
        self.registration.as_ref().ok_or(AgentRejection::UnknownAgent)
    }

    pub(super) fn active(&self) -> Result<&Registration, AgentRejection> {
        self.registered().and_then(|registration| {
            if registration.active { Ok(registration) } else { Err(AgentRejection::AgentInactive) }
        })
    }

    fn register(&mut self, agent_id: &AgentId, profile: &AgentProfile) {
        self.calendar.set_time_zone(profile.time_zone);
        self.calendar.set_inherits_office_hours(profile.inherits_office_hours);
        self.registration =
            Some(Registration { agent_id: agent_id.clone(), profile: profile.clone(), active: true });
    }

    fn finish(&mut self, appointment_id: AppointmentId, status: AppointmentStatus, version: u64) {
        if let Some(appointment) = self.appointments.remove(&appointment_id) {
            self.finished.insert(appointment_id, appointment.finished(status, version));
        }
        if !status.occupies_time() {
            self.calendar.free(appointment_id);
        }
    }

    fn occupy(&mut self, appointment_id: AppointmentId, buffers: (u16, u16)) {
        if let Some(appointment) = self.appointments.get(&appointment_id) {
            self.calendar.free(appointment_id);
            self.calendar.book(Booking {
                appointment_id,
                lead_id: appointment.lead_id.clone(),
                appointment_type: appointment.appointment_type.clone(),
                property_id: appointment.property_id.clone(),
                start: appointment.start,
                end: appointment.end,
                buffer_before_minutes: buffers.0,
                buffer_after_minutes: buffers.1,
            });
        }
    }

    fn apply(&mut self, event: &Event, fact: &Fact) {
        let version = fact.revision;
        match event {
            Event::AgentRegistered(event) => self.register(&event.agent_id, &event.profile),
            Event::AgentProfileUpdated(event) => self.register(&event.agent_id, &event.profile),
            Event::AgentDeactivated(_) => {
                if let Some(registration) = &mut self.registration {
                    registration.active = false;
                }
            }
            Event::AvailabilityRuleAdded(event) => self.calendar.add_rule(event.rule.clone()),
            Event::AvailabilityRuleRemoved(event) => {
                self.calendar.remove_rule(event.rule_id);
            }
            Event::DateExceptionSet(event) => self.calendar.set_exception(event.exception.clone()),
            Event::DateExceptionRemoved(event) => {
                self.calendar.remove_exception(event.date);
            }
            Event::TimeBlocked(event) => self.calendar.block(event.block.clone()),
            Event::TimeUnblocked(event) => {
                self.calendar.unblock(event.block_id);
            }
            Event::SlotHeld(event) => self.calendar.hold(Hold {
                hold_id: event.hold_id,
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                buffer_before_minutes: event.buffer_before_minutes,
                buffer_after_minutes: event.buffer_after_minutes,
                expires_at: event.expires_at,
            }),
            Event::HoldReleased(event) => {
                self.calendar.release_hold(event.hold_id);
            }
            Event::AppointmentBooked(event) => {
                if let Some(hold_id) = event.hold_id {
                    self.calendar.release_hold(hold_id);
                }
                self.finished.remove(&event.appointment_id);
                self.appointments.insert(event.appointment_id, Appointment::booked(event, version));
                self.occupy(event.appointment_id, (event.buffer_before_minutes, event.buffer_after_minutes));
            }
            Event::AppointmentConfirmed(event) => {
                if let Some(appointment) = self.appointments.get_mut(&event.appointment_id) {
                    appointment.status = AppointmentStatus::Confirmed;
                    appointment.version = version;
                }
            }
            Event::AppointmentRescheduled(event) => {
                if let Some(hold_id) = event.hold_id {
                    self.calendar.release_hold(hold_id);
                }
                if let Some(appointment) = self.appointments.get_mut(&event.appointment_id) {
                    appointment.reschedule(event, version);
                }
                self.occupy(event.appointment_id, (event.buffer_before_minutes, event.buffer_after_minutes));
            }
            Event::AppointmentReassigned(event) => {
                if let Some(appointment) = self.appointments.remove(&event.appointment_id) {
                    let mut finished = appointment.finished(appointment.status, version);
                    finished.reassigned_to = Some(event.to_agent_id.clone());
                    self.finished.insert(event.appointment_id, finished);
                }
                self.calendar.free(event.appointment_id);
            }
            Event::AppointmentCancelled(event) => {
                self.finish(event.appointment_id, AppointmentStatus::Cancelled, version);
            }
            Event::AppointmentCompleted(event) => {
                self.finish(event.appointment_id, AppointmentStatus::Completed, version);
            }
            Event::AppointmentNoShow(event) => {
                self.finish(event.appointment_id, AppointmentStatus::NoShow, version);
            }
            Event::ExternalBusyRecorded(event) => self.calendar.record_busy(ExternalBusy {
                busy_id: event.busy_id.clone(),
                start: event.start,
                end: event.end,
            }),
            Event::ExternalBusyRemoved(event) => {
                self.calendar.remove_busy(&event.busy_id);
            }
        }
    }

    /// What the command that led to `event` answers, given what its events before this one led to.
    fn answer(&self, event: &Event, earlier: Option<Answer>) -> Answer {
        match event {
            Event::AgentRegistered(_) | Event::AgentProfileUpdated(_) | Event::AgentDeactivated(_) => {
                self.agent_answer()
            }
            Event::AvailabilityRuleAdded(event) => {
                let mut rule_ids = match earlier {
                    Some(Answer::Rules { rule_ids }) => rule_ids,
                    _ => Vec::new(),
                };
                rule_ids.push(event.rule.rule_id);
                Answer::Rules { rule_ids }
            }
            Event::AvailabilityRuleRemoved(_) => earlier.unwrap_or(Answer::Rules { rule_ids: Vec::new() }),
            Event::DateExceptionSet(event) => Answer::Exception { date: event.exception.date },
            Event::DateExceptionRemoved(event) => Answer::Exception { date: event.date },
            Event::TimeBlocked(event) => Answer::Block { block_id: event.block.block_id },
            Event::TimeUnblocked(event) => Answer::Block { block_id: event.block_id },
            Event::SlotHeld(event) => Answer::Hold {
                hold_id: event.hold_id,
                agent_id: self.agent_id(),
                start: event.start,
                end: event.end,
                expires_at: event.expires_at,
            },
            Event::HoldReleased(event) => Answer::ReleasedHold { hold_id: event.hold_id },
            Event::AppointmentBooked(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentConfirmed(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentRescheduled(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentReassigned(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentCancelled(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentCompleted(event) => self.appointment_answer(event.appointment_id),
            Event::AppointmentNoShow(event) => self.appointment_answer(event.appointment_id),
            Event::ExternalBusyRecorded(event) => Answer::ExternalBusy { busy_id: event.busy_id.clone() },
            Event::ExternalBusyRemoved(event) => Answer::ExternalBusy { busy_id: event.busy_id.clone() },
        }
    }

    pub(super) fn agent_id(&self) -> AgentId {
        self.registration
            .as_ref()
            .map(|registration| registration.agent_id.clone())
            .expect("an agent's first event registers it")
    }

    pub(super) fn agent_answer(&self) -> Answer {
        Answer::Agent { agent_id: self.agent_id(), active: self.is_active() }
    }

    pub(super) fn appointment_answer(&self, appointment_id: AppointmentId) -> Answer {
        let agent_id = self.agent_id();
        match (self.appointments.get(&appointment_id), self.finished.get(&appointment_id)) {
            (Some(appointment), _) => appointment.answer(&agent_id),
            (None, Some(finished)) => finished.answer(appointment_id, &agent_id),
            (None, None) => self.agent_answer(),
        }
    }
}

impl Aggregate for Agent {
    type Command = AgentCommand;
    type Event = Event;
    type Answer = Answer;
    type Rejection = AgentRejection;
    type World = Office;

    const SNAPSHOT_VERSION: u16 = 1;

    fn evolve(&mut self, event: &Event, fact: &Fact) {
        self.apply(event, fact);
        self.revision = Some(fact.revision);
        if !concerns_appointments(event) {
            self.settings_revision = Some(fact.revision);
        }
        self.calendar.drop_before(fact.recorded_at - TimeDelta::days(KEPT_PAST_DAYS));
        let mut receipts = std::mem::take(&mut self.receipts);
        receipts.note(fact, |earlier| self.answer(event, earlier));
        self.receipts = receipts;
    }

    fn decide(
        &self,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, AgentRejection> {
        match &command.body {
            AgentCommand::RegisterAgent { agent_id, profile } => self.decide_register(agent_id, profile),
            AgentCommand::UpdateAgentProfile { agent_id, profile } => self.decide_update(agent_id, profile),
            AgentCommand::DeactivateAgent { keep_appointments } => {
                self.decide_deactivate(*keep_appointments, now)
            }
            AgentCommand::AddAvailabilityRule { rule } => self.decide_add_rule(rule),
            AgentCommand::RemoveAvailabilityRule { rule_id } => self.decide_remove_rule(*rule_id),
            AgentCommand::ReplaceWeeklyHours { rules } => self.decide_replace_rules(rules),
            AgentCommand::SetDateException { exception } => self.decide_set_exception(exception),
            AgentCommand::RemoveDateException { date } => self.decide_remove_exception(*date),
            AgentCommand::BlockTime { block, on_overlap } => self.decide_block(block, *on_overlap, now),
            AgentCommand::UnblockTime { block_id } => self.decide_unblock(*block_id),
            AgentCommand::HoldSlot(hold) => self.decide_hold(hold, office, now),
            AgentCommand::ReleaseHold { hold_id } => self.decide_release(*hold_id, now),
            AgentCommand::BookAppointment(booking) => self.decide_book(booking, office, now),
            AgentCommand::ConfirmAppointment { appointment_id } => self.decide_confirm(*appointment_id),
            AgentCommand::RescheduleAppointment { appointment_id, start, agreed_zone } => {
                self.decide_reschedule(*appointment_id, *start, *agreed_zone, office, now)
            }
            AgentCommand::ReassignAppointment { appointment_id, to_agent_id } => {
                self.decide_reassign(*appointment_id, to_agent_id)
            }
            AgentCommand::CancelAppointment { appointment_id, reason } => {
                self.decide_cancel(*appointment_id, reason.as_ref(), &command.actor)
            }
            AgentCommand::CompleteAppointment { appointment_id } => {
                self.decide_complete(*appointment_id, now)
            }
            AgentCommand::MarkNoShow { appointment_id } => self.decide_no_show(*appointment_id, now),
            AgentCommand::RecordExternalBusy { busy_id, source, start, end } => {
                self.decide_record_busy(busy_id, source, *start, *end)
            }
            AgentCommand::RemoveExternalBusy { busy_id } => self.decide_remove_busy(busy_id),
        }
    }

    fn answer_unchanged(&self, command: &AgentCommand) -> Answer {
        match command {
            AgentCommand::ReplaceWeeklyHours { .. } => {
                Answer::Rules { rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect() }
            }
            AgentCommand::SetDateException { exception } => Answer::Exception { date: exception.date },
            AgentCommand::RecordExternalBusy { busy_id, .. } => {
                Answer::ExternalBusy { busy_id: busy_id.clone() }
            }
            command => match appointment_of(command) {
                Some(appointment_id) => self.appointment_answer(appointment_id),
                None => self.agent_answer(),
            },
        }
    }

    fn version_of(&self, command: &AgentCommand) -> Option<u64> {
        match command {
            AgentCommand::BookAppointment(_)
            | AgentCommand::HoldSlot(_)
            | AgentCommand::ReleaseHold { .. } => self.revision,
            command => match appointment_of(command) {
                Some(id) => self
                    .appointments
                    .get(&id)
                    .map(|appointment| appointment.version)
                    .or_else(|| self.finished.get(&id).map(|finished| finished.version)),
                None => self.settings_revision,
            },
        }
    }

    fn receipts(&self) -> &Receipts<Answer> {
        &self.receipts
    }

    fn settle(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}

const fn concerns_appointments(event: &Event) -> bool {
    matches!(
        event,
        Event::SlotHeld(_)
            | Event::HoldReleased(_)
            | Event::AppointmentBooked(_)
            | Event::AppointmentConfirmed(_)
            | Event::AppointmentRescheduled(_)
            | Event::AppointmentReassigned(_)
            | Event::AppointmentCancelled(_)
            | Event::AppointmentCompleted(_)
            | Event::AppointmentNoShow(_)
    )
}

const fn appointment_of(command: &AgentCommand) -> Option<AppointmentId> {
    match command {
        AgentCommand::ConfirmAppointment { appointment_id }
        | AgentCommand::RescheduleAppointment { appointment_id, .. }
        | AgentCommand::ReassignAppointment { appointment_id, .. }
        | AgentCommand::CancelAppointment { appointment_id, .. }
        | AgentCommand::CompleteAppointment { appointment_id }
        | AgentCommand::MarkNoShow { appointment_id } => Some(*appointment_id),
        _ => None,
    }
}
