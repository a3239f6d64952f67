use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks,
    SpanProcessor as _,
};
use schemas::TraceParent;
use schemas::trace::Sampling;
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::export::Queue;
use super::fields::Fields;

/// The crates whose spans are exported; those of libraries are not.
const OURS: &[&str] = &[
    "command_api",
    "event_store",
    "http_edge",
    "operation",
    "projector",
    "query_api",
    "reactor",
    "read_model",
    "service",
];

/// Turns spans into what OpenTelemetry calls so, by what their fields say.
///
/// A span without a `correlation_id`, its own or its parent's, is in no trace. A span whose trace is not kept costs
/// no more than finding that out.
pub(crate) struct Layer {
    processor: Arc<BatchSpanProcessor>,
    queue: Arc<Queue>,
    sampling: Sampling,
    scope: InstrumentationScope,
}

/// A span that is open; it is exported once it is closed.
struct Open {
    trace_id: Uuid,
    span_id: SpanId,
    parent: Option<Parent>,
    links: Vec<Link>,
    started_at: SystemTime,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Parent {
    span_id: SpanId,
    is_remote: bool,
}

impl Layer {
    pub(super) fn new(processor: Arc<BatchSpanProcessor>, queue: Arc<Queue>, sampling: Sampling) -> Self {
        let scope = InstrumentationScope::builder("citas").with_version(env!("CARGO_PKG_VERSION")).build();
        Self { processor, queue, sampling, scope }
    }

    /// Which spans it exports.
    pub(crate) fn takes(metadata: &Metadata<'_>) -> bool {
        let name = metadata.target().split("::").next().unwrap_or_default();
        metadata.is_span() && OURS.contains(&name)
    }

    fn open(&self, fields: Fields, above: Option<(Uuid, SpanId)>) -> Option<Open> {
        let inherited = above.map(|(trace_id, _)| trace_id);
        let named = fields.trace_id.or(fields.traceparent.map(|parent| parent.trace_id));
        let trace_id = named.or(inherited).filter(|trace_id| self.sampling.keeps(*trace_id))?;
        if trace_id.is_nil() {
            return None;
        }
        let mut links = Vec::new();
        let mut parent = None;
        if let Some(told) = fields.traceparent {
            let told_id = SpanId::from(told.span_id);
            if told.trace_id == trace_id {
                parent = Some(Parent { span_id: told_id, is_remote: true });
            } else {
                links.push(Link::with_context(remote(&told)));
            }
        }
        if let Some((_, span_id)) = above.filter(|(above, _)| *above == trace_id) {
            parent = Some(Parent { span_id, is_remote: false });
        }
        let span_id = RandomIdGenerator::default().new_span_id();
        Some(Open { trace_id, span_id, parent, links, started_at: now(), fields })
    }

    fn close(&self, name: &'static str, open: Open) -> SpanData {
        let Open { trace_id, span_id, parent, links, started_at, fields } = open;
        let span_id = fields.span_id.map_or(span_id, SpanId::from);
        let (trace_id, flags) = (TraceId::from(trace_id.as_u128()), TraceFlags::SAMPLED);
        let mut span_links = SpanLinks::default();
        span_links.links = links;
        SpanData {
            span_context: SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE),
            parent_span_id: parent.map_or(SpanId::INVALID, |parent| parent.span_id),
            parent_span_is_remote: parent.is_some_and(|parent| parent.is_remote),
            span_kind: fields.kind.unwrap_or(SpanKind::Internal),
            name: fields.name.map_or(name.into(), Into::into),
            start_time: started_at,
            end_time: now(),
            attributes: fields.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: span_links,
            status: fields.status.unwrap_or(Status::Unset),
            instrumentation_scope: self.scope.clone(),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Layer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Open>().map(|open| (open.trace_id, open.span_id))
        });
        if let Some(open) = self.open(fields, above) {
            span.extensions_mut().insert(open);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let open = span.extensions_mut().remove::<Open>();
        if let Some(open) = open.filter(|_| self.queue.enter()) {
            self.processor.on_end(self.close(span.name(), open));
        }
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").field("sampling", &self.sampling).finish_non_exhaustive()
    }
}

fn remote(told: &TraceParent) -> SpanContext {
    let flags = if told.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace_id, span_id) = (TraceId::from(told.trace_id.as_u128()), SpanId::from(told.span_id));
    SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the times of a span are read where it is exported, and nowhere else"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
