use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use uuid::Uuid;

/// Seconds; from a cached answer to a request that gave up.
const DURATION_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the process has counted, as Prometheus text.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Makes this the process's recorder; fails when there is one already.
    pub fn install() -> Result<Self, BuildError> {
        PrometheusBuilder::new().set_buckets(DURATION_BUCKETS)?.install_recorder().map(Self)
    }

    /// Everything counted so far, in the text exposition format.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// Middleware: counts and times every request by method, route and status, and answers with the `X-Request-Id` that
/// the caller gave, if it is a UUID.
pub async fn observe_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = known(request.method());
    let request_id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| Uuid::parse_str(id.to_str().ok()?).ok())
        .map(|id| id.to_string());
    let mut response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16().to_string();
    metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(started.elapsed().as_secs_f64());
    if let Some(value) = request_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// Whoever makes up methods, with or without a token, makes no counters: those of one label are kept for ever.
fn known(method: &Method) -> &'static str {
    const KNOWN: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.iter().copied().find(|known| *known == method.as_str()).unwrap_or("other")
}
