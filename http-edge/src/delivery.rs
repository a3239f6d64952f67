//! Reads the headers of a command: idempotency key, expected version, correlation id.

use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpMessage as _, HttpRequest};
use operation::{Delivery, Problem, check_idempotency_key};
use schemas::{Actor, IfMatch, Origin};
use uuid::Uuid;

use crate::correlation::{CORRELATION_ID, CorrelationId, REQUEST_ID};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Reads the headers; one that cannot be understood is the caller's error.
pub(crate) fn delivery(request: &HttpRequest, actor: Actor) -> Result<Delivery, Problem> {
    Ok(Delivery {
        actor,
        origin: Origin::Api,
        correlation_id: correlation_id(request)?,
        idempotency_key: text(request, &IDEMPOTENCY_KEY)?.map(idempotency_key).transpose()?,
        if_match: text(request, &IF_MATCH)?.map(version).transpose()?,
        only_if_new: text(request, &IF_NONE_MATCH)?.map(only_if_new).transpose()?.unwrap_or(false),
    })
}

/// The command's correlation id: `X-Correlation-Id`, or else the one that [`observe_request`] chose.
///
/// [`observe_request`]: crate::observe_request
fn correlation_id(request: &HttpRequest) -> Result<Option<Uuid>, Problem> {
    if let Some(id) = text(request, &CORRELATION_ID)? {
        let id = Uuid::parse_str(id);
        return id.map(Some).map_err(|_| Problem::malformed("X-Correlation-Id", "must be a UUID"));
    }
    // The middleware ignores a header that it cannot read; here that is the caller's error.
    text(request, &REQUEST_ID)?;
    Ok(request.extensions().get().map(|CorrelationId(id)| *id))
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = request.headers().get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed(name.as_str(), "may be given only once"));
    }
    let value = value.to_str().map_err(|_| Problem::malformed(name.as_str(), "must be plain ASCII text"))?;
    Ok(Some(value.trim()))
}

fn idempotency_key(key: &str) -> Result<String, Problem> {
    check_idempotency_key("Idempotency-Key", key)?;
    Ok(key.to_owned())
}

fn only_if_new(tag: &str) -> Result<bool, Problem> {
    if tag == "*" { Ok(true) } else { Err(Problem::malformed("If-None-Match", "must be *")) }
}

/// An entity tag as responses have it, `"57"`; `*` stands for any version of what exists.
fn version(tag: &str) -> Result<IfMatch, Problem> {
    if tag == "*" {
        return Ok(IfMatch::Any);
    }
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|tag| tag.parse().ok())
        .map(IfMatch::Version)
        .ok_or_else(|| Problem::malformed("If-Match", "must be a version in quotes, such as \"57\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_quoted_numbers() {
        assert_eq!(version("\"57\""), Ok(IfMatch::Version(57)));
        assert_eq!(version("*"), Ok(IfMatch::Any));
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
