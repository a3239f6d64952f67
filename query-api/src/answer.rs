use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType, ETAG, HeaderName};
use actix_web::web::Bytes;
use http_edge::Problem;
use read_model::{Answer, QueryError};
use serde::Serialize;

use crate::refusal::{behind, reading_the_past, refused};
use crate::service::QueryApi;

/// How long a request waits for the projection.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Most answers are no larger, so most are written without being moved.
const USUAL_BYTES: usize = 16 * 1024;

const X_POSITION: HeaderName = HeaderName::from_static("x-position");

impl QueryApi {
    /// Waits until answers are as new as the caller asks for. Until the past has been read once, nothing is answered: of
    /// much that there is it would be said that it does not exist.
    pub(crate) async fn wait_for(&self, min_position: u64) -> Result<(), Problem> {
        if self.read_model.is_reading_the_past() {
            return Err(reading_the_past());
        }
        self.read_model.wait_for(min_position, MAX_WAIT).await.map_err(behind)
    }
}

/// The value as JSON, with how much of the log it knows. It may have personal data in it, so nobody keeps a copy.
pub(crate) fn answer<T: Serialize>(answer: Result<Answer<T>, QueryError>) -> Result<HttpResponse, Problem> {
    let Answer { position, value } = answer.map_err(refused)?;
    Ok(ready_made(position, json(&value)))
}

/// An answer as JSON already.
pub(crate) fn ready_made(position: u64, body: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((X_POSITION, position))
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type(ContentType::json())
        .body(body)
}

pub(crate) fn json(value: &impl Serialize) -> Bytes {
    let mut body = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut body, value).expect("answers have text for keys");
    body.into()
}

/// The same with the version of what is shown, by which a command can be made conditional.
pub(crate) fn versioned<T: Serialize>(
    found: Result<Answer<T>, QueryError>,
    version: impl Fn(&T) -> u64,
) -> Result<HttpResponse, Problem> {
    let etag = found.as_ref().map(|found| format!("\"{}\"", version(&found.value))).unwrap_or_default();
    let mut response = answer(found)?;
    response.headers_mut().insert(ETAG, etag.parse().expect("a number in quotes is a header value"));
    Ok(response)
}
