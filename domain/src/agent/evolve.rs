use availability::{Booking, ExternalBusy, Hold};
use chrono::TimeDelta;
use schemas::event::AgentEvent as Event;
use schemas::value::{AgentProfile, AppointmentStatus};
use schemas::{AgentId, AppointmentId};

use super::state::Registration;
use super::{Agent, Appointment};
use crate::Fact;

/// How long past time stays in the calendar that decisions look at. Daily limits look back a day at most.
pub(super) const KEPT_PAST_DAYS: i64 = 3;

impl Agent {
    pub(super) fn take_in(&mut self, event: &Event, fact: &Fact) {
        self.apply(event, fact.revision);
        self.revision = Some(fact.revision);
        if changes_settings(event) {
            self.settings_revision = Some(fact.revision);
        }
        self.calendar.drop_before(fact.recorded_at - TimeDelta::days(KEPT_PAST_DAYS));
        let mut receipts = std::mem::take(&mut self.receipts);
        receipts.note(fact, |earlier| self.answer_to(event, earlier));
        self.receipts = receipts;
    }

    fn apply(&mut self, event: &Event, version: u64) {
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
}

/// Whether the event is about the agent itself, its hours or its blocks, which share one version.
const fn changes_settings(event: &Event) -> bool {
    matches!(
        event,
        Event::AgentRegistered(_)
            | Event::AgentProfileUpdated(_)
            | Event::AgentDeactivated(_)
            | Event::AvailabilityRuleAdded(_)
            | Event::AvailabilityRuleRemoved(_)
            | Event::DateExceptionSet(_)
            | Event::DateExceptionRemoved(_)
            | Event::TimeBlocked(_)
            | Event::TimeUnblocked(_)
    )
}
