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

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanProcessor as _};
use schemas::trace::Sampling;
use tokio::runtime::{Handle, Runtime};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterFn, LevelFilter};

use export::{Exporter, Queue};
use layer::Layer;
use settings::TraceSettings;

use crate::log::BesideLogs;

#[cfg(feature = "config-file")]
pub(crate) use settings::HELP;

static SAMPLING: OnceLock<Sampling> = OnceLock::new();

/// Which traces this process keeps; none where none are told to anybody.
pub fn sampling() -> Sampling {
    SAMPLING.get().copied().unwrap_or(Sampling::NONE)
}

/// Says what is counted of spans, once there is somebody to count.
pub(crate) fn describe() {
    if SAMPLING.get().is_some() {
        export::describe();
    }
}

/// Has logs from its beginning, and spans told to the collector if one is configured, whatever is logged.
pub(crate) fn block_on<T>(runtime: &Runtime, job: impl Future<Output = Result<T>>) -> Result<T> {
    let traces = Traces::configured(runtime.handle());
    crate::log::start(traces.as_ref().ok().and_then(Option::as_ref).map(Traces::layer));
    let traces = traces?;
    let ended = runtime.block_on(job);
    if let Some(traces) = traces {
        traces.stop();
    }
    ended
}

/// How long the last spans may take on their way when the process stops.
const GRACE: Duration = Duration::from_secs(2);

/// What tells a collector of spans. Those that wait are sent when it ends.
#[derive(Debug)]
struct Traces {
    processor: Arc<BatchSpanProcessor>,
    queue: Arc<Queue>,
    sampling: Sampling,
}

impl Traces {
    /// As the environment says.
    fn configured(runtime: &Handle) -> Result<Option<Self>> {
        let Some(settings) = TraceSettings::read(|name| std::env::var(name).ok())? else { return Ok(None) };
        SAMPLING.get_or_init(|| settings.sampling);
        Self::start(&settings, runtime).map(Some)
    }

    /// Connects to nobody before there is a span. Sends on the runtime.
    fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Self> {
        let queue = Arc::new(Queue::new(settings.max_waiting));
        let exporter = Exporter::new(settings, runtime.clone(), Arc::clone(&queue));
        let exporter = exporter.context("the OTLP exporter cannot be set up")?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        processor.set_resource(&settings.resource());
        Ok(Self { processor: Arc::new(processor), queue, sampling: settings.sampling })
    }

    /// What fills it.
    fn layer(&self) -> BesideLogs {
        let spans = FilterFn::new(Layer::takes).with_max_level_hint(LevelFilter::DEBUG);
        let layer = Layer::new(Arc::clone(&self.processor), Arc::clone(&self.queue), self.sampling);
        layer.with_filter(spans).boxed()
    }

    /// Sends what waits, or gives up. Blocks the thread.
    fn stop(&self) {
        if self.processor.shutdown_with_timeout(GRACE).is_err() {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}
