//! The spans of projecting and relaying events, in the traces of the commands that led to them.
//!
//! A batch belongs to the traces of all its commands. One span with links to them all would be usual, but would show
//! in none of their trees; so each command has a span of its own, as long as the batch, below the span of its append.
//! Without a collector no spans are made, and spans of traces that are not kept cost next to nothing.

use read_model::ProjectedEvent;
use schemas::{CommandId, TraceParent};
use tracing::Span;
use tracing::level_filters::LevelFilter;

/// The span of one event that is relayed.
#[cfg(feature = "kafka")]
pub(crate) fn relaying(metadata: &schemas::Metadata, position: u64, topic: &str) -> Span {
    if LevelFilter::current() < LevelFilter::DEBUG {
        return Span::none();
    }
    let parent = TraceParent::of(metadata, true);
    tracing::debug_span!(
        parent: None,
        "relay",
        correlation_id = %metadata.correlation_id,
        traceparent = parent.map(tracing::field::display),
        otel.kind = "producer",
        command_id = %metadata.command_id,
        position,
        messaging.system = "kafka",
        messaging.destination.name = topic,
    )
}

/// The spans of the commands whose events are being applied.
pub(crate) struct BatchSpan(Vec<Span>);

impl BatchSpan {
    pub(crate) fn begin(events: &[ProjectedEvent]) -> Self {
        if LevelFilter::current() < LevelFilter::DEBUG {
            return Self(Vec::new());
        }
        let mut spans = Vec::new();
        let mut last: Option<CommandId> = None;
        // The events of a command are adjacent, as they were appended together.
        for event in events {
            let metadata = &event.metadata;
            if last.replace(metadata.command_id) == Some(metadata.command_id) {
                continue;
            }
            let Some(parent) = TraceParent::of(metadata, true) else { continue };
            spans.push(tracing::debug_span!(
                parent: None,
                "project",
                correlation_id = %metadata.correlation_id,
                traceparent = %parent,
                otel.kind = "consumer",
                command_id = %metadata.command_id,
                position = event.position,
                batch_size = events.len(),
                error = tracing::field::Empty,
            ));
        }
        Self(spans)
    }

    pub(crate) fn failed(&self, why: &str) {
        for span in &self.0 {
            span.record("error", why);
        }
    }
}
