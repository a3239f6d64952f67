//! A small office that the routes' tests ask about, and a way to ask.

use actix_web::dev::Service;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{App, test, web};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use http_edge::Authentication;
use operation::{Clock, SlotRefs};
use read_model::{Event, MemoryReadModel, ProjectedEvent};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentRescheduled, AppointmentTypeDefined, OfficePolicySet,
    OfficeRuleAdded,
};
use schemas::value::{
    AgentProfile, AppointmentType, AvailabilityRule, LeadContact, LocationKind, OfficePolicy,
};
use schemas::{
    Actor, ActorKind, AgentEvent, AppointmentId, CommandId, DayOfWeek, EventId, Metadata, OfficeEvent,
    Origin, RuleId,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Operations, QueryApi, configure, configure_operations};

const TOKEN: &str = "token";
const ZONE: Tz = Tz::America__Santiago;
/// Positions are not contiguous in any store.
const STEP: u64 = 100;

/// A Tuesday, 09:00 in Santiago.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn appointment_id(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(number))
}

pub(crate) fn refs() -> SlotRefs {
    SlotRefs::new(b"secret")
}

/// What a route answered.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answered {
    /// Asserts that a parameter was refused, and answers which.
    pub(crate) fn refused_field(&self) -> &str {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.body);
        self.body["field"].as_str().unwrap()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

/// An office, and everything that happened to it so far.
pub(crate) struct Sample {
    pub(crate) read_model: MemoryReadModel,
    api: QueryApi,
    revisions: std::collections::HashMap<String, u64>,
}

impl Sample {
    /// Visits of half an hour on Monday to Friday from 09:00 to 13:00; agents 7 and 8.
    pub(crate) fn new() -> Self {
        let mut sample = Self::empty();
        sample.office(OfficePolicySet {
            policy: OfficePolicy {
                name: "Propiedades del Sur".to_owned(),
                time_zone: ZONE,
                locale: "es-CL".to_owned(),
                travel_minutes: 0,
                max_holds_per_lead: 2,
            },
        });
        sample.office(AppointmentTypeDefined {
            appointment_type: AppointmentType {
                code: "visita_propiedad".parse().unwrap(),
                name: [("es-CL".to_owned(), "Visita a propiedad".to_owned())].into(),
                duration_minutes: 30,
                slot_step_minutes: 30,
                buffer_before_minutes: 0,
                buffer_after_minutes: 0,
                min_notice_minutes: 60,
                horizon_days: 90,
                daily_limit: None,
                location_kind: LocationKind::Property,
            },
        });
        for day in 0..5 {
            sample.office(OfficeRuleAdded { rule: rule(day) });
        }
        sample.register("7", "Ana Pérez");
        sample.register("8", "Bruno Díaz");
        sample
    }

    pub(crate) fn empty() -> Self {
        let read_model = MemoryReadModel::new();
        let api = QueryApi::new(read_model.clone(), refs(), Clock::fixed(now()));
        Self { read_model, api, revisions: std::collections::HashMap::new() }
    }

    pub(crate) fn register(&mut self, agent_id: &str, name: &str) {
        let profile = AgentProfile {
            name: name.to_owned(),
            time_zone: ZONE,
            email: None,
            phone: None,
            inherits_office_hours: true,
        };
        self.agent(agent_id, AgentRegistered { agent_id: agent_id.parse().unwrap(), profile });
    }

    /// Moves an appointment to a time that was agreed on as `local_start`, whatever the zone says of it.
    pub(crate) fn reschedule(
        &mut self,
        number: u128,
        agent_id: &str,
        start: DateTime<Utc>,
        local_start: chrono::NaiveDateTime,
    ) {
        self.agent(
            agent_id,
            AppointmentRescheduled {
                appointment_id: appointment_id(number),
                start,
                end: start + TimeDelta::minutes(30),
                duration_minutes: 30,
                local_start,
                time_zone: ZONE,
                buffer_before_minutes: 0,
                buffer_after_minutes: 0,
                max_appointments_per_slot: 1,
                sequence: 1,
                previous_start: start,
                previous_end: start,
                hold_id: None,
            },
        );
    }

    pub(crate) fn book(&mut self, number: u128, agent_id: &str, lead_id: &str, start: &str) {
        let start: DateTime<Utc> = start.parse().unwrap();
        self.agent(
            agent_id,
            AppointmentBooked {
                appointment_id: appointment_id(number),
                lead_id: lead_id.parse().unwrap(),
                agent_id: agent_id.parse().unwrap(),
                appointment_type: "visita_propiedad".parse().unwrap(),
                start,
                end: start + TimeDelta::minutes(30),
                duration_minutes: 30,
                local_start: availability::zone::local(ZONE, start),
                time_zone: ZONE,
                buffer_before_minutes: 0,
                buffer_after_minutes: 0,
                max_appointments_per_slot: 1,
                sequence: 0,
                location: Some("Av. Providencia 1234".to_owned()),
                property_id: Some("P-1".parse().unwrap()),
                notes: Some("Llamar antes".to_owned()),
                lead_contact: Some(LeadContact { name: Some("Carla".to_owned()), ..LeadContact::default() }),
                origin: Origin::Chat,
                hold_id: None,
                reassigned_from: None,
            },
        );
    }

    pub(crate) fn agent(&mut self, agent_id: &str, event: impl Into<AgentEvent>) {
        self.append(agent_id, Event::Agent(agent_id.parse().unwrap(), event.into()));
    }

    pub(crate) fn office(&mut self, event: impl Into<OfficeEvent>) {
        self.append("", Event::Office(event.into()));
    }

    fn append(&mut self, stream: &str, event: Event) {
        let next = self.revisions.entry(stream.to_owned()).or_default();
        let position = self.read_model.position() + STEP;
        let id = Uuid::from_u128(position.into());
        let metadata = Metadata {
            command_id: CommandId::new(id),
            command_digest: String::new(),
            correlation_id: id,
            causation_id: id,
            actor: Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() },
            origin: Origin::Chat,
            recorded_at: now() - TimeDelta::hours(1) + TimeDelta::milliseconds(position.try_into().unwrap()),
            schema_version: 1,
            tzdb_version: "2025b".to_owned(),
        };
        let event = ProjectedEvent { position, revision: *next, event_id: EventId::new(id), event, metadata };
        *next += 1;
        self.read_model.apply([event]).unwrap();
    }

    pub(crate) async fn get(&self, uri: &str) -> Answered {
        self.ask(Method::GET, uri, true, Operations::default()).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        uri: &str,
        with_token: bool,
        operations: Operations,
    ) -> Answered {
        let app = App::new()
            .app_data(web::Data::new(self.api.clone()))
            .app_data(web::Data::new(operations))
            .app_data(web::Data::new(Authentication::admin_token(TOKEN)))
            .configure(http_edge::mount(&[configure, configure_operations]));
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::with_uri(uri).method(method);
        if with_token {
            request = request.insert_header((AUTHORIZATION, format!("Bearer {TOKEN}")));
        }
        let response = app.call(request.to_request()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = test::read_body(response).await;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answered { status, headers, body }
    }
}

fn rule(day: u8) -> AvailabilityRule {
    AvailabilityRule {
        rule_id: RuleId::new(Uuid::from_u128(day.into())),
        day_of_week: DayOfWeek::try_from(day).unwrap(),
        start_time: "09:00".parse().unwrap(),
        end_time: "13:00".parse().unwrap(),
        is_recurring: true,
        valid_from: None,
        valid_until: None,
        appointment_type: None,
        max_appointments_per_slot: 1,
    }
}
