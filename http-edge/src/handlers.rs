//! One handler for all commands and one for all queries: they read the HTTP request, call the operation, and write
//! the response.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, ContentType, ETAG, HeaderName, HeaderValue, LOCATION,
};
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures::StreamExt as _;
use operation::{Accepted, Code, Command, Found, MAX_BODY_BYTES, Problem, Query, QueryCall, ask, carry_out};
use operation::{read_json, read_query, read_target};
use schemas::IfMatch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::HttpProblem;
use crate::auth::authenticate;
use crate::delivery::delivery;
use crate::preconditions::{Tag, if_match, known_answers};

const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
const X_POSITION: HeaderName = HeaderName::from_static("x-position");

/// How long a body may take to arrive. Each connection that waits for one takes a descriptor.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an operation may take. Each has limits of its own for what it waits for; this one is for all of them together.
const OPERATION_TIMEOUT: Duration = Duration::from_mins(1);

/// The location of what a command has created.
pub(crate) type LocationOf<C> =
    fn(&<C as operation::Operation>::Target, &<C as operation::Operation>::Answer) -> String;

/// Carries a command out. A dry run has created nothing, so its answer has no location and no tag.
pub(crate) async fn command<C: Command>(
    request: HttpRequest,
    payload: Payload,
    location: Option<LocationOf<C>>,
) -> Result<HttpResponse, HttpProblem> {
    let delivery = delivery(&request, authenticate(&request)?)?;
    let api = api::<C::Api>(&request)?;
    let target: C::Target = target(&request)?;
    let content: C::Request = read_json(&body(&request, payload).await?)?;
    let dry_run = delivery.dry_run;
    let of_target = location.map(|_| target.clone());
    let carried_out = timeout(OPERATION_TIMEOUT, carry_out::<C>(&api, delivery, target, content));
    let accepted = carried_out.await.unwrap_or_else(|_| Err(unknown_outcome()))?;
    if dry_run {
        return Ok(json(HttpResponse::Ok(), accepted_json(&accepted)));
    }
    let mut response = if C::CREATES { HttpResponse::Created() } else { HttpResponse::Ok() };
    if let (Some(location), Some(target)) = (location, of_target) {
        response.insert_header((LOCATION, location(&target, &accepted.answer)));
    }
    Ok(accept(response, &accepted))
}

/// Answers a query. The answer may contain personal data, so it must not be cached but by its caller, who is told by its tag
/// when it is still the same.
pub(crate) async fn query<Q: Query>(request: HttpRequest) -> Result<HttpResponse, HttpProblem> {
    let actor = authenticate(&request)?;
    let (expected, known) = (if_match(request.headers())?, known_answers(request.headers())?);
    let api = api::<Q::Api>(&request)?;
    let target: Q::Target = target(&request)?;
    let (min_position, content) = read_query::<Q::Request>(request.query_string())?;
    let call = QueryCall { actor, min_position };
    let asked = timeout(OPERATION_TIMEOUT, ask::<Q>(&api, call, target, content));
    let Found { answer, position, version } = asked.await.unwrap_or_else(|_| Err(overloaded()))?;
    // What has no version of its own is there, and no version names it.
    let is_named =
        |condition: &IfMatch| version.map_or(*condition == IfMatch::Any, |version| condition.names(version));
    if expected.as_ref().is_some_and(|expected| !is_named(expected)) {
        return Err(HttpProblem(stale(version)));
    }
    let tag = version.map_or_else(|| Tag::of_digest(answer.digest()), Tag::of_version);
    let is_known = known.is_some_and(|known| known.have(&tag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((X_POSITION, position)).insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((ETAG, tag.header()));
    Ok(if is_known { response.finish() } else { json(response, answer.into_json()) })
}

fn accept<T: Serialize>(mut response: HttpResponseBuilder, accepted: &Accepted<T>) -> HttpResponse {
    response.insert_header((ETAG, Tag::of_version(accepted.version).header()));
    if accepted.repeated {
        response.insert_header((IDEMPOTENT_REPLAY, HeaderValue::from_static("true")));
    }
    json(response, accepted_json(accepted))
}

fn accepted_json<T: Serialize>(accepted: &Accepted<T>) -> Vec<u8> {
    serde_json::to_vec(accepted).expect("answers have text keys and finite numbers only")
}

fn json(mut response: HttpResponseBuilder, answer: impl Into<Bytes>) -> HttpResponse {
    response.insert_header(ContentType::json()).body(answer.into())
}

fn api<Api: Send + Sync + 'static>(request: &HttpRequest) -> Result<Arc<Api>, Problem> {
    request.app_data::<Data<Api>>().map(|api| Arc::clone(api)).ok_or_else(|| {
        Problem::new(
            Code::Internal,
            "The service was started without one of its parts, which its operator has to correct.",
        )
    })
}

fn target<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let members: Vec<(&str, &str)> = request.match_info().iter().collect();
    read_target(&members)
}

fn stale(version: Option<u64>) -> Problem {
    let now = version
        .map_or_else(|| "It has no version".to_owned(), |version| format!("It is at version {version} now"));
    Problem::new(Code::StaleVersion, format!("{now}, which is not what If-Match names."))
        .with("current_version", version)
}

fn too_slow() -> Problem {
    let seconds = BODY_TIMEOUT.as_secs();
    Problem::new(
        Code::RequestTimeout,
        format!("The body did not arrive within {seconds} s; nothing was done."),
    )
}

fn unknown_outcome() -> Problem {
    let seconds = OPERATION_TIMEOUT.as_secs();
    Problem::new(
        Code::OutcomeUnknown,
        format!(
            "The command took more than {seconds} s. Send it again with the same Idempotency-Key to learn what became of it."
        ),
    )
}

fn overloaded() -> Problem {
    let seconds = OPERATION_TIMEOUT.as_secs();
    Problem::new(
        Code::Overloaded,
        format!("The answer took more than {seconds} s to find; try again in a moment."),
    )
}

/// Reads the whole body, up to the size limit and for as long as it may take.
async fn body(request: &HttpRequest, payload: Payload) -> Result<BytesMut, Problem> {
    timeout(BODY_TIMEOUT, whole_body(request, payload)).await.unwrap_or_else(|_| Err(too_slow()))
}

async fn whole_body(request: &HttpRequest, mut payload: Payload) -> Result<BytesMut, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
    if announced > MAX_BODY_BYTES {
        return Err(Problem::too_large(MAX_BODY_BYTES));
    }
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::malformed("", format!("The body broke off: {error}.")))?;
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Problem::too_large(MAX_BODY_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use actix_web::FromRequest as _;
    use actix_web::dev::Payload as Incoming;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use futures::stream;
    use tokio::time::Instant;

    use super::*;

    /// A body of which a byte comes every two seconds, for ever.
    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_to_its_end_is_given_up() {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Some((Ok::<_, PayloadError>(Bytes::from_static(b" ")), ()))
        });
        let request = TestRequest::default().to_http_request();
        let mut incoming = Incoming::from(Box::pin(drops) as actix_http::BoxedPayloadStream);
        let payload = Payload::from_request(&request, &mut incoming).await.unwrap();
        let began = Instant::now();
        assert_eq!(body(&request, payload).await.unwrap_err().code(), Code::RequestTimeout);
        assert_eq!(began.elapsed(), BODY_TIMEOUT);
    }
}
