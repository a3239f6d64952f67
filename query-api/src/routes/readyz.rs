use actix_web::{HttpResponse, web};
use http_edge::{Code, Problem};
use serde::Serialize;

use crate::service::{Operations, ReadinessCheck};

#[derive(Debug, Serialize)]
struct NotReady {
    name: &'static str,
    detail: String,
}

/// Says whether requests should be sent here, and if not, which parts are not ready, to anyone.
pub(super) async fn readyz(operations: web::Data<Operations>) -> Result<HttpResponse, Problem> {
    let failing: Vec<_> = operations
        .checks
        .iter()
        .filter_map(|check| check.run().err().map(|detail| NotReady { name: check.name(), detail }))
        .collect();
    if !failing.is_empty() {
        let names: Vec<_> = failing.iter().map(|failing| failing.name).collect();
        let detail = format!("Not ready: {}.", names.join(", "));
        return Err(Problem::new(Code::NotReady, detail).with("not_ready", failing));
    }
    let checks: Vec<_> = operations.checks.iter().map(ReadinessCheck::name).collect();
    Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ready", "checks": checks})))
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};

    use crate::sample::Sample;
    use crate::{Operations, ReadinessCheck};

    #[actix_web::test]
    async fn readiness_names_what_is_not_ready() {
        let checks = vec![
            ReadinessCheck::new("event_store", || Ok::<(), &str>(())),
            ReadinessCheck::new("projection", || Err("still reading the past")),
        ];
        let operations = Operations { checks, metrics: None };
        let answered = Sample::empty().ask(Method::GET, "/readyz", false, operations).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::SERVICE_UNAVAILABLE, "not_ready"));
        let expected = serde_json::json!([{"name": "projection", "detail": "still reading the past"}]);
        assert_eq!(answered.body["not_ready"], expected);
        assert_eq!(answered.header("retry-after"), "1");
    }

    #[actix_web::test]
    async fn everything_ready_is_200_for_anyone() {
        for path in ["/readyz", "/livez"] {
            let answered = Sample::empty().ask(Method::GET, path, false, Operations::default()).await;
            assert_eq!(answered.status, StatusCode::OK);
        }
    }
}
