use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::process_metrics;

/// In seconds, from a cached answer to a request that timed out.
const DURATION_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Sizes of batches.
const SIZE_BUCKETS: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0];

/// How often recorded durations are aggregated, scraped or not: until then each is kept by itself.
const UPKEEP: Duration = Duration::from_secs(5);

/// The metrics of the process, as Prometheus text. `docs/metrics.md` explains each.
#[derive(Clone)]
pub struct Metrics {
    handle: Arc<PrometheusHandle>,
    gauges: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl Metrics {
    /// Installs the process's recorder; fails if there is one already. Metrics must be described after this.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), DURATION_BUCKETS)?
            .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZE_BUCKETS)?
            .install_recorder()?;
        let handle = Arc::new(handle);
        keep_up(Arc::downgrade(&handle));
        process_metrics::describe();
        #[cfg(feature = "traces")]
        crate::traces::describe();
        describe_gauge!("citas_build_info", "The running release, as a label; always 1.");
        gauge!("citas_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self { handle, gauges: Vec::new() })
    }

    /// Adds a function that sets gauges at every scrape; it must return at once, without IO.
    #[must_use]
    pub fn setting(mut self, set: impl Fn() + Send + Sync + 'static) -> Self {
        self.gauges.push(Arc::new(set));
        self
    }

    /// All metrics, in the text exposition format.
    pub fn render(&self) -> String {
        process_metrics::collect();
        self.gauges.iter().for_each(|set| set());
        self.handle.run_upkeep();
        self.handle.render()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Aggregates on a thread of its own, as there may be no runtime. It ends with the metrics.
fn keep_up(handle: Weak<PrometheusHandle>) {
    let upkeep = move || {
        while let Some(handle) = handle.upgrade() {
            handle.run_upkeep();
            drop(handle);
            std::thread::sleep(UPKEEP);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("metrics".to_owned()).spawn(upkeep) {
        tracing::warn!(%error, "metrics are aggregated only when they are scraped");
    }
}
