//! Spans told to an OpenTelemetry collector, if one is configured.
//!
//! The crates of Citas make spans with `tracing` alone, and say in their fields where those belong: the ids are ours, as
//! [`schemas::TraceParent`] has them, and every process derives the same. So [`Layer`] fills in what the exporter takes,
//! and no tracer is asked to make ids up or to decide what is kept.
//!
//! What cannot be sent is dropped: no request and no batch ever waits for a collector.

mod export;
mod fields;
mod layer;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanProcessor as _};
use schemas::trace::Sampling;
use tokio::runtime::Handle;

use export::{Exporter, Queue};

pub(crate) use layer::Layer;
pub(crate) use settings::{HELP, TraceSettings};

/// Says what is counted of spans, once there is somebody to count.
pub(crate) fn describe() {
    export::describe();
}

/// How long the last spans may take on their way when the process stops.
const GRACE: Duration = Duration::from_secs(2);

/// What tells a collector of spans. Those that wait are sent when it ends.
#[derive(Debug)]
pub(crate) struct Traces {
    processor: Arc<BatchSpanProcessor>,
    queue: Arc<Queue>,
    sampling: Sampling,
}

impl Traces {
    /// Connects to nobody before there is a span. Sends on the runtime.
    pub(crate) fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Self> {
        let queue = Arc::new(Queue::new(settings.max_waiting));
        let exporter = Exporter::new(settings, runtime.clone(), Arc::clone(&queue));
        let exporter = exporter.context("the OTLP exporter cannot be set up")?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        processor.set_resource(&settings.resource());
        Ok(Self { processor: Arc::new(processor), queue, sampling: settings.sampling })
    }

    /// What fills it.
    pub(crate) fn layer(&self) -> Layer {
        Layer::new(Arc::clone(&self.processor), Arc::clone(&self.queue), self.sampling)
    }

    /// Sends what waits, or gives up. Blocks the thread.
    pub(crate) fn stop(&self) {
        if self.processor.shutdown_with_timeout(GRACE).is_err() {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}
