use std::time::Duration;

use anyhow::{Result, bail};
use opentelemetry_sdk::Resource;
use schemas::trace::Sampling;

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];

/// The defaults of OpenTelemetry.
const DEFAULT_TIMEOUT_MS: u64 = 10_000;
const DEFAULT_MAX_WAITING: usize = 2_048;

/// What a service's `--help` says of traces.
pub(crate) const HELP: &str = "\
Traces are sent by OTLP over HTTP to the collector in OTEL_EXPORTER_OTLP_ENDPOINT, such as
http://collector:4318; without it there are none. OTEL_SERVICE_NAME names the service in them,
OTEL_TRACES_SAMPLER=traceidratio and OTEL_TRACES_SAMPLER_ARG=0.1 keep a tenth of the traces: set both
alike in every service. RUST_LOG adds to what is logged.";

/// Where spans go, from OpenTelemetry's own environment variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceSettings {
    pub(crate) sampling: Sampling,
    /// The timeout of one request to the collector.
    pub(super) timeout: Duration,
    /// The most waiting spans; further ones are dropped.
    pub(super) max_waiting: usize,
    /// None if OpenTelemetry's own variable names it.
    service_name: Option<String>,
}

impl TraceSettings {
    /// None if no collector is named, or traces are switched off.
    pub(crate) fn read(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let read = |name: &str| read(name).filter(|value| !value.trim().is_empty());
        let first = |names: [&str; 2]| names.into_iter().find_map(read);
        let is_off = read("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"))
            || read("OTEL_TRACES_EXPORTER").is_some_and(|exporter| exporter == "none");
        if is_off || first(ENDPOINTS).is_none() {
            return Ok(None);
        }
        if let Some(protocol) = first(PROTOCOLS).filter(|protocol| protocol != "http/protobuf") {
            bail!("OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, but only http/protobuf is supported");
        }
        let sampler = read("OTEL_TRACES_SAMPLER");
        Ok(Some(Self {
            sampling: sampling(sampler.as_deref(), read("OTEL_TRACES_SAMPLER_ARG").as_deref())?,
            timeout: Duration::from_millis(number(
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                first(TIMEOUTS),
                DEFAULT_TIMEOUT_MS,
            )?),
            max_waiting: number(
                "OTEL_BSP_MAX_QUEUE_SIZE",
                read("OTEL_BSP_MAX_QUEUE_SIZE"),
                DEFAULT_MAX_WAITING,
            )?,
            service_name: read("OTEL_SERVICE_NAME").is_none().then(program),
        }))
    }

    /// The resource that the spans belong to, with `OTEL_RESOURCE_ATTRIBUTES`.
    pub(super) fn resource(&self) -> Resource {
        let resource = Resource::builder();
        match &self.service_name {
            Some(name) => resource.with_service_name(name.clone()).build(),
            None => resource.build(),
        }
    }
}

/// The caller's own decision is ignored, because events do not carry it to the next process.
fn sampling(sampler: Option<&str>, argument: Option<&str>) -> Result<Sampling> {
    let sampler = sampler.unwrap_or("parentbased_always_on");
    match sampler.strip_prefix("parentbased_").unwrap_or(sampler) {
        "always_on" => Ok(Sampling::ALL),
        "always_off" => Ok(Sampling::NONE),
        "traceidratio" => {
            let ratio = argument.map_or(Some(1.0), |argument| argument.trim().parse().ok());
            match ratio.and_then(Sampling::ratio) {
                Some(sampling) => Ok(sampling),
                None => bail!("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, such as 0.1"),
            }
        }
        _ => bail!(
            "OTEL_TRACES_SAMPLER is {sampler}; it must be always_on, always_off or traceidratio, \
             with or without parentbased_ before it"
        ),
    }
}

fn number<N: std::str::FromStr>(name: &str, text: Option<String>, default: N) -> Result<N> {
    match text.map(|text| text.trim().parse()) {
        None => Ok(default),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => bail!("{name} must be a whole number"),
    }
}

/// `citas-` and the name of the program.
fn program() -> String {
    let program = std::env::args_os().next().map(std::path::PathBuf::from);
    let name = program.as_deref().and_then(|program| program.file_stem()?.to_str());
    format!("citas-{}", name.unwrap_or("service"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<TraceSettings>> {
        TraceSettings::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const COLLECTOR: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

    #[test]
    fn without_a_collector_there_are_no_traces() {
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[("OTEL_SERVICE_NAME", "x"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "")]).unwrap(), None);
        assert_eq!(read(&[COLLECTOR, ("OTEL_SDK_DISABLED", "true")]).unwrap(), None);
        assert_eq!(read(&[COLLECTOR, ("OTEL_TRACES_EXPORTER", "none")]).unwrap(), None);
        assert_eq!(read(&[COLLECTOR]).unwrap().unwrap().sampling, Sampling::ALL);
    }

    #[test]
    fn the_samplers_of_opentelemetry_are_understood() {
        let sampled = |sampler: &str, argument: &str| {
            let set = [COLLECTOR, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)];
            read(&set).map(|read| read.unwrap().sampling)
        };
        assert_eq!(sampled("always_off", "").unwrap(), Sampling::NONE);
        assert_eq!(sampled("parentbased_traceidratio", "0.25").ok(), Sampling::ratio(0.25));
        assert_eq!(sampled("traceidratio", "").unwrap(), Sampling::ALL);
        for (sampler, argument) in [("traceidratio", "2"), ("traceidratio", "a tenth"), ("jaeger_remote", "")]
        {
            let error = sampled(sampler, argument).unwrap_err().to_string();
            assert!(error.contains("OTEL_TRACES_SAMPLER"), "{error}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused() {
        let error = read(&[COLLECTOR, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).unwrap_err().to_string();
        assert!(error.contains("grpc") && error.contains("http/protobuf"), "{error}");
        assert!(read(&[COLLECTOR, ("OTEL_BSP_MAX_QUEUE_SIZE", "many")]).is_err());
    }
}
