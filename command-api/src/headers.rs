use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, IF_MATCH};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures::future::{Ready, ready};
use http_edge::{CorrelationId, Principal, Problem};
use schemas::Origin;
use uuid::Uuid;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_KEY_LENGTH: usize = 255;

/// What every command takes beside its body.
#[derive(Debug, Clone)]
pub(crate) struct Headers {
    pub(crate) principal: Principal,
    /// `Idempotency-Key`: a repeated request has the same one.
    pub(crate) idempotency_key: Option<String>,
    /// `If-Match`: the version that the sender has seen.
    pub(crate) if_match: Option<u64>,
    /// The conversation that this belongs to: `X-Correlation-Id`, or else what [`observe_request`] made of the request.
    ///
    /// [`observe_request`]: http_edge::observe_request
    pub(crate) correlation_id: Option<Uuid>,
    /// The channel it came through.
    pub(crate) origin: Origin,
    pub(crate) method: String,
    pub(crate) path: String,
}

impl FromRequest for Headers {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let principal = Principal::from_request(request, payload).into_inner();
        ready(principal.and_then(|principal| read(request, principal)))
    }
}

fn read(request: &HttpRequest, principal: Principal) -> Result<Headers, Problem> {
    Ok(Headers {
        principal,
        idempotency_key: text(request, &IDEMPOTENCY_KEY)?.map(idempotency_key).transpose()?,
        if_match: text(request, &IF_MATCH)?.map(version).transpose()?.flatten(),
        correlation_id: correlation_id(request)?,
        origin: Origin::Api,
        method: request.method().to_string(),
        path: request.path().to_owned(),
    })
}

fn correlation_id(request: &HttpRequest) -> Result<Option<Uuid>, Problem> {
    if let Some(id) = text(request, &CORRELATION_ID)? {
        let id = Uuid::parse_str(id);
        return id.map(Some).map_err(|_| Problem::malformed("X-Correlation-Id", "must be a UUID"));
    }
    // What middleware cannot read it passes over, and here it is the caller's mistake.
    text(request, &REQUEST_ID)?;
    Ok(request.extensions().get().map(|CorrelationId(id)| *id))
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = request.headers().get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed(name.as_str(), "may be given once"));
    }
    let value = value.to_str().map_err(|_| Problem::malformed(name.as_str(), "must be plain ASCII text"))?;
    Ok(Some(value.trim()))
}

fn idempotency_key(key: &str) -> Result<String, Problem> {
    check_key("Idempotency-Key", key)?;
    Ok(key.to_owned())
}

/// Refuses what is no idempotency key; `name` is that of the header that it was in.
pub(crate) fn check_key(name: &str, key: &str) -> Result<(), Problem> {
    if (1..=MAX_KEY_LENGTH).contains(&key.len()) {
        Ok(())
    } else {
        Err(Problem::malformed(name, format!("must have 1 to {MAX_KEY_LENGTH} characters")))
    }
}

/// An entity tag as the answers give it, `"57"`; `*` asks for nothing more than that there is something.
fn version(tag: &str) -> Result<Option<u64>, Problem> {
    if tag == "*" {
        return Ok(None);
    }
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|tag| tag.parse().ok())
        .map(Some)
        .ok_or_else(|| Problem::malformed("If-Match", "must be a version in quotes, such as \"57\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_quoted_numbers() {
        assert_eq!(version("\"57\""), Ok(Some(57)));
        assert_eq!(version("*"), Ok(None));
        for bad in ["57", "\"x\"", "W/\"57\"", "\"\"", "\"-1\"", ""] {
            assert!(version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_have_a_length() {
        assert!(idempotency_key("k").is_ok());
        assert!(idempotency_key(&"k".repeat(255)).is_ok());
        assert!(idempotency_key("").is_err());
        assert!(idempotency_key(&"k".repeat(256)).is_err());
    }
}
