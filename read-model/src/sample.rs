//! A log to be projected, for the tests.

use std::collections::HashMap;

use availability::zone;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentReassigned, AppointmentRescheduled,
    AppointmentTypeDefined, OfficePolicySet, OfficeRuleAdded,
};
use schemas::value::{AgentProfile, AppointmentType, AvailabilityRule, LocationKind, OfficePolicy};
use schemas::{
    Actor, ActorKind, AgentEvent, AgentId, AppointmentId, CommandId, DayOfWeek, EventId, Metadata,
    OfficeEvent, Origin, RuleId,
};
use uuid::Uuid;

use crate::{Event, MemoryReadModel, ProjectedEvent, StoredText};

pub(crate) const ZONE: Tz = Tz::America__Santiago;

/// A Monday, 09:00 in Santiago.
pub(crate) fn begin() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

pub(crate) fn id(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(number))
}

/// Events as they are stored, one after another, each a second later than the one before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<ProjectedEvent>,
    revisions: HashMap<Option<AgentId>, u64>,
}

impl Log {
    /// An office with one type of half an hour, open on Monday to Friday from 09:00 to 13:00.
    pub(crate) fn with_office() -> Self {
        let mut log = Self::default();
        let policy = OfficePolicy {
            name: "Propiedades del Sur".to_owned(),
            time_zone: ZONE,
            locale: "es-CL".to_owned(),
            travel_minutes: 0,
            max_holds_per_lead: 2,
        };
        log.office(OfficePolicySet { policy });
        for code in ["visita_propiedad", "llamada"] {
            let appointment_type = AppointmentType {
                code: code.parse().unwrap(),
                name: [("es-CL".to_owned(), code.replace('_', " "))].into(),
                duration_minutes: 30,
                slot_step_minutes: 30,
                buffer_before_minutes: 0,
                buffer_after_minutes: 0,
                min_notice_minutes: 0,
                horizon_days: 60,
                daily_limit: None,
                location_kind: LocationKind::Property,
            };
            log.office(AppointmentTypeDefined { appointment_type });
        }
        for day in 0..5 {
            let rule = AvailabilityRule {
                rule_id: RuleId::new(Uuid::from_u128(day.into())),
                day_of_week: DayOfWeek::try_from(day).unwrap(),
                start_time: "09:00".parse().unwrap(),
                end_time: "13:00".parse().unwrap(),
                is_recurring: true,
                valid_from: None,
                valid_until: None,
                appointment_type: None,
                max_appointments_per_slot: 1,
            };
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

    /// Positions are not contiguous in any store.
    pub(crate) fn append_at(&mut self, stream: Option<AgentId>, event: Event, recorded_at: DateTime<Utc>) {
        let position = self.events.last().map_or(0, |last| last.position) + 70;
        let next = self.revisions.entry(stream).or_default();
        let unique = Uuid::from_u128(position.into());
        let metadata = Metadata {
            command_id: CommandId::new(unique),
            command_digest: String::new(),
            correlation_id: unique,
            causation_id: unique,
            actor: Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() },
            origin: Origin::Chat,
            recorded_at,
            schema_version: 1,
            tzdb_version: "2025b".to_owned(),
        };
        let (event_id, stored) = (EventId::new(unique), StoredText::of(&event, &metadata));
        let event = ProjectedEvent { position, revision: *next, event_id, event, metadata, stored };
        *next += 1;
        self.events.push(event);
    }

    /// Has the last event stored as a newer release might: with members that are not known here, in another order and
    /// with numbers in another form.
    pub(crate) fn stored_by_a_newer_release(&mut self) -> StoredText {
        let last = self.events.last_mut().expect("there is an event");
        let more = r#"{"z_added_later": {"ratio": 1.50, "a": 1e2}, "#;
        let newer = |text: &str| text.replacen('{', more, 1).into();
        let StoredText { payload, metadata } = &last.stored;
        last.stored = StoredText { payload: newer(payload), metadata: newer(metadata) };
        last.stored.clone()
    }

    pub(crate) fn register(&mut self, agent_id: &str) {
        let profile = AgentProfile {
            name: format!("Agente {agent_id}"),
            time_zone: ZONE,
            email: None,
            phone: None,
            inherits_office_hours: true,
        };
        self.agent(agent_id, AgentRegistered { agent_id: agent_id.parse().unwrap(), profile });
    }

    pub(crate) fn book(&mut self, number: u128, agent_id: &str, start: DateTime<Utc>) {
        self.agent(agent_id, booked(number, agent_id, start));
    }

    pub(crate) fn reschedule(&mut self, number: u128, agent_id: &str, start: DateTime<Utc>, sequence: u32) {
        let event = AppointmentRescheduled {
            appointment_id: id(number),
            start,
            end: start + TimeDelta::minutes(30),
            duration_minutes: 30,
            local_start: zone::local(ZONE, start),
            time_zone: ZONE,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            max_appointments_per_slot: 1,
            sequence,
            previous_start: start,
            previous_end: start,
            hold_id: None,
        };
        self.agent(agent_id, event);
    }

    pub(crate) fn reassign(&mut self, number: u128, from: &str, to: &str) {
        let event = AppointmentReassigned { appointment_id: id(number), to_agent_id: to.parse().unwrap() };
        self.agent(from, event);
    }
}

pub(crate) fn booked(number: u128, agent_id: &str, start: DateTime<Utc>) -> AppointmentBooked {
    AppointmentBooked {
        appointment_id: id(number),
        lead_id: "55".parse().unwrap(),
        agent_id: agent_id.parse().unwrap(),
        appointment_type: "visita_propiedad".parse().unwrap(),
        start,
        end: start + TimeDelta::minutes(30),
        duration_minutes: 30,
        local_start: zone::local(ZONE, start),
        time_zone: ZONE,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        max_appointments_per_slot: 1,
        sequence: 0,
        location: None,
        property_id: None,
        notes: None,
        lead_contact: None,
        origin: Origin::Chat,
        hold_id: None,
        reassigned_from: None,
    }
}
