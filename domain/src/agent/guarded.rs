//! Changes that take time of a lead or a property beside the agent's: see [`visit_time`](crate::visit_time).
//!
//! Without reservations such a command answers which time they have to be made for. With them it is decided as ever, and
//! its event names them; what would be committed has to be what was reserved.

use availability::{Booking, Interval};
use chrono::{DateTime, Utc};
use schemas::event::AgentEvent as Event;
use schemas::value::{AppointmentSnapshot, ForcedRule, LocationKind, SideReservation};
use schemas::{AgentId, AppointmentId, ReservationId};

use super::side_claims::used_hold;
use super::{Agent, AgentCommand, AgentRejection, NeededTime};
use crate::reservation::Attempt;
use crate::visit_time::VisitTime;
use crate::{Command, Office};

/// A command that takes time of a lead or a property, if what it does takes any.
#[derive(Debug, Clone, PartialEq)]
pub struct Guarded {
    /// The command.
    pub command: AgentCommand,
    /// What was reserved for it; none = ask what has to be reserved.
    pub claimed: Option<ClaimedVisit>,
}

/// Time that was reserved on the streams of a lead and a property, for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedVisit {
    /// When the first of the reservations was made, by the clock of this process.
    pub made_at: DateTime<Utc>,
    /// The reservations.
    pub reservations: Vec<SideReservation>,
    /// What they take.
    pub visit: VisitTime,
    /// The rules that were passed over there.
    pub forced: Vec<ForcedRule>,
}

/// Time that has to be reserved on the streams of a lead and a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededVisit {
    /// What it takes.
    pub visit: VisitTime,
    /// The claims that are given up for it.
    pub besides: Vec<ReservationId>,
    /// Whether an appointment only moves, so that its lead has no more of them than before.
    pub is_move: bool,
    /// Whether it is at the property, or at the address of one.
    pub is_visit: bool,
    /// Who comes.
    pub agent_id: AgentId,
    /// Where that agent works; empty = everywhere.
    pub places: Vec<String>,
    /// The time that has to be reserved with another agent, who is the one who comes.
    pub with_other: Option<NeededTime>,
}

impl Agent {
    pub(super) fn decide_guarded(
        &self,
        guarded: &Guarded,
        command: &Command<AgentCommand>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, AgentRejection> {
        let bare = command.clone().map(|_| guarded.command.clone());
        let mut events = match self.decide_alone(&bare, office, now) {
            Err(AgentRejection::NeedsReservation(needed)) if guarded.claimed.is_none() => {
                return Err(self.needed_of_move(*needed, office));
            }
            decided => decided?,
        };
        for event in &mut events {
            let Some((visit, besides)) = self.taken_by(event) else { continue };
            let Some(claimed) = &guarded.claimed else {
                let is_move = matches!(event, Event::AppointmentRescheduled(_));
                let needed = NeededVisit { is_move, ..self.needed(visit, besides, office) };
                return Err(AgentRejection::NeedsVisit(Box::new(needed)));
            };
            if claimed.visit != visit {
                return Err(AgentRejection::AttemptOver);
            }
            for reservation in &claimed.reservations {
                let (reservation_id, made_at) = (reservation.reservation_id, claimed.made_at);
                let is_used = self.side_claims.find(reservation_id).is_some();
                let checked = self.commitments.check(Attempt { reservation_id, made_at }, now);
                if is_used || checked.is_err() {
                    return Err(AgentRejection::AttemptOver);
                }
            }
            name_claims(event, claimed);
        }
        Ok(events)
    }

    fn needed(&self, visit: VisitTime, besides: Vec<ReservationId>, office: &Office) -> NeededVisit {
        let known = office.calendar().appointment_type(&visit.appointment_type);
        NeededVisit {
            is_move: false,
            is_visit: known.is_none_or(|known| known.location_kind == LocationKind::Property),
            visit,
            besides,
            agent_id: self.agent_id(),
            places: self.registration.as_ref().map(|known| known.profile.places()).unwrap_or_default(),
            with_other: None,
        }
    }

    /// Of an appointment that goes to another agent. At its own time it keeps its claims.
    fn needed_of_move(&self, time: NeededTime, office: &Office) -> AgentRejection {
        let Some(appointment) = self.appointments.get(&time.booking.appointment_id) else {
            return AgentRejection::AppointmentNotFound;
        };
        if time.booking.interval() == time.present {
            return AgentRejection::NeedsReservation(Box::new(time));
        }
        let Booking { start, end, .. } = time.booking;
        let visit = VisitTime { start, end, ..visit_of(appointment) };
        let besides = self.claims_of(appointment.appointment_id);
        let needed =
            NeededVisit { is_move: true, with_other: Some(time), ..self.needed(visit, besides, office) };
        AgentRejection::NeedsVisit(Box::new(needed))
    }

    /// What the event takes of its lead's and its property's time, and the claims that it gives up for it; none if it
    /// takes no other than before.
    fn taken_by(&self, event: &Event) -> Option<(VisitTime, Vec<ReservationId>)> {
        let known = |id: AppointmentId| self.appointments.get(&id);
        let (visit, mut besides) = match event {
            Event::AppointmentBooked(event) => (
                VisitTime {
                    appointment_id: event.appointment_id,
                    hold_id: None,
                    lead_id: event.lead_id.clone(),
                    appointment_type: event.appointment_type.clone(),
                    property_id: event.property_id.clone(),
                    start: event.start,
                    end: event.end,
                    max_appointments_per_slot: event.max_appointments_per_slot,
                },
                Vec::new(),
            ),
            Event::SlotHeld(event) => (
                VisitTime {
                    appointment_id: AppointmentId::new(event.hold_id.uuid()),
                    hold_id: Some(event.hold_id),
                    lead_id: event.lead_id.clone(),
                    appointment_type: event.appointment_type.clone(),
                    property_id: event.property_id.clone(),
                    start: event.start,
                    end: event.end,
                    max_appointments_per_slot: event.max_appointments_per_slot,
                },
                event.replaces.iter().flat_map(|id| self.side_claims.of_hold(*id)).collect(),
            ),
            Event::AppointmentRescheduled(event) => {
                let before = known(event.appointment_id)?;
                if (event.start, event.end) == (before.start, before.end) {
                    return None;
                }
                let (start, end) = (event.start, event.end);
                let max_appointments_per_slot = event.max_appointments_per_slot;
                let visit = VisitTime { start, end, max_appointments_per_slot, ..visit_of(before) };
                (visit, self.claims_of(event.appointment_id))
            }
            // The new agent says how many share its slot; that is no other slot.
            Event::AppointmentHandedOver(event) => {
                let before = known(event.appointment.appointment_id)?;
                if interval(&event.appointment) == interval(before) {
                    return None;
                }
                let max_appointments_per_slot = before.max_appointments_per_slot;
                let visit = VisitTime { max_appointments_per_slot, ..visit_of(&event.appointment) };
                (visit, self.claims_of(before.appointment_id))
            }
            Event::AppointmentDetailsChanged(event) => {
                let before = known(event.appointment.appointment_id)?;
                if event.appointment.property_id == before.property_id {
                    return None;
                }
                (visit_of(&event.appointment), self.claims_of(before.appointment_id))
            }
            Event::AppointmentReinstated(event) => (visit_of(&event.appointment), Vec::new()),
            _ => return None,
        };
        besides.extend(used_hold(event).into_iter().flat_map(|id| self.side_claims.of_hold(id)));
        Some((visit, besides))
    }
}

fn visit_of(appointment: &AppointmentSnapshot) -> VisitTime {
    VisitTime {
        appointment_id: appointment.appointment_id,
        hold_id: None,
        lead_id: appointment.lead_id.clone(),
        appointment_type: appointment.appointment_type.clone(),
        property_id: appointment.property_id.clone(),
        start: appointment.start,
        end: appointment.end,
        max_appointments_per_slot: appointment.max_appointments_per_slot,
    }
}

const fn interval(appointment: &AppointmentSnapshot) -> Interval {
    Interval::new(appointment.start, appointment.end)
}

/// Has the event name what was reserved for it, and which rules were passed over there.
fn name_claims(event: &mut Event, claimed: &ClaimedVisit) {
    let forced = match event {
        Event::AppointmentBooked(event) => {
            event.reservations.clone_from(&claimed.reservations);
            &mut event.forced
        }
        Event::AppointmentRescheduled(event) => {
            event.reservations.clone_from(&claimed.reservations);
            &mut event.forced
        }
        Event::AppointmentHandedOver(event) => {
            event.appointment.reservations.clone_from(&claimed.reservations);
            &mut event.forced
        }
        Event::SlotHeld(event) => return event.reservations.clone_from(&claimed.reservations),
        Event::AppointmentDetailsChanged(event) => {
            return event.appointment.reservations.clone_from(&claimed.reservations);
        }
        Event::AppointmentReinstated(event) => {
            return event.appointment.reservations.clone_from(&claimed.reservations);
        }
        _ => return,
    };
    forced.extend(claimed.forced.iter().copied());
    forced.sort_unstable();
    forced.dedup();
}
