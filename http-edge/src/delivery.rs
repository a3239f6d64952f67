//! Reads what accompanies a command: idempotency key, preconditions, correlation id, and whether it is a dry run.

use actix_web::http::header::HeaderName;
use actix_web::{HttpMessage as _, HttpRequest};
use operation::{Delivery, Problem, check_idempotency_key, read_dry_run};
use schemas::{Actor, Origin};
use uuid::Uuid;

use crate::correlation::{CORRELATION_ID, CorrelationId, REQUEST_ID};
use crate::preconditions::{if_match, if_none_match};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Reads the headers; one that cannot be understood is the caller's error.
pub(crate) fn delivery(request: &HttpRequest, actor: Actor) -> Result<Delivery, Problem> {
    Ok(Delivery {
        actor,
        origin: Origin::Api,
        correlation_id: correlation_id(request)?,
        idempotency_key: text(request, &IDEMPOTENCY_KEY)?.map(idempotency_key).transpose()?,
        if_match: if_match(request.headers())?,
        if_none_match: if_none_match(request.headers())?,
        dry_run: read_dry_run(request.query_string())?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_length() {
        assert!(idempotency_key("k").is_ok());
        assert!(idempotency_key(&"k".repeat(255)).is_ok());
        assert!(idempotency_key("").is_err());
        assert!(idempotency_key(&"k".repeat(256)).is_err());
    }
}
