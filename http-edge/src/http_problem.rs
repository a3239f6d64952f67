//! A problem as an HTTP response.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use operation::{Code, Problem};

/// The header that a member of the delivery comes from, which is the name that the caller knows.
fn header_of(member: &str) -> Option<&'static str> {
    match member {
        "if_match" => Some("If-Match"),
        "if_none_match" => Some("If-None-Match"),
        "idempotency_key" => Some("Idempotency-Key"),
        _ => None,
    }
}

/// A problem as HTTP answers it: `application/problem+json`, with the status of its code.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpProblem(pub Problem);

impl From<Problem> for HttpProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for HttpProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for HttpProblem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code().status()).expect("codes have statuses of HTTP")
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.0.retry_after_seconds() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.0.code() == Code::RequestTimeout {
            response.force_close();
        }
        if self.0.code() == Code::Unauthenticated {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response.insert_header(ContentType(
            "application/problem+json".parse().expect("a media type of letters, a slash and a plus"),
        ));
        let mut document = self.0.to_json();
        if let Some(header) = document["field"].as_str().and_then(header_of) {
            document["field"] = header.into();
        }
        response.body(document.to_string())
    }
}
