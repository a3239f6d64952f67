//! How an agent's events change its state.

use calendar_fold::{AppointmentDetails, before, changes_agent, fold_agent};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::event::AgentEvent as Event;
use schemas::value::{AgentProfile, AppointmentSnapshot, AppointmentStatus, CancellationCause, Outcome};
use schemas::{AgentId, AppointmentId};

use super::appointment::{self, Finished};
use super::reserved_time::HandOver;
use super::state::Registration;
use super::{Agent, Answer, ReservedTime};
use crate::EventContext;
use crate::answer::BlockAnswer;
use crate::reservation::Reservation;

/// How many past days the calendar for decisions keeps at the least. Daily limits need one day at most.
pub(super) const KEPT_PAST_DAYS: i64 = 3;

impl Agent {
    pub(super) fn apply(&mut self, event: &Event, context: &EventContext) {
        self.time.observe(context.clock_showed, context.recorded_at);
        let (reset, zone_change) = (self.reset_by(event), self.zone_change_by(event, context.clock_showed));
        let unblocked = match event {
            Event::TimeUnblocked(event) => self.calendar.find_block(event.block_id).cloned(),
            _ => None,
        };
        self.update(event, context);
        self.update_reservations(event, context.revision);
        let appointment = event.appointment_id().and_then(|id| self.appointments.get(&id));
        let booked = appointment.map(|appointment| AppointmentDetails {
            lead_id: &appointment.lead_id,
            appointment_type: &appointment.appointment_type,
            property_id: appointment.property_id.as_ref(),
        });
        let forget_before = self.past(context.clock_showed);
        fold_agent(&mut self.calendar, event, booked, forget_before);
        self.cancelled.drop_before(forget_before);
        self.revision = Some(context.revision);
        if changes_agent(event) {
            self.version += 1;
        }
        let mut receipts = std::mem::take(&mut self.receipts);
        let mut answer = self.answer_to(event);
        if let Some(block) = unblocked.filter(|block| self.calendar.find_block(block.block_id).is_none()) {
            answer = Answer::Block(BlockAnswer { block: Box::new(block) });
        }
        if let Answer::Agent(answer) = &mut answer
            && (!reset.is_empty() || zone_change.is_some())
        {
            (answer.reset, answer.zone_change) = (reset, zone_change);
        }
        receipts.note(context, self.time.passed(), answer, self.version_after(event));
        self.receipts = receipts;
        if let Event::AppointmentReceived(event) = event {
            self.adopt_receipts(event);
        }
    }

    /// Updates what others have reserved here, and what was decided here about time reserved with others.
    fn update_reservations(&mut self, event: &Event, revision: u64) {
        let passed = self.time.passed();
        match event {
            Event::TimeReserved(event) => {
                let what = ReservedTime::of(event);
                let (deciding_stream, expires_at) = (event.deciding_stream.clone(), event.expires_at);
                let reservation = Reservation { deciding_stream, expires_at, what };
                self.reservations.reserved(event.reservation_id, reservation);
            }
            Event::AppointmentReceived(event) => self.reservations.closed(event.reservation_id, passed),
            Event::ReservationReleased(event) => self.reservations.closed(event.reservation_id, passed),
            Event::ReservationFenced(event) => self.commitments.fenced(event.reservation_id, passed),
            Event::AppointmentHandedOver(event) => {
                let hand_over = HandOver { to_agent_id: event.to_agent_id.clone(), revision };
                self.commitments.committed(event.reservation_id, hand_over);
            }
            _ => {}
        }
    }

    /// What ended by this instant is dropped from the calendar. A wrong clock must not drop what is still to come: that
    /// time would be free, and booked twice once the clock is right.
    fn past(&self, shown: DateTime<Utc>) -> DateTime<Utc> {
        let kept = before(shown, TimeDelta::days(KEPT_PAST_DAYS));
        self.time.lowest().map_or(kept, |lowest| lowest.min(kept))
    }

    /// Updates everything but the calendar.
    fn update(&mut self, event: &Event, context: &EventContext) {
        let recorded_at = context.recorded_at;
        match event {
            Event::AgentRegistered(event) => self.register(&event.agent_id, &event.profile),
            Event::AgentProfileUpdated(event) => self.register(&event.agent_id, &event.profile),
            Event::AgentDeactivated(_) => {
                if let Some(registration) = &mut self.registration {
                    registration.active = false;
                }
            }
            Event::AppointmentBooked(event) => {
                self.appointments.insert(event.appointment_id, appointment::booked(event, recorded_at));
            }
            Event::AppointmentConfirmed(event) => {
                if let Some(appointment) = self.appointments.get_mut(&event.appointment_id) {
                    appointment.status = AppointmentStatus::Confirmed;
                    appointment.confirm_by = None;
                    appointment.updated_at = recorded_at;
                    appointment.version += 1;
                }
            }
            Event::AppointmentRescheduled(event) => {
                if let Some(known) = self.appointments.get_mut(&event.appointment_id) {
                    appointment::reschedule(known, event, recorded_at);
                }
            }
            Event::AppointmentHandedOver(event) => {
                let appointment_id = event.appointment.appointment_id;
                if self.appointments.remove(&appointment_id).is_some() {
                    let gone = Finished::handed_over(&event.appointment, &event.to_agent_id, context);
                    self.finished.insert(appointment_id, gone);
                }
            }
            Event::AppointmentReceived(event) => {
                self.finished.remove(&event.appointment.appointment_id);
                self.appointments.insert(event.appointment.appointment_id, event.appointment.clone());
            }
            Event::AppointmentDetailsChanged(event) => {
                let changed = AppointmentSnapshot { updated_at: recorded_at, ..event.appointment.clone() };
                self.appointments.insert(changed.appointment_id, changed);
            }
            Event::AppointmentCancelled(event) => {
                self.cancel(event.appointment_id, None, context);
            }
            Event::AppointmentReleased(event) => {
                self.cancel(event.appointment_id, Some(CancellationCause::Released), context);
            }
            Event::AppointmentReinstated(event) => {
                let appointment_id = event.appointment.appointment_id;
                self.finished.remove(&appointment_id);
                self.cancelled.remove(appointment_id);
                let reinstated = AppointmentSnapshot { updated_at: recorded_at, ..event.appointment.clone() };
                self.appointments.insert(appointment_id, reinstated);
            }
            Event::AppointmentCompleted(event) => {
                self.finish(event.appointment_id, AppointmentStatus::Completed, context);
            }
            Event::AppointmentNoShow(event) => {
                self.finish(event.appointment_id, AppointmentStatus::NoShow, context);
                if let Some(finished) = self.finished.get_mut(&event.appointment_id) {
                    finished.conclude(Outcome::NoShow, Some(event.by));
                }
            }
            Event::OutcomeCorrected(event) => {
                if let Some(finished) = self.finished.get_mut(&event.appointment_id) {
                    finished.conclude(event.outcome, event.by);
                    finished.answer.terms.updated_at = recorded_at;
                    finished.version += 1;
                }
            }
            Event::AvailabilityRuleAdded(_)
            | Event::AvailabilityRuleRemoved(_)
            | Event::WeeklyHoursReplaced(_)
            | Event::DateExceptionSet(_)
            | Event::DateExceptionRemoved(_)
            | Event::TimeBlocked(_)
            | Event::BlockChanged(_)
            | Event::TimeUnblocked(_)
            | Event::SlotHeld(_)
            | Event::HoldReleased(_)
            | Event::ExternalBusyRecorded(_)
            | Event::ExternalBusyRemoved(_)
            | Event::TimeReserved(_)
            | Event::ReservationReleased(_)
            | Event::ReservationFenced(_)
            | Event::CommandHadNoEffect(_) => {}
        }
    }

    fn register(&mut self, agent_id: &AgentId, profile: &AgentProfile) {
        self.registration =
            Some(Registration { agent_id: agent_id.clone(), profile: profile.clone(), active: true });
    }

    /// Ends an appointment; returns it as it was before.
    fn finish(
        &mut self,
        appointment_id: AppointmentId,
        status: AppointmentStatus,
        context: &EventContext,
    ) -> Option<AppointmentSnapshot> {
        let appointment = self.appointments.remove(&appointment_id)?;
        let finished = Finished::of(&appointment, &self.agent_id(), status, context);
        self.finished.insert(appointment_id, finished);
        Some(appointment)
    }

    fn cancel(
        &mut self,
        appointment_id: AppointmentId,
        cause: Option<CancellationCause>,
        context: &EventContext,
    ) {
        let before = self.finish(appointment_id, AppointmentStatus::Cancelled, context);
        if let Some(finished) = self.finished.get_mut(&appointment_id) {
            finished.answer.terms.cancellation_cause = cause;
        }
        if let Some(before) = before {
            self.cancelled.add(before);
        }
    }
}
