//! Booking of appointments.

use availability::{SlotRequest, zone};
use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, AppointmentBooked};
use schemas::value::AppointmentStatus;

use super::alternatives::Alternatives;
use super::meeting_place::MeetingPlace;
use super::unconfirmed::confirm_by;
use super::{Agent, AgentRejection, BookAppointment, Instead};
use crate::Office;

impl Agent {
    pub(super) fn decide_book(
        &self,
        booking: &BookAppointment,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.has_been_booked(booking)? {
            return Ok(Vec::new());
        }
        if let Some(claim) = booking.claim {
            self.commitments.check(claim, now).map_err(|_| AgentRejection::AttemptOver)?;
        }
        // The lead's own hold says for which property, unless the booking does.
        let own = self.calendar.own_hold(&booking.lead_id, &booking.appointment_type, booking.start, now);
        let held_property = own.and_then(|hold| hold.property_id.as_ref());
        let property_id = booking.property_id.as_ref().or(held_property);
        let request = SlotRequest {
            appointment_type: &booking.appointment_type,
            start: booking.start,
            property_id,
            lead_id: Some(&booking.lead_id),
            moving: None,
            duration_minutes: None,
        };
        // What the lead has is said even of an agent who takes nothing new.
        let conflict = |hold| self.lead_conflict(&request, hold, office, now);
        let agent = self.active().map_err(|inactive| conflict(None).unwrap_or(inactive))?;
        let alternatives =
            if booking.offers_alternatives { Alternatives::NEAREST } else { Alternatives::NONE };
        let hold = match booking.hold_id {
            Some(hold_id) => Some(self.hold_to_use(hold_id, booking, now)?),
            None => self.own_hold(&request, now),
        };
        conflict(hold).map_or(Ok(()), Err)?;
        let place = self.place(&request, hold, &booking.force, office, now, alternatives)?;
        let time_zone = booking.agreed_zone.unwrap_or(agent.profile.time_zone);
        let meeting = MeetingPlace { location: booking.location.clone(), location_source: None }.with(
            office,
            (booking.appointment_id, &booking.appointment_type, &booking.lead_id),
            agent.profile.meeting_room_url.as_deref(),
        );
        let status =
            if booking.confirm { AppointmentStatus::Confirmed } else { AppointmentStatus::Scheduled };
        Ok(vec![
            AppointmentBooked {
                appointment_id: booking.appointment_id,
                lead_id: booking.lead_id.clone(),
                agent_id: agent.agent_id.clone(),
                appointment_type: booking.appointment_type.clone(),
                status,
                start: place.slot.start,
                end: place.slot.end,
                duration_minutes: place.duration_minutes(),
                local_start: zone::local(time_zone, place.slot.start),
                time_zone,
                buffer_before_minutes: place.buffer_before_minutes,
                buffer_after_minutes: place.buffer_after_minutes,
                max_appointments_per_slot: place.slot.max_appointments_per_slot,
                sequence: 0,
                location: meeting.location,
                location_source: meeting.location_source,
                property_id: property_id.cloned(),
                notes: booking.notes.clone(),
                lead_contact: booking.lead_contact.clone(),
                origin: booking.origin,
                hold_id: hold.map(|hold| hold.hold_id),
                forced: place.forced,
                confirm_by: confirm_by(office, &booking.appointment_type, status, place.slot.start, now),
            }
            .into(),
        ])
    }

    /// Whether the booking was already carried out: an id belongs to one appointment.
    fn has_been_booked(&self, booking: &BookAppointment) -> Result<bool, AgentRejection> {
        self.registered()?;
        let status = match self.appointments.get(&booking.appointment_id) {
            Some(known)
                if known.lead_id == booking.lead_id
                    && known.appointment_type == booking.appointment_type
                    && known.start == booking.start =>
            {
                return Ok(true);
            }
            Some(known) => known.status,
            None => match self.finished.get(&booking.appointment_id) {
                Some(finished) => finished.answer.status,
                // On its way here from another agent.
                None if self.is_reserved_for(booking.appointment_id) => AppointmentStatus::Scheduled,
                None => return Ok(false),
            },
        };
        Err(AgentRejection::InvalidTransition { status, wanted: "booked again", instead: Instead::Nothing })
    }
}
