use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, LOCATION};
use serde::Serialize;

use crate::writer::Outcome;

const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");

#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    version: u64,
    position: u64,
}

/// The answer to a command that was carried out: what it came to, with version and position.
pub(crate) fn ok<T: Serialize>(outcome: &Outcome<T>) -> HttpResponse {
    respond(StatusCode::OK, outcome, None)
}

/// The same, for a command that has made something that can be found at `location`.
pub(crate) fn created<T: Serialize>(outcome: &Outcome<T>, location: &str) -> HttpResponse {
    respond(StatusCode::CREATED, outcome, Some(location))
}

fn respond<T: Serialize>(status: StatusCode, outcome: &Outcome<T>, location: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((ETAG, format!("\"{}\"", outcome.version)));
    if outcome.repeated {
        response.insert_header((IDEMPOTENT_REPLAY, HeaderValue::from_static("true")));
    }
    if let Some(location) = location {
        response.insert_header((LOCATION, location));
    }
    response.json(Body { answer: &outcome.answer, version: outcome.version, position: outcome.position })
}
