use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, ETAG, HeaderName, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use crate::outcome::Outcome;

const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");

/// What a command that was carried out is answered with, whichever way it came in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// It was carried out before; this is the first answer.
    pub(crate) repeated: bool,
    /// JSON: what it came to, with version and position.
    pub(crate) body: Vec<u8>,
    version: u64,
    /// Where what it has made can be found.
    location: Option<String>,
}

#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    version: u64,
    position: u64,
}

/// The answer to a command that was carried out.
pub(crate) fn ok<T: Serialize>(outcome: &Outcome<T>) -> Reply {
    reply(StatusCode::OK, outcome, None)
}

/// The same, for a command that has made something that can be found at `location`.
pub(crate) fn created<T: Serialize>(outcome: &Outcome<T>, location: &str) -> Reply {
    reply(StatusCode::CREATED, outcome, Some(location.to_owned()))
}

fn reply<T: Serialize>(status: StatusCode, outcome: &Outcome<T>, location: Option<String>) -> Reply {
    let body = Body { answer: &outcome.answer, version: outcome.version, position: outcome.position };
    let body = serde_json::to_vec(&body).expect("answers have text keys and finite numbers only");
    Reply { status, repeated: outcome.repeated, body, version: outcome.version, location }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header(ContentType::json()).insert_header((ETAG, format!("\"{}\"", self.version)));
        if self.repeated {
            response.insert_header((IDEMPOTENT_REPLAY, HeaderValue::from_static("true")));
        }
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        response.body(self.body)
    }
}
