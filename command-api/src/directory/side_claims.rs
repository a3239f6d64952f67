//! The time that is reserved and claimed on the streams of leads and properties, and for whom, as far as the log has been
//! read: which of it may stand no longer, or names an agent whose it is not any more.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::visit_time::{ClaimInTheWay, VisitTime};
use event_store::RecordedEvent;
use schemas::event::{AgentEvent, LeadEvent, ReservationReleased, ReservationRepointed, TimeReserved};
use schemas::value::SideReservation;
use schemas::{AgentId, AppointmentId, HoldId, Metadata, ReservationId, stream};

/// Time that has to be looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LooseClaim {
    /// The stream that it is on.
    pub(crate) on: String,
    pub(crate) claim: ClaimInTheWay,
    /// The agent whose it is; none = it has to be found out whether it stands.
    pub(crate) held_by: Option<AgentId>,
}

/// An event of a lead or a property that takes or frees its time; such events are the same of both.
#[derive(Debug)]
pub(super) struct SideEvent {
    stream: String,
    event: LeadEvent,
}

impl SideEvent {
    /// None if it is of another kind.
    pub(super) fn read(event: &RecordedEvent, metadata: &Metadata) -> Result<Option<Self>, String> {
        const OF_TIME: [&str; 3] = ["TimeReserved", "ReservationRepointed", "ReservationReleased"];
        if !OF_TIME.contains(&&*event.event_type) {
            return Ok(None);
        }
        let decoded = LeadEvent::decode(&event.event_type, metadata.schema_version, &event.payload);
        let decoded = decoded.map_err(|error| error.to_string())?;
        Ok(Some(Self { stream: event.stream.to_string(), event: decoded }))
    }
}

#[derive(Debug, Default)]
pub(super) struct SideClaims {
    open: HashMap<ReservationId, (String, ClaimInTheWay)>,
    /// Those that are not known to be where they belong: of them, some are due.
    loose: HashSet<ReservationId>,
    held_by: HashMap<ReservationId, AgentId>,
    of_appointments: HashMap<AppointmentId, Vec<ReservationId>>,
    of_holds: HashMap<HoldId, (Vec<ReservationId>, DateTime<Utc>)>,
    hold_of: HashMap<ReservationId, HoldId>,
}

impl SideClaims {
    pub(super) fn note_side(&mut self, SideEvent { stream, event }: SideEvent) {
        match &event {
            LeadEvent::TimeReserved(reserved) => self.reserved(stream, reserved),
            LeadEvent::ReservationRepointed(repointed) => self.repointed(repointed),
            LeadEvent::ReservationReleased(released) => self.released(released),
            _ => {}
        }
    }

    /// Those that are due to be settled: reserved too long ago without a decision, of an appointment or a hold that is
    /// over, or of an appointment that went to another agent.
    pub(super) fn due(&self, now: DateTime<Utc>, count: usize) -> Vec<LooseClaim> {
        let loose = self.loose.iter().filter_map(|id| self.open.get(id)).filter(|(_, claim)| {
            let held_until = self.hold_of.get(&claim.reservation_id).and_then(|id| self.of_holds.get(id));
            match held_until {
                Some((_, until)) => *until <= now,
                None => claim.expires_at <= now,
            }
        });
        let due = loose.map(|(on, claim)| LooseClaim {
            on: on.clone(),
            claim: claim.clone(),
            held_by: self.held_by.get(&claim.reservation_id).cloned(),
        });
        due.take(count).collect()
    }

    pub(super) fn reserved(&mut self, on: String, event: &TimeReserved) {
        let claim = ClaimInTheWay {
            reservation_id: event.reservation_id,
            deciding_stream: event.deciding_stream.clone(),
            expires_at: event.expires_at,
            visit: VisitTime {
                appointment_id: event.appointment_id,
                hold_id: event.hold_id,
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                max_appointments_per_slot: event.max_appointments_per_slot,
            },
        };
        self.open.insert(event.reservation_id, (on, claim));
        self.review(event.reservation_id);
    }

    pub(super) fn repointed(&mut self, event: &ReservationRepointed) {
        if let Some((_, claim)) = self.open.get_mut(&event.reservation_id) {
            claim.deciding_stream.clone_from(&event.deciding_stream);
        }
        self.review(event.reservation_id);
    }

    pub(super) fn released(&mut self, event: &ReservationReleased) {
        self.open.remove(&event.reservation_id);
        self.review(event.reservation_id);
    }

    /// Follows an event of an agent.
    pub(super) fn note(&mut self, agent_id: &AgentId, event: &AgentEvent) {
        match event {
            AgentEvent::AppointmentBooked(event) => {
                self.end_hold(event.hold_id);
                self.set(agent_id, event.appointment_id, &event.reservations);
            }
            AgentEvent::AppointmentRescheduled(event) => {
                self.end_hold(event.hold_id);
                self.set(agent_id, event.appointment_id, &event.reservations);
            }
            AgentEvent::AppointmentHandedOver(event) => {
                let appointment = &event.appointment;
                self.set(&event.to_agent_id, appointment.appointment_id, &appointment.reservations);
            }
            // The hand-over has said whose they are.
            AgentEvent::AppointmentReceived(event) => self.end_hold(event.hold_id),
            AgentEvent::AppointmentDetailsChanged(event) => {
                let appointment = &event.appointment;
                self.set(agent_id, appointment.appointment_id, &appointment.reservations);
            }
            AgentEvent::AppointmentReinstated(event) => {
                self.end_hold(event.hold_id);
                let appointment = &event.appointment;
                self.set(agent_id, appointment.appointment_id, &appointment.reservations);
            }
            AgentEvent::AppointmentCancelled(event) => self.set(agent_id, event.appointment_id, &[]),
            AgentEvent::AppointmentReleased(event) => self.set(agent_id, event.appointment_id, &[]),
            AgentEvent::AppointmentCompleted(event) => self.set(agent_id, event.appointment_id, &[]),
            AgentEvent::AppointmentNoShow(event) => self.set(agent_id, event.appointment_id, &[]),
            AgentEvent::SlotHeld(event) => {
                for hold_id in &event.replaces {
                    self.end_hold(Some(*hold_id));
                }
                let ids: Vec<_> = event.reservations.iter().map(|one| one.reservation_id).collect();
                for id in &ids {
                    self.hold_of.insert(*id, event.hold_id);
                }
                if !ids.is_empty() {
                    self.of_holds.insert(event.hold_id, (ids, event.expires_at));
                }
            }
            AgentEvent::HoldReleased(event) => self.end_hold(Some(event.hold_id)),
            _ => {}
        }
    }

    fn set(&mut self, agent_id: &AgentId, appointment_id: AppointmentId, now: &[SideReservation]) {
        for id in self.of_appointments.remove(&appointment_id).unwrap_or_default() {
            self.held_by.remove(&id);
            self.review(id);
        }
        if now.is_empty() {
            return;
        }
        let ids: Vec<_> = now.iter().map(|one| one.reservation_id).collect();
        for id in &ids {
            self.held_by.insert(*id, agent_id.clone());
            self.review(*id);
        }
        self.of_appointments.insert(appointment_id, ids);
    }

    fn end_hold(&mut self, hold_id: Option<HoldId>) {
        let Some((ids, _)) = hold_id.and_then(|hold_id| self.of_holds.remove(&hold_id)) else { return };
        for id in ids {
            self.hold_of.remove(&id);
            self.review(id);
        }
    }

    fn review(&mut self, id: ReservationId) {
        let is_loose = self.open.get(&id).is_some_and(|(_, claim)| {
            self.held_by.get(&id).is_none_or(|agent_id| stream::agent(agent_id) != claim.deciding_stream)
        });
        if is_loose {
            self.loose.insert(id);
        } else {
            self.loose.remove(&id);
        }
    }
}
