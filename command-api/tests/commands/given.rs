//! A node, an office that is open day and night, and agents in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::{App, Error, test, web};
use chrono::{DateTime, TimeDelta, Utc};
use command_api::{CommandApi, Settings};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, SubscriptionItem};
use http_edge::{Authentication, Clock, SlotRefs};
use serde_json::{Value, json};
use system_tests::Proxy;
use tempfile::TempDir;

/// A Monday morning in Santiago.
pub(crate) const NOW: &str = "2026-12-14T12:00:00Z";

/// Longer than anything that a test waits for takes; it only bounds a failure.
#[cfg(any(feature = "kafka", feature = "service"))]
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const TOKEN: &str = "a-token-for-tests";

/// A node that can be stopped and started again, at the same address and with the same files.
pub(crate) struct OwnNode {
    node: Option<Node>,
    listen: SocketAddr,
    folder: TempDir,
}

impl OwnNode {
    /// Each has a loopback address to itself, so that nobody else takes its port while it is down.
    pub(crate) async fn start() -> Self {
        static LAST: AtomicU8 = AtomicU8::new(1);
        let host = LAST.fetch_add(1, Ordering::Relaxed);
        let folder = TempDir::new().unwrap();
        let mut own = Self { node: None, listen: SocketAddr::from(([127, 0, 79, host], 0)), folder };
        own.start_again().await;
        own
    }

    pub(crate) async fn start_again(&mut self) {
        let config = NodeConfig { listen: self.listen, ..NodeConfig::new(self.folder.path()) };
        let node = Node::start(config).await.unwrap();
        self.listen = node.local_addr();
        self.node = Some(node);
    }

    pub(crate) async fn stop(&mut self) {
        self.node.take().expect("a node is stopped once").shutdown().await;
    }

    pub(crate) fn connection_string(&self) -> String {
        format!("esdb://{}?tls=false", self.listen)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listen
    }

    pub(crate) fn client(&self) -> EventStore {
        EventStore::new(&self.connection_string()).unwrap()
    }

    /// Waits until there is something in the stream after this revision.
    pub(crate) async fn until_stored(&self, stream: &str, after: u64) {
        let mut subscription = self.client().subscribe_stream(stream, Some(after));
        while !matches!(subscription.next().await, SubscriptionItem::Event(_)) {}
    }
}

/// A node with its folder.
pub(crate) struct Store {
    pub(crate) node: Node,
    _folder: TempDir,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
        Self { node, _folder: folder }
    }

    pub(crate) fn client(&self) -> EventStore {
        EventStore::new(&self.node.connection_string()).unwrap()
    }

    /// A write side of its own on this store, as another process would be.
    pub(crate) fn api(&self) -> Arc<CommandApi> {
        api(self.client())
    }
}

/// A write side that reaches its store through this wire.
pub(crate) fn api_through(proxy: &Proxy) -> Arc<CommandApi> {
    let url = format!("esdb://{}?tls=false&discoveryInterval=1", proxy.address());
    api(EventStore::new(&url).unwrap())
}

fn api(store: EventStore) -> Arc<CommandApi> {
    let clock = Clock::fixed(NOW.parse().unwrap());
    CommandApi::start(store, clock, SlotRefs::new(b"secret"), &Settings::default())
}

pub(crate) async fn server(
    api: &Arc<CommandApi>,
) -> impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = Error> {
    let app = App::new()
        .app_data(web::Data::from(Arc::clone(api)))
        .app_data(web::Data::new(Authentication::admin_token(TOKEN)))
        .configure(http_edge::mount(&[command_api::configure]));
    test::init_service(app).await
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) body: Value,
}

pub(crate) async fn send(
    server: &impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = Error>,
    (method, path): (Method, &str),
    key: &str,
    body: Value,
) -> Answer {
    let request = test::TestRequest::default()
        .method(method)
        .uri(path)
        .insert_header(("Authorization", format!("Bearer {TOKEN}")))
        .insert_header(("Idempotency-Key", key))
        .set_payload(body.to_string())
        .to_request();
    let response = test::call_service(server, request).await;
    Answer {
        status: response.status().as_u16(),
        replayed: response.headers().contains_key("idempotent-replay"),
        body: test::read_body_json(response).await,
    }
}

/// An office whose only type takes an hour, and agents who work at all hours.
pub(crate) async fn agency(
    server: &impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = Error>,
    agents: &[&str],
) {
    let visit = json!({"name": {"es": "Visita"}, "duration_minutes": 60, "location_kind": "property"});
    let hours: Vec<Value> =
        (0..7).map(|day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"})).collect();
    ok(server, (Method::PUT, "/v1/office"), json!({"name": "Oficina"})).await;
    ok(server, (Method::PUT, "/v1/office/appointment-types/visit"), visit).await;
    ok(server, (Method::PUT, "/v1/office/weekly-hours"), json!({"rules": hours})).await;
    for agent in agents {
        let profile = json!({"name": agent, "time_zone": "America/Santiago"});
        ok(server, (Method::PUT, &format!("/v1/agents/{agent}")), profile).await;
    }
}

async fn ok(
    server: &impl Service<actix_http::Request, Response = ServiceResponse<impl MessageBody>, Error = Error>,
    (method, path): (Method, &str),
    body: Value,
) {
    let answer = send(server, (method, path), &format!("given {path}"), body).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
}

/// The start of the slot that begins so many hours from now.
pub(crate) fn hour(hours: i64) -> DateTime<Utc> {
    NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

pub(crate) fn booking(agent: Option<&str>, start: DateTime<Utc>) -> Value {
    let mut body = json!({"lead_id": "7", "appointment_type": "visit", "start": start});
    if let Some(agent) = agent {
        body["agent_id"] = agent.into();
    }
    body
}

pub(crate) const BOOK: (Method, &str) = (Method::POST, "/v1/appointments");
