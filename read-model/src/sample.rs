//! A sample log of events for the tests.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixtures::{CALL, VISIT};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentHandedOver, AppointmentReceived, AppointmentRescheduled,
    AppointmentTypeDefined, OfficePolicySet, OfficeRuleAdded,
};
use schemas::value::AppointmentSnapshot;
use schemas::{AgentEvent, AgentId, AppointmentId, EventId, OfficeEvent, ReservationId};
use uuid::Uuid;

use crate::{Event, MemoryReadModel, ProjectedEvent, StoredText};

/// A Monday, 09:00 in Santiago.
pub(crate) fn begin() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

pub(crate) fn id(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(number))
}

/// Stored events, each a second later than the one before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<ProjectedEvent>,
    revisions: HashMap<Option<AgentId>, u64>,
}

impl Log {
    /// An office with two half-hour types, open on Monday to Friday from 09:00 to 13:00.
    pub(crate) fn with_office() -> Self {
        let mut log = Self::default();
        let policy = fixtures::policy();
        log.office(OfficePolicySet { policy });
        for code in [VISIT, CALL] {
            let appointment_type = fixtures::appointment_type(code, 30);
            log.office(AppointmentTypeDefined { appointment_type });
        }
        for day in 0..5 {
            let rule = fixtures::rule(day.into(), day, "09:00", "13:00");
            log.office(OfficeRuleAdded { rule });
        }
        log
    }

    pub(crate) fn read_model(&self) -> MemoryReadModel {
        let read_model = MemoryReadModel::new();
        read_model.apply(self.events.clone()).unwrap();
        read_model
    }

    pub(crate) fn office(&mut self, event: impl Into<OfficeEvent>) {
        self.append(None, Event::Office(event.into()));
    }

    pub(crate) fn agent(&mut self, agent_id: &str, event: impl Into<AgentEvent>) {
        let agent_id: AgentId = agent_id.parse().unwrap();
        self.append(Some(agent_id.clone()), Event::Agent(agent_id, event.into()));
    }

    fn append(&mut self, stream: Option<AgentId>, event: Event) {
        let recorded_at = begin() + TimeDelta::seconds(self.events.len().try_into().unwrap());
        self.append_at(stream, event, recorded_at);
    }

    /// Leaves gaps between positions, as every store does.
    pub(crate) fn append_at(&mut self, stream: Option<AgentId>, event: Event, recorded_at: DateTime<Utc>) {
        let position = self.events.last().map_or(0, |last| last.position) + 70;
        let next = self.revisions.entry(stream).or_default();
        let unique = Uuid::from_u128(position.into());
        let metadata = fixtures::metadata(unique, recorded_at);
        let (event_id, stored) = (EventId::new(unique), StoredText::of(&event, &metadata));
        let event = ProjectedEvent { position, revision: *next, event_id, event, metadata, stored };
        *next += 1;
        self.events.push(event);
    }

    /// Rewrites the last event as a newer release might store it: with unknown members, another order and other number
    /// formats.
    pub(crate) fn stored_by_a_newer_release(&mut self) -> StoredText {
        let last = self.events.last_mut().expect("there is an event");
        let more = r#"{"z_added_later": {"ratio": 1.50, "a": 1e2}, "#;
        let newer = |text: &str| text.replacen('{', more, 1).into();
        let StoredText { payload, metadata } = &last.stored;
        last.stored = StoredText { payload: newer(payload), metadata: newer(metadata) };
        last.stored.clone()
    }

    pub(crate) fn register(&mut self, agent_id: &str) {
        let profile = fixtures::profile(&format!("Agente {agent_id}"));
        self.agent(agent_id, AgentRegistered { agent_id: agent_id.parse().unwrap(), profile });
    }

    pub(crate) fn book(&mut self, number: u128, agent_id: &str, start: DateTime<Utc>) {
        self.agent(agent_id, booked(number, agent_id, start));
    }

    pub(crate) fn reschedule(&mut self, number: u128, agent_id: &str, start: DateTime<Utc>, sequence: u32) {
        let event = AppointmentRescheduled { sequence, ..fixtures::rescheduled(id(number), start, 30) };
        self.agent(agent_id, event);
    }

    /// Reserves an appointment's time with another agent.
    pub(crate) fn reserve(&mut self, appointment: &AppointmentSnapshot, from: &str, to: &str) {
        let owner = from.parse().unwrap();
        self.agent(to, fixtures::reserved(reservation_id(appointment), &owner, appointment, begin()));
    }

    /// Hands an appointment over, of which this is the version after that.
    pub(crate) fn hand_over(&mut self, appointment: &AppointmentSnapshot, from: &str, to: &str) {
        let event = AppointmentHandedOver {
            reservation_id: reservation_id(appointment),
            to_agent_id: to.parse().unwrap(),
            previous_start: appointment.start,
            previous_end: appointment.end,
            forced: Vec::new(),
            appointment: appointment.clone(),
            reason: None,
            requested_by: None,
            receipts: Vec::new(),
        };
        self.agent(from, event);
    }

    /// Receives an appointment that was handed over.
    pub(crate) fn receive(&mut self, appointment: &AppointmentSnapshot, from: &str, to: &str) {
        let event = AppointmentReceived {
            reservation_id: reservation_id(appointment),
            from_agent_id: from.parse().unwrap(),
            appointment: appointment.clone(),
            hold_id: None,
            receipts: Vec::new(),
        };
        self.agent(to, event);
    }

    /// All three.
    pub(crate) fn reassign(&mut self, appointment: &AppointmentSnapshot, from: &str, to: &str) {
        self.reserve(appointment, from, to);
        self.hand_over(appointment, from, to);
        self.receive(appointment, from, to);
    }
}

/// The id of the reservation for an appointment that is handed over as it is now.
pub(crate) fn reservation_id(appointment: &AppointmentSnapshot) -> ReservationId {
    let number = appointment.appointment_id.uuid().as_u128() << 64;
    ReservationId::new(Uuid::from_u128(number + u128::from(appointment.version)))
}

pub(crate) fn booked(number: u128, agent_id: &str, start: DateTime<Utc>) -> AppointmentBooked {
    fixtures::booked(id(number), &agent_id.parse().unwrap(), start, 30)
}
