//! A small sample office for tests, and a client of its routes.

use actix_web::dev::Service;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::{App, test, web};
use chrono::{DateTime, TimeDelta, Utc};
use fixtures::VISIT;
use http_edge::Authentication;
use operation::{Clock, SlotRefs};
use read_model::{Event, MemoryReadModel, ProjectedEvent, StoredText};
use schemas::event::{
    AgentRegistered, AppointmentBooked, AppointmentRescheduled, AppointmentTypeDefined, OfficePolicySet,
    OfficeRuleAdded,
};
use schemas::value::{AppointmentType, LeadContact};
use schemas::{
    AgentEvent, AppointmentId, BulkMoveEvent, EventId, LeadEvent, LeadId, MoveId, OfficeEvent, Personal,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{QueryApi, configure};

const TOKEN: &str = "token";
/// The gap between positions: every store leaves gaps.
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

/// A route's response.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answered {
    /// Asserts that a parameter was refused, and returns which.
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

    /// The version in its tag.
    pub(crate) fn tagged_version(&self) -> u64 {
        self.header("etag").trim_matches('"').parse().unwrap()
    }
}

/// A sample office, whose events are applied as they happen.
pub(crate) struct Sample {
    pub(crate) read_model: MemoryReadModel,
    api: QueryApi,
    revisions: std::collections::HashMap<String, u64>,
}

impl Sample {
    /// Visits of half an hour on Monday to Friday from 09:00 to 13:00; agents 7 and 8.
    pub(crate) fn new() -> Self {
        let mut sample = Self::empty();
        sample.office(OfficePolicySet { policy: fixtures::policy() });
        let visit = AppointmentType {
            min_notice_minutes: 60,
            horizon_days: 90,
            ..fixtures::appointment_type(VISIT, 30)
        };
        sample.office(AppointmentTypeDefined { appointment_type: visit });
        for day in 0..5 {
            sample.office(OfficeRuleAdded { rule: fixtures::rule(day.into(), day, "09:00", "13:00") });
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

    /// The same office, asked while the clock shows this.
    pub(crate) fn asked_at(mut self, shown: DateTime<Utc>) -> Self {
        self.api = QueryApi::new(self.read_model.clone(), refs(), Clock::fixed(shown));
        self
    }

    pub(crate) fn register(&mut self, agent_id: &str, name: &str) {
        let profile = fixtures::profile(name);
        self.agent(agent_id, AgentRegistered { agent_id: agent_id.parse().unwrap(), profile });
    }

    /// Moves an appointment to a time agreed on as `local_start`, whatever the zone's rules.
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
                local_start,
                ..fixtures::rescheduled(appointment_id(number), start, 30)
            },
        );
    }

    pub(crate) fn book(&mut self, number: u128, agent_id: &str, lead_id: &str, start: &str) {
        let start: DateTime<Utc> = start.parse().unwrap();
        let lead_id: LeadId = lead_id.parse().unwrap();
        let personal = |text: &str| Some(Personal::new(lead_id.clone(), text.to_owned()));
        let contact = LeadContact { name: Some("Carla".to_owned()), ..LeadContact::default() };
        self.agent(
            agent_id,
            AppointmentBooked {
                lead_id: lead_id.clone(),
                location: personal("Av. Providencia 1234"),
                property_id: Some("P-1".parse().unwrap()),
                notes: personal("Llamar antes"),
                lead_contact: Some(Personal::new(lead_id.clone(), contact)),
                ..fixtures::booked(appointment_id(number), &agent_id.parse().unwrap(), start, 30)
            },
        );
    }

    pub(crate) fn agent(&mut self, agent_id: &str, event: impl Into<AgentEvent>) {
        self.append(agent_id, Event::Agent(agent_id.parse().unwrap(), event.into()), "");
    }

    /// The same as a newer release might store it, with an unknown member in payload and metadata.
    pub(crate) fn agent_by_a_newer_release(&mut self, agent_id: &str, event: impl Into<AgentEvent>) {
        let more = r#""added_later": {"ratio": 1.50}, "#;
        self.append(agent_id, Event::Agent(agent_id.parse().unwrap(), event.into()), more);
    }

    pub(crate) fn bulk_move(&mut self, move_id: MoveId, event: impl Into<BulkMoveEvent>) {
        self.append(&move_id.to_string(), Event::BulkMove(move_id, event.into()), "");
    }

    pub(crate) fn lead(&mut self, lead_id: &str, event: impl Into<LeadEvent>) {
        let event = Event::Lead(lead_id.parse().unwrap(), event.into());
        self.append(&format!("lead-{lead_id}"), event, "");
    }

    pub(crate) fn office(&mut self, event: impl Into<OfficeEvent>) {
        self.append("", Event::Office(event.into()), "");
    }

    fn append(&mut self, stream: &str, event: Event, more: &str) {
        let next = self.revisions.entry(stream.to_owned()).or_default();
        let position = self.read_model.position() + STEP;
        let id = Uuid::from_u128(position.into());
        let recorded_at = now() - TimeDelta::hours(1) + TimeDelta::milliseconds(position.try_into().unwrap());
        let metadata = fixtures::metadata(id, recorded_at);
        let StoredText { payload, metadata: text } = StoredText::of(&event, &metadata);
        let with_more = |text: &str| text.replacen('{', &format!("{{{more}"), 1).into();
        let stored = StoredText { payload: with_more(&payload), metadata: with_more(&text) };
        let event_id = EventId::new(id);
        let event = ProjectedEvent { position, revision: *next, event_id, event, metadata, stored };
        *next += 1;
        self.read_model.apply([event]).unwrap();
    }

    pub(crate) async fn get(&self, uri: &str) -> Answered {
        self.ask(Method::GET, uri, true).await
    }

    /// Asks whether the answer is still one with such a tag.
    pub(crate) async fn get_unless(&self, method: Method, uri: &str, known: &str) -> Answered {
        self.send(method, uri, true, Some((IF_NONE_MATCH, known))).await
    }

    pub(crate) async fn ask(&self, method: Method, uri: &str, with_token: bool) -> Answered {
        self.send(method, uri, with_token, None).await
    }

    async fn send(
        &self,
        method: Method,
        uri: &str,
        with_token: bool,
        condition: Option<(HeaderName, &str)>,
    ) -> Answered {
        let app = App::new()
            .app_data(web::Data::new(self.api.clone()))
            .app_data(web::Data::new(Authentication::admin_token(TOKEN)))
            .configure(http_edge::mount(&[configure]));
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::with_uri(uri).method(method);
        if with_token {
            request = request.insert_header((AUTHORIZATION, format!("Bearer {TOKEN}")));
        }
        if let Some(condition) = condition {
            request = request.insert_header(condition);
        }
        let response = app.call(request.to_request()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = test::read_body(response).await;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answered { status, headers, body }
    }
}
