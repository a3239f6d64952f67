use std::fmt::Debug;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use schemas::TraceParent;
use tracing::field::{Field, Visit};
use uuid::Uuid;

/// The attributes of an OpenTelemetry span, from a span's fields.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// `correlation_id`
    pub(super) trace_id: Option<Uuid>,
    /// `traceparent`
    pub(super) traceparent: Option<TraceParent>,
    /// `span_id`
    pub(super) span_id: Option<u64>,
    /// `otel.name`
    pub(super) name: Option<String>,
    /// `otel.kind`
    pub(super) kind: Option<SpanKind>,
    /// An `error`, or an HTTP status from 500 on.
    pub(super) status: Option<Status>,
    /// Everything else.
    pub(super) attributes: Vec<KeyValue>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "trace_id" => {}
            "correlation_id" => {
                self.trace_id = Uuid::parse_str(value).ok();
                self.attributes.push(KeyValue::new("correlation_id", value.to_owned()));
            }
            "traceparent" => self.traceparent = value.parse().ok(),
            "span_id" => self.span_id = u64::from_str_radix(value, 16).ok(),
            "otel.name" => self.name = Some(value.to_owned()),
            "otel.kind" => self.kind = kind(value),
            "error" => {
                self.status = Some(Status::error(value.to_owned()));
                self.attributes.push(KeyValue::new("error.type", value.to_owned()));
            }
            name => self.attributes.push(KeyValue::new(name, value.to_owned())),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "http.response.status_code" && value >= 500 {
            self.status = Some(Status::error(format!("HTTP {value}")));
        }
        self.attributes.push(KeyValue::new(field.name(), i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    match text {
        "server" => Some(SpanKind::Server),
        "producer" => Some(SpanKind::Producer),
        "consumer" => Some(SpanKind::Consumer),
        "client" => Some(SpanKind::Client),
        _ => None,
    }
}
