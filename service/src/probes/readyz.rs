use actix_web::{HttpResponse, web};
use availability::zone::tzdb_version;
use http_edge::HttpProblem;
use operation::{Code, Problem};
use serde::Serialize;

use super::{Probes, ReadinessCheck};

#[derive(Debug, Serialize)]
struct NotReady {
    name: &'static str,
    detail: String,
}

/// Reports whether requests should be sent here, which checks fail, and by which release of the IANA time zone database
/// this process reads wall-clock times. Needs no token.
pub(super) async fn readyz(probes: web::Data<Probes>) -> Result<HttpResponse, HttpProblem> {
    let mut must_not = false;
    let failing: Vec<_> = probes
        .checks
        .iter()
        .filter_map(|check| {
            let detail = check.run().err()?;
            must_not |= !check.is_optional;
            Some(NotReady { name: check.name(), detail })
        })
        .collect();
    if must_not {
        let names: Vec<_> = failing.iter().map(|failing| failing.name).collect();
        let detail = format!("Not ready: {}.", names.join(", "));
        let problem = Problem::new(Code::NotReady, detail).with("not_ready", failing);
        return Err(problem.with("tzdb_version", tzdb_version()).into());
    }
    let checks: Vec<_> = probes.checks.iter().map(ReadinessCheck::name).collect();
    let mut ready = serde_json::json!({"status": "ready", "checks": checks, "tzdb_version": tzdb_version()});
    if !failing.is_empty() {
        ready["not_ready"] = serde_json::json!(failing);
    }
    Ok(HttpResponse::Ok().json(ready))
}
