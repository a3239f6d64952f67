//! What probes and people ask over HTTP/1.1, on the same port: whether the node lives, its release, and its place in the cluster.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Version};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::access::Guard;
use crate::service::VERSION;

/// What the probes are answered from.
pub(crate) struct Probes {
    pub(crate) address: SocketAddr,
    pub(crate) guard: Guard,
    pub(crate) closing: watch::Receiver<bool>,
}

/// Adds the probes' addresses to those of the gRPC services.
pub(crate) fn add_to(services: Router, probes: Probes) -> Router {
    let probes = Router::new()
        .route("/health/live", get(live))
        .route("/info", get(info))
        .route("/gossip", get(gossip))
        .with_state(Arc::new(probes));
    services.merge(probes).fallback(unknown)
}

/// Open to anyone: it says nothing but that the node is there.
async fn live(State(probes): State<Arc<Probes>>) -> Response {
    if *probes.closing.borrow() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    // Of a known length, axum would tell HEAD that it is 0, which has no place beside 204.
    let nothing = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
    (StatusCode::NO_CONTENT, nothing).into_response()
}

async fn info(State(probes): State<Arc<Probes>>, headers: HeaderMap) -> Response {
    probes.answer(&headers, || json!({ "esVersion": VERSION, "state": "leader" }))
}

async fn gossip(State(probes): State<Arc<Probes>>, headers: HeaderMap) -> Response {
    let (ip, port) = (probes.address.ip().to_string(), probes.address.port());
    probes.answer(&headers, || {
        let leader = json!({
            "instanceId": Uuid::nil(),
            "state": "Leader",
            "isAlive": true,
            "httpEndPointIp": ip,
            "httpEndPointPort": port,
        });
        json!({ "members": [leader], "serverIp": ip, "serverPort": port })
    })
}

impl Probes {
    fn answer(&self, headers: &HeaderMap, content: impl FnOnce() -> Value) -> Response {
        let header = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        if self.guard.admits(header) {
            ([(CONTENT_TYPE, "application/json")], content().to_string()).into_response()
        } else {
            let asked = [(WWW_AUTHENTICATE, "Basic realm=\"the event store\"")];
            (StatusCode::UNAUTHORIZED, asked).into_response()
        }
    }
}

/// A call of a service that is not here gets a status of gRPC, and every other request one of HTTP.
async fn unknown(request: Request) -> Response {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_call = content_type.is_some_and(|content_type| content_type.starts_with("application/grpc"));
    if request.version() == Version::HTTP_2 && is_call {
        return tonic::Status::unimplemented("this event store has no such call").into_http::<Body>();
    }
    StatusCode::NOT_FOUND.into_response()
}
