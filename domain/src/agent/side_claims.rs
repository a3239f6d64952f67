//! Which time on the streams of leads and properties is an agent's: for each reservation that was committed, what it is for
//! now.

use std::collections::BTreeMap;

use schemas::event::AgentEvent as Event;
use schemas::value::SideReservation;
use schemas::{AgentId, AppointmentId, HoldId, ReservationId};
use serde::{Deserialize, Serialize};

use super::Agent;

/// What a reservation was committed for, as long as that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ClaimOf {
    /// A live appointment, which names it as current.
    Appointment(AppointmentId),
    /// A hold that has not been used up or released.
    Hold(HoldId),
    /// An appointment that went to this agent by this reservation: that one's stream knows more.
    HandedOver { to_agent_id: AgentId, by: ReservationId },
}

/// The claims of an agent. What is not here any more, or never was, stands no longer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SideClaims {
    claims: BTreeMap<ReservationId, ClaimOf>,
    of_holds: BTreeMap<HoldId, Vec<ReservationId>>,
}

impl SideClaims {
    pub(super) fn find(&self, id: ReservationId) -> Option<&ClaimOf> {
        self.claims.get(&id)
    }

    /// Those of a hold.
    pub(super) fn of_hold(&self, hold_id: HoldId) -> Vec<ReservationId> {
        self.of_holds.get(&hold_id).cloned().unwrap_or_default()
    }

    fn take(&mut self, reservations: &[SideReservation], of: &ClaimOf) {
        for reservation in reservations {
            self.claims.insert(reservation.reservation_id, of.clone());
        }
    }
}

impl Agent {
    /// The claims of the appointment, which it gives up or keeps by the next event.
    pub(super) fn claims_of(&self, appointment_id: AppointmentId) -> Vec<ReservationId> {
        let reservations = self.appointments.get(&appointment_id).map(|known| &known.reservations);
        reservations.into_iter().flatten().map(|one| one.reservation_id).collect()
    }

    /// Follows an event that is applied to everything else already; `before` are the claims that its appointment had.
    pub(super) fn update_claims(&mut self, event: &Event, before: Vec<ReservationId>) {
        match event {
            Event::SlotHeld(held) => {
                for hold_id in &held.replaces {
                    self.end_claims_of_hold(*hold_id);
                }
                self.side_claims.take(&held.reservations, &ClaimOf::Hold(held.hold_id));
                let ids = held.reservations.iter().map(|one| one.reservation_id).collect();
                self.side_claims.of_holds.insert(held.hold_id, ids);
            }
            Event::HoldReleased(released) => self.end_claims_of_hold(released.hold_id),
            _ => {}
        }
        if let Some(hold_id) = used_hold(event) {
            self.end_claims_of_hold(hold_id);
        }
        let Some(appointment_id) = event.appointment_id() else { return };
        let (now, of) = match event {
            Event::AppointmentHandedOver(event) => {
                let (to_agent_id, by) = (event.to_agent_id.clone(), event.reservation_id);
                (event.appointment.reservations.clone(), ClaimOf::HandedOver { to_agent_id, by })
            }
            _ => {
                let known = self.appointments.get(&appointment_id);
                let reservations = known.map(|known| known.reservations.clone()).unwrap_or_default();
                (reservations, ClaimOf::Appointment(appointment_id))
            }
        };
        for id in before {
            if !now.iter().any(|one| one.reservation_id == id) {
                self.end_claim(id);
            }
        }
        self.side_claims.take(&now, &of);
    }

    fn end_claims_of_hold(&mut self, hold_id: HoldId) {
        for id in self.side_claims.of_holds.remove(&hold_id).unwrap_or_default() {
            self.end_claim(id);
        }
    }

    /// It is used once: no other decision is made with it.
    fn end_claim(&mut self, id: ReservationId) {
        self.side_claims.claims.remove(&id);
        self.commitments.fenced(id, self.time.passed());
    }
}

/// The lead's hold that the event uses up.
pub(super) const fn used_hold(event: &Event) -> Option<HoldId> {
    match event {
        Event::AppointmentBooked(event) => event.hold_id,
        Event::AppointmentRescheduled(event) => event.hold_id,
        Event::AppointmentReceived(event) => event.hold_id,
        Event::AppointmentReinstated(event) => event.hold_id,
        _ => None,
    }
}
