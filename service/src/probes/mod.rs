//! The probes of a process, for Kubernetes and Prometheus: liveness, readiness, metrics.

mod livez;
mod metrics;
mod readyz;

use std::fmt;
use std::sync::Arc;

use http_edge::Routes;

use crate::Metrics;

/// Adds `/livez`, `/readyz` and `/metrics`. They expect `web::Data<Probes>` and `web::Data<Authentication>`.
pub fn configure_probes(routes: &mut Routes) {
    routes.open("/livez", livez::livez).open("/readyz", readyz::readyz).guarded("/metrics", metrics::metrics);
}

/// What the probes report.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// The checks of the readiness.
    pub checks: Vec<ReadinessCheck>,
    /// The metrics, if there are any.
    pub metrics: Option<Metrics>,
}

/// One check of the readiness, by name.
#[derive(Clone)]
pub struct ReadinessCheck {
    name: &'static str,
    check: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
    /// Whether the process is ready even if this check fails.
    is_optional: bool,
}

impl ReadinessCheck {
    /// `check` must return at once, without IO. Its error is shown to anyone, so it must contain nothing secret.
    pub fn new<E: fmt::Display>(
        name: &'static str,
        check: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            check: Arc::new(move || check().map_err(|reason| reason.to_string())),
            is_optional: false,
        }
    }

    /// Makes the check optional: its failure is reported, but the process stays ready.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    const fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self) -> Result<(), String> {
        (self.check)()
    }
}

impl fmt::Debug for ReadinessCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadinessCheck").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::RETRY_AFTER;
    use actix_web::web::Data;
    use actix_web::{App, test};
    use http_edge::{Authentication, mount};
    use serde_json::{Value, json};

    use super::*;

    /// The response to a request without a token.
    async fn ask(path: &str, checks: Vec<ReadinessCheck>) -> (StatusCode, Option<String>, Value) {
        let app = App::new()
            .app_data(Data::new(Probes { checks, metrics: None }))
            .app_data(Data::new(Authentication::admin_token("a-token-of-enough-characters")))
            .configure(mount(&[configure_probes]));
        let app = test::init_service(app).await;
        let response = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
        let again = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        (response.status(), again, test::read_body_json(response).await)
    }

    fn well() -> ReadinessCheck {
        ReadinessCheck::new("event_store", || Ok::<(), &str>(()))
    }

    fn behind() -> ReadinessCheck {
        ReadinessCheck::new("projection", || Err("still reading past events"))
    }

    #[actix_web::test]
    async fn readiness_names_what_is_not_ready() {
        let named = json!([{"name": "projection", "detail": "still reading past events"}]);
        let (status, again, body) = ask("/readyz", vec![well(), behind()]).await;
        assert_eq!((status, again.as_deref()), (StatusCode::SERVICE_UNAVAILABLE, Some("1")));
        assert_eq!((&body["code"], &body["not_ready"]), (&json!("not_ready"), &named));
        let (status, _, body) = ask("/readyz", vec![well(), behind().optional()]).await;
        assert_eq!((status, &body["not_ready"]), (StatusCode::OK, &named));
    }

    #[actix_web::test]
    async fn everything_ready_is_200_for_anyone() {
        for path in ["/readyz", "/livez"] {
            assert_eq!(ask(path, vec![well()]).await.0, StatusCode::OK, "{path}");
        }
    }

    #[actix_web::test]
    async fn readiness_tells_whose_rules_zones_have() {
        let release = json!(availability::zone::tzdb_version());
        for checks in [vec![well()], vec![behind()]] {
            assert_eq!(ask("/readyz", checks).await.2["tzdb_version"], release);
        }
    }

    #[actix_web::test]
    async fn what_is_counted_is_not_told_to_anyone() {
        let (status, _, body) = ask("/metrics", Vec::new()).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthenticated")));
    }
}
