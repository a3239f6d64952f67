//! Exports spans to an OpenTelemetry collector, if one is configured.
//!
//! The crates of Citas make spans with `tracing` alone. The spans' fields have the ids, which every process derives
//! alike, as [`schemas::TraceParent`] does. So [`Layer`] makes the exporter's input itself, and no tracer of
//! OpenTelemetry chooses ids or samples.
//!
//! Spans that cannot be sent are dropped: no request and no batch ever waits for a collector.

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

/// Which traces this process keeps; none if there is no collector.
pub fn sampling() -> Sampling {
    SAMPLING.get().copied().unwrap_or(Sampling::NONE)
}

/// Describes the metrics of spans. Called once the recorder is installed.
pub(crate) fn describe() {
    if SAMPLING.get().is_some() {
        export::describe();
    }
}

/// Runs a job, with logs from its beginning, and spans exported if a collector is configured, whatever is logged.
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

/// How long sending the last spans may take when the process stops.
const GRACE: Duration = Duration::from_secs(2);

/// The export of spans. Waiting spans are sent when it stops.
#[derive(Debug)]
struct Traces {
    processor: Arc<BatchSpanProcessor>,
    queue: Arc<Queue>,
    sampling: Sampling,
}

impl Traces {
    /// As configured in the environment; none if no collector is.
    fn configured(runtime: &Handle) -> Result<Option<Self>> {
        let Some(settings) = TraceSettings::read(|name| std::env::var(name).ok())? else { return Ok(None) };
        SAMPLING.get_or_init(|| settings.sampling);
        Self::start(&settings, runtime).map(Some)
    }

    /// Does not connect before there is a span. Sends on the runtime.
    fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Self> {
        let queue = Arc::new(Queue::new(settings.max_waiting));
        let exporter = Exporter::new(settings, runtime.clone(), Arc::clone(&queue));
        let exporter = exporter.context("the OTLP exporter cannot be set up")?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        processor.set_resource(&settings.resource());
        Ok(Self { processor: Arc::new(processor), queue, sampling: settings.sampling })
    }

    /// The layer that receives spans.
    fn layer(&self) -> BesideLogs {
        let spans = FilterFn::new(Layer::takes).with_max_level_hint(LevelFilter::DEBUG);
        let layer = Layer::new(Arc::clone(&self.processor), Arc::clone(&self.queue), self.sampling);
        layer.with_filter(spans).boxed()
    }

    /// Sends the waiting spans, or gives up after a grace period. Blocks the thread.
    fn stop(&self) {
        if self.processor.shutdown_with_timeout(GRACE).is_err() {
            tracing::warn!("the last spans did not reach the collector");
        }
    }
}
