use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{Operations, ReadinessCheck};
use crate::{Code, Problem};

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
