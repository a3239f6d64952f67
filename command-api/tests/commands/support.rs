//! An office, agents in it who work day and night, and requests to them.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::{App, Error, test, web};
use chrono::{DateTime, TimeDelta, Utc};
use command_api::CommandApi;
use http_edge::Authentication;
use serde_json::{Value, json};

use crate::store::Store;

/// A Monday morning in Santiago.
pub(crate) const NOW: &str = "2026-12-14T12:00:00Z";

/// Longer than anything that a test waits for takes; it only bounds a failure.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

const TOKEN: &str = "a-token-for-tests";

/// The routes of a write side, for the test whose store this is.
pub(crate) struct Server<'a, Routes> {
    routes: Routes,
    store: &'a Store,
}

/// The routes as a service of actix.
pub(crate) trait Routes:
    Service<actix_http::Request, Response = ServiceResponse<Self::Body>, Error = Error>
{
    type Body: MessageBody;
}

impl<S, B> Routes for S
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Body = B;
}

pub(crate) async fn server<'a>(store: &'a Store, api: &Arc<CommandApi>) -> Server<'a, impl Routes> {
    let app = App::new()
        .app_data(web::Data::from(Arc::clone(api)))
        .app_data(web::Data::new(Authentication::admin_token(TOKEN)))
        .configure(http_edge::mount(&[command_api::configure]));
    Server { routes: test::init_service(app).await, store }
}

/// The response to a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

/// Sends a request under an idempotency key of this test; an empty one stands for none.
pub(crate) async fn send(
    server: &Server<'_, impl Routes>,
    (method, path): (Method, &str),
    key: &str,
    body: Value,
) -> Answer {
    let request = request(method, path).set_payload(body.to_string());
    let key = (!key.is_empty()).then(|| ("Idempotency-Key", server.store.name(key)));
    answer(server, key.into_iter().fold(request, test::TestRequest::insert_header)).await
}

/// Sends a request without content, for this version.
pub(crate) async fn send_if_match(server: &Server<'_, impl Routes>, path: &str, version: u64) -> Answer {
    answer(server, request(Method::POST, path).insert_header(("If-Match", format!("\"{version}\"")))).await
}

/// Sends a request with this header, and without a key.
pub(crate) async fn send_with(
    server: &Server<'_, impl Routes>,
    (method, path): (Method, &str),
    header: (&'static str, &str),
    body: Value,
) -> Answer {
    answer(server, request(method, path).insert_header(header).set_payload(body.to_string())).await
}

fn request(method: Method, path: &str) -> test::TestRequest {
    let authorization = ("Authorization", format!("Bearer {TOKEN}"));
    test::TestRequest::default().method(method).uri(path).insert_header(authorization)
}

async fn answer(server: &Server<'_, impl Routes>, request: test::TestRequest) -> Answer {
    let response = test::call_service(&server.routes, request.to_request()).await;
    Answer {
        status: response.status().as_u16(),
        replayed: response.headers().contains_key("idempotent-replay"),
        body: test::read_body_json(response).await,
    }
}

/// Sets up an appointment type of the test's own that takes an hour, and agents who work at all hours, for that type
/// and for calls only: so a booking without an agent goes to one of these, whatever other agents the store has.
pub(crate) async fn agency(server: &Server<'_, impl Routes>, agents: &[&str]) {
    let store = server.store;
    let visit = json!({"name": {"es": "Visita"}, "duration_minutes": 60, "location_kind": "property"});
    let path = format!("/v1/office/appointment-types/{}", store.name("visit"));
    ok(server, (Method::PUT, "/v1/office"), json!({"name": "Oficina"})).await;
    ok(server, (Method::PUT, &path), visit).await;
    let call = json!({"name": {"es": "Llamada"}, "duration_minutes": 15, "location_kind": "phone"});
    let path = format!("/v1/office/appointment-types/{}", store.name("call"));
    ok(server, (Method::PUT, &path), call).await;
    let rule = |appointment_type: &str, day: u8| {
        json!({
            "day_of_week": day,
            "start_time": "00:00",
            "end_time": "24:00",
            "appointment_type": store.name(appointment_type),
        })
    };
    let hours: Vec<Value> = (0..7).flat_map(|day| ["visit", "call"].map(|code| rule(code, day))).collect();
    for agent in agents {
        let path = format!("/v1/agents/{}", store.name(agent));
        let zone = "America/Santiago";
        let profile = json!({"name": agent, "time_zone": zone, "inherits_office_hours": false});
        ok(server, (Method::PUT, &path), profile).await;
        ok(server, (Method::PUT, &format!("{path}/weekly-hours")), json!({"rules": hours})).await;
    }
}

async fn ok(server: &Server<'_, impl Routes>, (method, path): (Method, &str), body: Value) {
    let answer = send(server, (method, path), &format!("given {path}"), body).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
}

/// The start of the slot that begins so many hours from now.
pub(crate) fn hour(hours: i64) -> DateTime<Utc> {
    NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

impl Store {
    /// A booking of a visit, with this agent or with any, by a lead who books nothing at another time or with another.
    pub(crate) fn booking(&self, agent: Option<&str>, start: DateTime<Utc>) -> Value {
        self.booking_of(&format!("{}-{}", agent.unwrap_or("any"), start.timestamp()), agent, start)
    }

    /// The same by this lead.
    pub(crate) fn booking_of(&self, lead: &str, agent: Option<&str>, start: DateTime<Utc>) -> Value {
        let (lead, visit) = (self.name(lead), self.name("visit"));
        let mut body = json!({"lead_id": lead, "appointment_type": visit, "start": start});
        if let Some(agent) = agent {
            body["agent_id"] = self.name(agent).into();
        }
        body
    }
}

pub(crate) const BOOK: (Method, &str) = (Method::POST, "/v1/appointments");
