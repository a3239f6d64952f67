use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use http_edge::HttpProblem;
use operation::{Code, Problem};

use super::Probes;

/// All metrics, as Prometheus reads them.
pub(super) async fn metrics(probes: web::Data<Probes>) -> Result<HttpResponse, HttpProblem> {
    let metrics = probes
        .metrics
        .as_ref()
        .ok_or_else(|| Problem::new(Code::NotFound, "This process has no metrics."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(metrics.render()))
}
