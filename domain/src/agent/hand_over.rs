//! Handing an appointment over to another agent: see [`reservation`](crate::reservation).
//!
//! The old agent's stream decides, the new agent's is reserved. An appointment has one owner at every moment, and only
//! the owner's stream takes commands on it.

use availability::{Booking, Interval, Taken, check_agreed_forced};
use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, AppointmentReceived, ReservationFenced, ReservationReleased, TimeReserved};
use schemas::value::{AppointmentReceipt, AppointmentSnapshot, ForcedRule};
use schemas::{AppointmentId, CommandId, ReservationId};

use super::alternatives::Alternatives;
use super::appointment;
use super::moving::request_of_move;
use super::place::Place;
use super::reserved_time::{HandOver, ReservedTime};
use super::{Agent, AgentRejection, Answer, NeededTime, ReceiveAppointment, ReserveTime};
use crate::answer::{ReservationAnswer, ReservationOutcome};
use crate::reservation::{Outcome, REMEMBERED};
use crate::{AppointmentAnswer, Office, Receipt};

/// How many remembered commands on an appointment are handed over with it, the latest: an append has a limit. They are
/// those of the last 24 hours that were given a key.
const MAX_RECEIPTS: usize = 1_000;

impl Agent {
    /// The time that is reserved, if the reservation is open.
    pub fn reserved_time(&self, reservation_id: ReservationId) -> Option<&ReservedTime> {
        self.reservations.find(reservation_id).map(|reservation| &reservation.what)
    }

    /// Whether time is reserved for the appointment.
    pub(super) fn is_reserved_for(&self, appointment_id: AppointmentId) -> bool {
        self.reservations.open().any(|(_, open)| open.what.booking.appointment_id == appointment_id)
    }

    pub(super) fn decide_reserve(
        &self,
        wanted: &ReserveTime,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let ReserveTime { reservation_id, deciding_stream, expires_at, needed, force } = wanted;
        let NeededTime { booking, present } = needed;
        let agent = self.active()?;
        if self.reservations.knows(*reservation_id) {
            return Ok(Vec::new());
        }
        let appointment_id = booking.appointment_id;
        if self.appointments.contains_key(&appointment_id) {
            return Err(AgentRejection::AttemptOver);
        }
        let place = self.place_of_other(booking, *present, force, office, now)?;
        if self.is_reserved_for(appointment_id) {
            // Nothing else is in the way: an earlier attempt is, perhaps at this very request.
            return Err(AgentRejection::AttemptOver);
        }
        Ok(vec![
            TimeReserved {
                reservation_id: *reservation_id,
                deciding_stream: deciding_stream.clone(),
                expires_at: *expires_at,
                appointment_id,
                lead_id: booking.lead_id.clone(),
                appointment_type: booking.appointment_type.clone(),
                property_id: booking.property_id.clone(),
                start: booking.start,
                end: booking.end,
                buffer_before_minutes: place.buffer_before_minutes,
                buffer_after_minutes: place.buffer_after_minutes,
                max_appointments_per_slot: place.slot.max_appointments_per_slot,
                forced: place.forced,
                meeting_room_url: agent.profile.meeting_room_url.clone(),
            }
            .into(),
        ])
    }

    /// The place here of an appointment that is another agent's. With its time unchanged it keeps what was agreed.
    fn place_of_other(
        &self,
        booking: &Booking,
        present: Interval,
        force: &[ForcedRule],
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Place, AgentRejection> {
        if booking.interval() != present {
            return self.place_of_move(booking, present, force, office, now).map(|(place, _)| place);
        }
        let request = request_of_move(booking);
        self.lead_overlap_at(&request, present).map_or(Ok(()), Err)?;
        let taken = check_agreed_forced(&self.calendar, office.calendar(), booking, force, now)
            .and_then(|taken| self.unless_live_then(taken, Some(booking.appointment_id)));
        let Taken { slot, forced } = taken.map_err(|reason| {
            let alternatives = Alternatives::besides(present);
            self.slot_unavailable(reason, &request, office, now, alternatives)
        })?;
        Ok(Place {
            slot,
            buffer_before_minutes: booking.buffer_before_minutes,
            buffer_after_minutes: booking.buffer_after_minutes,
            forced,
        })
    }

    /// Never refused: the decision was made.
    pub(super) fn decide_receive(
        &self,
        received: &ReceiveAppointment,
        now: DateTime<Utc>,
    ) -> Vec<AgentEvent> {
        let ReceiveAppointment { from_agent_id, handed_over, receipt, may_repeat } = received;
        if self.reservations.find(handed_over.reservation_id).is_none() {
            return Vec::new();
        }
        let mut receipts = handed_over.receipts.clone();
        for known in &mut receipts {
            known.position = known.position.or(receipt.position);
        }
        if *may_repeat {
            receipts.push(receipt.clone());
        }
        let AppointmentSnapshot { lead_id, appointment_type, start, .. } = &handed_over.appointment;
        let hold = self.calendar.own_hold(lead_id, appointment_type, *start, now);
        vec![
            AppointmentReceived {
                reservation_id: handed_over.reservation_id,
                from_agent_id: from_agent_id.clone(),
                // It was last changed by the decision.
                appointment: AppointmentSnapshot {
                    updated_at: receipt.recorded_at,
                    ..handed_over.appointment.clone()
                },
                hold_id: hold.map(|hold| hold.hold_id),
                receipts,
            }
            .into(),
        ]
    }

    pub(super) fn decide_release_reservation(&self, id: ReservationId) -> Vec<AgentEvent> {
        let Some(time) = self.reserved_time(id) else { return Vec::new() };
        vec![ReservationReleased { reservation_id: id, appointment_id: time.booking.appointment_id }.into()]
    }

    pub(super) fn decide_fence(
        &self,
        id: ReservationId,
        reserved_on: &str,
        of_command: Option<CommandId>,
    ) -> Vec<AgentEvent> {
        // A claimed command is remembered for longer than its claim is.
        if of_command.is_some_and(|command_id| self.receipts.get(command_id).is_some()) {
            return Vec::new();
        }
        match self.commitments.outcome(id) {
            Outcome::Undecided => {
                vec![ReservationFenced { reservation_id: id, reserved_on: reserved_on.to_owned() }.into()]
            }
            Outcome::Committed(_) | Outcome::Fenced => Vec::new(),
        }
    }

    /// What is known here about a reservation: whether it was decided on this stream, or else whether it is open.
    pub(super) fn reservation_answer(&self, reservation_id: ReservationId) -> Answer {
        let outcome = match self.commitments.outcome(reservation_id) {
            Outcome::Committed(HandOver { revision, .. }) => {
                ReservationOutcome::Committed { revision: *revision }
            }
            Outcome::Fenced => ReservationOutcome::Fenced,
            Outcome::Undecided => match self.reserved_time(reservation_id) {
                Some(ReservedTime { booking, max_appointments_per_slot, forced, meeting_room_url }) => {
                    ReservationOutcome::Reserved {
                        buffer_before_minutes: booking.buffer_before_minutes,
                        buffer_after_minutes: booking.buffer_after_minutes,
                        max_appointments_per_slot: *max_appointments_per_slot,
                        forced: forced.clone(),
                        meeting_room_url: meeting_room_url.clone(),
                    }
                }
                None => ReservationOutcome::Closed,
            },
        };
        Answer::Reservation(ReservationAnswer { reservation_id, outcome })
    }

    /// The remembered commands on an appointment, oldest first.
    pub(super) fn receipts_of(&self, id: AppointmentId) -> Vec<AppointmentReceipt> {
        let of_appointment =
            self.receipts.since(self.time.passed() - REMEMBERED).filter_map(|(command_id, receipt)| {
                match &receipt.answer {
                    Answer::Appointment(answer) if answer.appointment_id == id => Some(AppointmentReceipt {
                        command_id,
                        command_digest: receipt.digest.clone(),
                        version: receipt.version,
                        // Not known yet, if it is appended together with this.
                        position: (receipt.position > 0).then_some(receipt.position),
                        recorded_at: receipt.recorded_at,
                        agent_id: answer.agent_id.clone(),
                        status: answer.status,
                        start: answer.start,
                        end: answer.end,
                        sequence: answer.sequence,
                        terms: answer.terms.clone(),
                    }),
                    _ => None,
                }
            });
        let mut receipts: Vec<_> = of_appointment.collect();
        receipts.drain(..receipts.len().saturating_sub(MAX_RECEIPTS));
        receipts
    }

    /// Remembers the commands that an appointment brought along.
    pub(super) fn adopt_receipts(&mut self, event: &AppointmentReceived) {
        let passed = self.time.passed();
        for receipt in &event.receipts {
            let answer = Answer::Appointment(AppointmentAnswer {
                agent_id: receipt.agent_id.clone(),
                status: receipt.status,
                start: receipt.start,
                end: receipt.end,
                sequence: receipt.sequence,
                terms: receipt.terms.clone(),
                ..appointment::answer(&event.appointment, &receipt.agent_id)
            });
            let adopted = Receipt {
                digest: receipt.command_digest.clone(),
                version: receipt.version,
                position: receipt.position.unwrap_or(0),
                may_repeat: true,
                recorded_at: receipt.recorded_at,
                answer,
            };
            self.receipts.adopt(receipt.command_id, adopted, passed);
        }
    }
}
