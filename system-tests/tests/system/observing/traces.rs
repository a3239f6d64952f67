use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use uuid::Uuid;

use super::collector::{Collector, ReportedSpan, hex};
use super::services::{Ground, Service};

/// As good as any: each test has a collector to itself.
const ONE: Uuid = Uuid::from_u128(0x0193_5a1b_2c3d_7e4f_8a9b_0c1d_2e3f_4a5b);
const OTHER: Uuid = Uuid::from_u128(0x0193_5a1b_2c3d_7e4f_8a9b_0c1d_2e3f_4a5c);
const AGENT: &str = r#"{"name": "Ana", "time_zone": "America/Santiago"}"#;
const PUT: &str = "PUT /v1/agents/{agent_id}";
const TREE: [&str; 4] = [PUT, "decide", "append", "project"];
/// The thread that exports, as far as the system keeps its name.
const EXPORTER: &str = "OpenTelemetry.T";

fn one<'a>(spans: &'a [ReportedSpan], name: &str) -> &'a ReportedSpan {
    let mut found = spans.iter().filter(|told| told.span.name == name);
    let first = found.next().unwrap_or_else(|| panic!("{name}: {spans:#?}"));
    assert!(found.next().is_none(), "{name} twice: {spans:#?}");
    first
}

async fn traced(ground: &Ground, variables: &[(&str, &str)]) -> (Service, Service) {
    let variables = [variables, &[("OTEL_BSP_SCHEDULE_DELAY", "50")]].concat();
    let (commands, projector) =
        (ground.start("command-api", &variables), ground.start("projector", &variables));
    commands.ready().await;
    projector.ready().await;
    (commands, projector)
}

async fn put_agent(commands: &Service, agent: &str, headers: &[(&str, &str)]) {
    let (status, body) = commands.send("PUT", &format!("/v1/agents/{agent}"), headers, AGENT).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn a_command_is_one_tree_from_http_to_projection_under_its_correlation_id() {
    let (ground, collector) = (Ground::new().await, Collector::start().await);
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str())];
    let (commands, _projector) = traced(&ground, &variables).await;
    let correlation_id = ONE;
    put_agent(&commands, "7", &[("x-correlation-id", &correlation_id.to_string())]).await;

    let spans = collector.trace(&correlation_id.simple().to_string(), &TREE).await;
    let [request, decide, append, project] = TREE.map(|name| one(&spans, name));
    assert_eq!(spans.len(), 4, "{spans:#?}");
    assert_eq!((request.parent().as_str(), request.span.kind()), ("", SpanKind::Server));
    assert_eq!(request.attribute("http.response.status_code"), "200");
    assert_eq!((decide.parent(), append.parent()), (request.id(), request.id()));
    assert_eq!(decide.attribute("outcome"), "accepted");
    let command_id = append.attribute("command_id").replace('-', "");
    assert_eq!(append.id(), command_id[16..], "by which whoever reads its events knows it");
    assert_eq!((project.parent(), project.span.kind()), (append.id(), SpanKind::Consumer));
    assert_eq!(project.attribute("position"), append.attribute("position"));
    let services = [request, append, project].map(|told| told.service.as_str());
    assert_eq!(services, ["citas-command-api", "citas-command-api", "citas-projector"]);
}

#[tokio::test]
async fn a_callers_trace_is_gone_on_with() {
    let (ground, collector) = (Ground::new().await, Collector::start().await);
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()), ("OTEL_SERVICE_NAME", "ours")];
    let (commands, _projector) = traced(&ground, &variables).await;
    let (trace, span) = (ONE, "00f067aa0ba902b7");
    let traceparent = format!("00-{}-{span}-01", trace.simple());
    put_agent(&commands, "7", &[("traceparent", &traceparent)]).await;
    let spans = collector.trace(&trace.simple().to_string(), &TREE).await;
    assert_eq!(one(&spans, PUT).parent(), span);
    assert_eq!(one(&spans, "project").parent(), one(&spans, "append").id());
    assert!(spans.iter().all(|told| told.service == "ours"), "{spans:#?}");

    // Where both are given, the trace is the correlation id, and the caller's span is linked to.
    let correlation_id = OTHER;
    let both = [("traceparent", traceparent.as_str()), ("x-correlation-id", &correlation_id.to_string())];
    put_agent(&commands, "8", &both).await;
    let spans = collector.trace(&correlation_id.simple().to_string(), &TREE).await;
    let request = one(&spans, PUT);
    let [link] = &request.span.links[..] else { panic!("{request:#?}") };
    assert_eq!((request.parent().as_str(), hex(&link.span_id).as_str()), ("", span));
}

#[tokio::test]
async fn every_process_keeps_the_same_traces() {
    let (ground, collector) = (Ground::new().await, Collector::start().await);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ];
    let (commands, _projector) = traced(&ground, &variables).await;
    // Of the same form, as UUIDs have it, and different in what is compared.
    let [left_out, kept] = ["80123456789abcde", "80f23456789abcde"].map(|half| {
        let half = u64::from_str_radix(half, 16).unwrap();
        Uuid::from_u64_pair(ONE.as_u64_pair().0, half)
    });
    // The caller's flag is not obeyed: events do not carry it.
    let traceparent = format!("00-{}-00f067aa0ba902b7-01", left_out.simple());
    put_agent(&commands, "7", &[("traceparent", &traceparent)]).await;
    put_agent(&commands, "8", &[("x-correlation-id", &kept.to_string())]).await;
    collector.trace(&kept.simple().to_string(), &TREE).await;
    let left_out = left_out.simple().to_string();
    assert!(collector.told().iter().all(|told| hex(&told.span.trace_id) != left_out));
}

#[tokio::test]
async fn nothing_is_told_unless_a_collector_is_named() {
    let (ground, collector) = (Ground::new().await, Collector::start().await);
    let off = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()), ("OTEL_SDK_DISABLED", "true")];
    for variables in [&[][..], &off] {
        let (commands, projector) = traced(&ground, variables).await;
        put_agent(&commands, "7", &[]).await;
        for service in [&commands, &projector] {
            assert!(!service.threads().contains(&EXPORTER.to_owned()), "{:?}", service.threads());
        }
    }
    let on = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str())];
    let (commands, _projector) = traced(&ground, &on).await;
    assert!(commands.threads().contains(&EXPORTER.to_owned()), "{:?}", commands.threads());
    assert!(collector.told().iter().all(|told| told.service.starts_with("citas-")));
}

#[tokio::test]
async fn a_collector_that_is_not_there_disturbs_nothing() {
    let ground = Ground::new().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{nobody}");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_MAX_QUEUE_SIZE", "4")];
    let (commands, projector) = traced(&ground, &variables).await;
    for agent in 0..30 {
        put_agent(&commands, &agent.to_string(), &[]).await;
    }
    commands
        .until("/metrics", |_, metrics| {
            metrics
                .lines()
                .any(|line| line.strip_prefix("trace_spans_dropped_total ").is_some_and(|count| count != "0"))
        })
        .await;
    projector.ready().await;
    let (code, logs) = commands.stop().await;
    assert_eq!((code, logs.matches("do not reach the collector").count()), (Some(0), 1), "{logs}");
}

#[tokio::test]
async fn a_collector_that_is_silent_holds_up_no_end() {
    let (ground, mut collector) = (Ground::new().await, Collector::silent().await);
    // Longer than the test waits for anything.
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"),
    ];
    let (commands, _projector) = traced(&ground, &variables).await;
    put_agent(&commands, "7", &[]).await;
    collector.met().await;
    put_agent(&commands, "8", &[]).await;
    let (code, logs) = commands.stop().await;
    assert_eq!(code, Some(0), "{logs}");
    assert!(logs.contains("the last spans did not reach the collector"), "{logs}");
}

#[tokio::test]
async fn what_goes_wrong_with_a_command_is_logged_with_its_correlation_id() {
    let ground = Ground::new().await;
    let commands = ground.start("command-api", &[]);
    commands.ready().await;
    ground.node.shutdown().await;
    let correlation_id = ONE;
    let headers = [("x-correlation-id", correlation_id.to_string())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (status, body) = commands.send("PUT", "/v1/agents/7", &headers, AGENT).await;
    assert_eq!(status, 503, "{body}");
    let (_, logs) = commands.stop().await;
    let line = logs.lines().find(|line| line.contains(&correlation_id.to_string()));
    let line: serde_json::Value = serde_json::from_str(line.unwrap_or_else(|| panic!("{logs}"))).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["span"]["correlation_id"], correlation_id.to_string());
    assert_eq!(line["span"]["trace_id"], correlation_id.simple().to_string());
}
