use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use operation::{Code, Problem};

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
        if self.0.code() == Code::Unauthenticated {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response.insert_header(ContentType(
            "application/problem+json".parse().expect("a media type of letters, a slash and a plus"),
        ));
        response.body(self.0.to_json().to_string())
    }
}
