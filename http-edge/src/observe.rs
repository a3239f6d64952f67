//! Metrics and spans of requests.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use tracing::field::{Empty, display};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument as _, Span};

use crate::correlation::{CorrelationId, REQUEST_ID, RequestOrigin, uuid};

/// Describes the metrics of requests. Call it after the metrics recorder is installed.
pub fn describe_requests() {
    describe_counter!("http_requests_total", "Requests answered, by method, route and status.");
    describe_histogram!(
        "http_request_duration_seconds",
        Unit::Seconds,
        "Time from a request's head to its response's, by method, route and status."
    );
    describe_gauge!("http_requests_in_flight", "Requests in progress.");
    gauge!("http_requests_in_flight").set(0.0);
}

/// A request's span: at INFO for commands, so that it shows in the logs; at DEBUG for queries, for traces only.
macro_rules! span {
    ($level:ident, $method:expr, $correlation_id:expr, $traceparent:expr) => {
        tracing::span!(
            tracing::Level::$level,
            "http_request",
            correlation_id = %$correlation_id,
            trace_id = %$correlation_id.simple(),
            traceparent = $traceparent.map(display),
            otel.kind = "server",
            otel.name = Empty,
            http.request.method = $method,
            http.route = Empty,
            http.response.status_code = Empty,
        )
    };
}

/// Middleware: counts and times every request by method, route and status, opens its span, and answers with the
/// `X-Request-Id` that the caller gave, if it is a UUID.
pub async fn observe_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = known(request.method());
    let request_id = uuid(request.headers(), &REQUEST_ID);
    let span = open(&request, method);
    let _in_flight = InFlight::begin();
    let mut response = next.call(request).instrument(span.clone()).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status();
    if is_traced() {
        span.record("otel.name", display(format_args!("{method} {route}")));
        span.record("http.route", route.as_str());
        span.record("http.response.status_code", status.as_u16());
    }
    let labels = [
        ("method", metrics::SharedString::const_str(method)),
        ("route", route.into()),
        ("status", status.as_u16().to_string().into()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels).record(started.elapsed().as_secs_f64());
    if let Some(value) = request_id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// The span of a request under `/v1`; probes have none. A command that names no correlation id gets one here, as its
/// events will carry it.
fn open(request: &ServiceRequest, method: &'static str) -> Span {
    if !request.path().starts_with("/v1/") {
        return Span::none();
    }
    let RequestOrigin { correlation_id, traceparent } = RequestOrigin::of(request.headers());
    let named_or_new = || correlation_id.unwrap_or_else(|| CorrelationId::new().0);
    if matches!(method, "GET" | "HEAD") {
        if !is_traced() {
            return Span::none();
        }
        return span!(DEBUG, method, named_or_new(), traceparent);
    }
    let correlation_id = named_or_new();
    request.extensions_mut().insert(CorrelationId(correlation_id));
    span!(INFO, method, correlation_id, traceparent)
}

/// Whether spans are recorded for traces.
fn is_traced() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG
}

/// Counts a request as in progress until it is answered or dropped.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        metrics::gauge!("http_requests_in_flight").increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("http_requests_in_flight").decrement(1.0);
    }
}

/// The label of a method. Unknown methods share one, as each label is kept for ever and any client can invent
/// methods.
fn known(method: &Method) -> &'static str {
    const KNOWN: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.iter().copied().find(|known| *known == method.as_str()).unwrap_or("other")
}
