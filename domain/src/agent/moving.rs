//! Moving an appointment: to another time, to another length, to another agent, or to several of these at once.
//!
//! With another agent it is a hand-over, whose time is reserved with that agent first: see
//! [`reservation`](crate::reservation).

use availability::{Booking, Interval, SlotRequest, zone};
use calendar_fold::booking;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::event::{AgentEvent, AppointmentHandedOver, AppointmentRescheduled};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, ForcedRule};
use schemas::{AgentId, HoldId, Personal};

use super::alternatives::Alternatives;
use super::appointment;
use super::meeting_place::MeetingPlace;
use super::place::Place;
use super::unconfirmed::confirm_by;
use super::{Agent, AgentRejection, NeededTime, RescheduleAppointment, Reserved};
use crate::Office;

impl Agent {
    pub(super) fn decide_reschedule(
        &self,
        asked: &RescheduleAppointment,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let wanted = if asked.is_reassignment() { "reassigned" } else { "rescheduled" };
        let appointment = self.changeable(asked.appointment_id, wanted, now)?;
        let moved = asked.applied_to(booking(appointment));
        match &asked.to_agent_id {
            Some(to) if self.agent_id() != *to => self.hand_over(asked, appointment, moved, to, office, now),
            _ if moved.interval() == interval(appointment) => Ok(Vec::new()),
            _ => self.move_here(asked, appointment, &moved, office, now),
        }
    }

    fn move_here(
        &self,
        asked: &RescheduleAppointment,
        appointment: &AppointmentSnapshot,
        moved: &Booking,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.active()?;
        let (place, hold_id) = self.place_of_move(moved, interval(appointment), &asked.force, office, now)?;
        let time_zone = asked.agreed_zone.unwrap_or(appointment.time_zone);
        let status = asked.status_after(appointment.status);
        Ok(vec![
            AppointmentRescheduled {
                appointment_id: appointment.appointment_id,
                status,
                start: place.slot.start,
                end: place.slot.end,
                duration_minutes: place.duration_minutes(),
                local_start: zone::local(time_zone, place.slot.start),
                time_zone,
                buffer_before_minutes: place.buffer_before_minutes,
                buffer_after_minutes: place.buffer_after_minutes,
                max_appointments_per_slot: place.slot.max_appointments_per_slot,
                sequence: appointment.sequence + 1,
                previous_start: appointment.start,
                previous_end: appointment.end,
                hold_id,
                forced: place.forced,
                reason: asked.personal_reason(appointment),
                requested_by: asked.requested_by,
                keep: None,
                confirm_by: confirm_by(office, &moved.appointment_type, status, place.slot.start, now),
            }
            .into(),
        ])
    }

    /// Without a reservation, answers which time one has to be made for.
    fn hand_over(
        &self,
        asked: &RescheduleAppointment,
        appointment: &AppointmentSnapshot,
        mut moved: Booking,
        to_agent_id: &AgentId,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let present = interval(appointment);
        let Some(Reserved { attempt, time }) = &asked.reserved else {
            let needed = NeededTime { booking: moved, present };
            return Err(AgentRejection::NeedsReservation(Box::new(needed)));
        };
        self.commitments.check(*attempt, now).map_err(|_| AgentRejection::AttemptOver)?;
        let is_rescheduled = moved.interval() != present;
        if is_rescheduled {
            // At a new time they are as the type has them now, which the new agent has decided.
            moved.buffer_before_minutes = time.booking.buffer_before_minutes;
            moved.buffer_after_minutes = time.booking.buffer_after_minutes;
        }
        if time.booking != moved {
            return Err(AgentRejection::AttemptOver);
        }
        let mut handed_over = appointment.clone();
        handed_over.version += 1;
        handed_over.max_appointments_per_slot = time.max_appointments_per_slot;
        let meeting = MeetingPlace {
            location: appointment.location.clone(),
            location_source: appointment.location_source,
        };
        let of = (appointment.appointment_id, &appointment.appointment_type, &appointment.lead_id);
        let meeting = meeting.with(office, of, time.meeting_room_url.as_deref());
        (handed_over.location, handed_over.location_source) = (meeting.location, meeting.location_source);
        if is_rescheduled {
            let time_zone = asked.agreed_zone.unwrap_or(appointment.time_zone);
            handed_over.status = asked.status_after(appointment.status);
            handed_over.start = moved.start;
            handed_over.end = moved.end;
            handed_over.duration_minutes = asked.duration_minutes.unwrap_or(appointment.duration_minutes);
            handed_over.local_start = zone::local(time_zone, moved.start);
            handed_over.time_zone = time_zone;
            handed_over.buffer_before_minutes = moved.buffer_before_minutes;
            handed_over.buffer_after_minutes = moved.buffer_after_minutes;
            handed_over.sequence += 1;
            let (code, status) = (&moved.appointment_type, handed_over.status);
            handed_over.confirm_by = confirm_by(office, code, status, moved.start, now);
        }
        Ok(vec![
            AppointmentHandedOver {
                reservation_id: attempt.reservation_id,
                to_agent_id: to_agent_id.clone(),
                appointment: handed_over,
                previous_start: present.start,
                previous_end: present.end,
                forced: time.forced.clone(),
                reason: asked.personal_reason(appointment),
                requested_by: asked.requested_by,
                receipts: self.receipts_of(appointment.appointment_id),
            }
            .into(),
        ])
    }

    /// The place in this calendar of an appointment that is moved to another time or length, by the rules of a booking;
    /// and its lead's hold on that slot, which it uses up. `present` is when it is now, which is never offered instead.
    pub(super) fn place_of_move(
        &self,
        moved: &Booking,
        present: Interval,
        force: &[ForcedRule],
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<(Place, Option<HoldId>), AgentRejection> {
        let request = request_of_move(moved);
        let hold = self.own_hold(&request, now);
        // One of another length keeps the slot of another appointment, but is used up all the same.
        let keeping = hold.filter(|hold| hold.interval().length() == moved.interval().length());
        self.lead_overlap(&request, keeping, office).map_or(Ok(()), Err)?;
        let place = self.place(&request, keeping, force, office, now, Alternatives::besides(present))?;
        Ok((place, hold.map(|hold| hold.hold_id)))
    }
}

/// The slot that a moved appointment needs, its present time not in its way.
pub(super) fn request_of_move(moved: &Booking) -> SlotRequest<'_> {
    SlotRequest {
        appointment_type: &moved.appointment_type,
        start: moved.start,
        property_id: moved.property_id.as_ref(),
        lead_id: Some(&moved.lead_id),
        moving: Some(moved.appointment_id),
        duration_minutes: u16::try_from(moved.interval().length().num_minutes()).ok(),
    }
}

const fn interval(appointment: &AppointmentSnapshot) -> Interval {
    Interval::new(appointment.start, appointment.end)
}

impl RescheduleAppointment {
    /// What the appointment takes once it is moved; its buffers are those that it has.
    pub fn applied_to(&self, present: Booking) -> Booking {
        let start = self.start.unwrap_or(present.start);
        let minutes = self.duration_minutes.map(|minutes| TimeDelta::minutes(minutes.into()));
        let length = minutes.unwrap_or_else(|| present.interval().length());
        let end = start.checked_add_signed(length).unwrap_or(start);
        Booking { start, end, ..present }
    }

    const fn status_after(&self, before: AppointmentStatus) -> AppointmentStatus {
        if self.keep_confirmed { before } else { AppointmentStatus::Scheduled }
    }

    fn personal_reason(&self, appointment: &AppointmentSnapshot) -> Option<Personal<String>> {
        appointment::personal(&appointment.lead_id, self.reason.as_ref())
    }
}
