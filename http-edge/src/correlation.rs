use actix_web::http::header::{HeaderMap, HeaderName};
use schemas::TraceParent;
use uuid::Uuid;

pub(crate) const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The conversation that a request belongs to, which is also its trace. A request's extensions hold it once
/// [`observe_request`](crate::observe_request) has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

/// The correlation id and the trace parent in a request's headers. A header that cannot be read counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestOrigin {
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) traceparent: Option<TraceParent>,
}

impl RequestOrigin {
    /// Takes the correlation id from `X-Correlation-Id`, or else from `traceparent`, or else from `X-Request-Id`.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let traceparent = text(headers, &TRACEPARENT).and_then(|text| text.parse::<TraceParent>().ok());
        let correlation_id = uuid(headers, &CORRELATION_ID)
            .or(traceparent.map(|traceparent| traceparent.trace_id))
            .or_else(|| uuid(headers, &REQUEST_ID));
        Self { correlation_id, traceparent }
    }
}

impl CorrelationId {
    /// A new id, for a request that names none.
    #[expect(clippy::disallowed_methods, reason = "the edge is where ids of requests are made")]
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

pub(crate) fn uuid(headers: &HeaderMap, name: &HeaderName) -> Option<Uuid> {
    text(headers, name).and_then(|text| Uuid::parse_str(text).ok())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const ONE: Uuid = Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001);

    fn origin(headers: &[(HeaderName, &str)]) -> RequestOrigin {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        RequestOrigin::of(&map)
    }

    #[test]
    fn the_correlation_id_goes_before_the_trace_and_the_trace_before_the_request_id() {
        let one = ONE.to_string();
        let traced = origin(&[(TRACEPARENT, TRACE), (REQUEST_ID, &one)]);
        assert_eq!(traced.correlation_id, Some(traced.traceparent.unwrap().trace_id));
        let both = origin(&[(TRACEPARENT, TRACE), (CORRELATION_ID, &one)]);
        assert_eq!((both.correlation_id, both.traceparent), (Some(ONE), traced.traceparent));
        assert_eq!(origin(&[(REQUEST_ID, &one)]).correlation_id, Some(ONE));
    }

    #[test]
    fn what_cannot_be_read_counts_as_not_said() {
        let nothing = RequestOrigin { correlation_id: None, traceparent: None };
        assert_eq!(origin(&[]), nothing);
        assert_eq!(origin(&[(TRACEPARENT, "00-1-2-3"), (CORRELATION_ID, "7"), (REQUEST_ID, "x")]), nothing);
        assert_eq!(origin(&[(TRACEPARENT, TRACE), (TRACEPARENT, TRACE)]), nothing);
    }
}
