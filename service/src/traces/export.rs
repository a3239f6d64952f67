use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use metrics::{counter, describe_counter};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;

use super::TraceSettings;

/// Describes the metrics of spans. Called once the recorder is installed, which is after the first spans.
pub(super) fn describe() {
    describe_counter!("trace_spans_exported_total", "Spans that the collector accepted.");
    describe_counter!(
        "trace_spans_dropped_total",
        "Spans that the collector did not accept, or for which the queue was full."
    );
    for name in ["trace_spans_exported_total", "trace_spans_dropped_total"] {
        counter!(name).increment(0);
    }
}

/// The number of waiting spans, and whether their loss has been logged.
#[derive(Debug)]
pub(super) struct Queue {
    max: usize,
    waiting: AtomicUsize,
    is_told: AtomicBool,
}

impl Queue {
    pub(super) fn new(max: usize) -> Self {
        Self { max, waiting: AtomicUsize::new(0), is_told: AtomicBool::new(false) }
    }

    /// Takes a place in the queue, if there is one.
    pub(super) fn enter(&self) -> bool {
        let taken = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
            (waiting < self.max).then_some(waiting + 1)
        });
        if taken.is_err() {
            self.dropped(1, "the queue is full");
        }
        taken.is_ok()
    }

    fn leave(&self, spans: usize) {
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
    }

    fn exported(&self, spans: usize) {
        counter!("trace_spans_exported_total").increment(spans as u64);
        if self.is_told.swap(false, Ordering::Relaxed) {
            tracing::info!("the collector accepts spans again");
        }
    }

    /// Logs once, until spans are accepted again.
    fn dropped(&self, spans: usize, why: &str) {
        counter!("trace_spans_dropped_total").increment(spans as u64);
        if !self.is_told.swap(true, Ordering::Relaxed) {
            tracing::warn!("spans do not reach the collector and are dropped: {why}");
        }
    }
}

/// Sends spans, and counts what becomes of them.
#[derive(Debug)]
pub(super) struct Exporter {
    otlp: opentelemetry_otlp::SpanExporter,
    queue: Arc<Queue>,
}

impl Exporter {
    /// Endpoint and headers are read from OpenTelemetry's variables.
    pub(super) fn new(
        settings: &TraceSettings,
        runtime: Handle,
        queue: Arc<Queue>,
    ) -> Result<Self, ExporterBuildError> {
        let client = Client { http: reqwest::Client::new(), timeout: settings.timeout, runtime };
        let otlp =
            opentelemetry_otlp::SpanExporter::builder().with_http().with_http_client(client).build()?;
        Ok(Self { otlp, queue })
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.otlp.export(batch).await;
        self.queue.leave(spans);
        match &result {
            Ok(()) => self.queue.exported(spans),
            Err(error) => self.queue.dropped(spans, &error.to_string()),
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}

/// The thread that exports has no runtime, so requests are sent on the process's.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    timeout: Duration,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(self.timeout);
        let http = self.http.clone();
        let answered = self.runtime.spawn(async move {
            let answer = http.execute(request).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok::<_, reqwest::Error>(response)
        });
        Ok(answered.await??)
    }
}
