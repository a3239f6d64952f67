use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost_otlp::Message as _;
use system_tests::STEP_TIMEOUT;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Takes spans as a collector of OpenTelemetry does, over real connections.
pub(super) struct Collector {
    pub(super) endpoint: String,
    told: watch::Receiver<Vec<ReportedSpan>>,
}

/// A span, and which service told of it.
#[derive(Debug, Clone)]
pub(super) struct ReportedSpan {
    pub(super) service: String,
    pub(super) span: Span,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, told) = watch::channel(Vec::new());
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(take(connection, sender.clone()));
            }
        });
        Self { endpoint, told }
    }

    /// Accepts connections and says nothing, for ever.
    pub(super) async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, told) = watch::channel(Vec::new());
        tokio::spawn(async move {
            let mut kept = Vec::new();
            loop {
                kept.push(listener.accept().await.unwrap());
                sender.send_modify(|_| ());
            }
        });
        Self { endpoint, told }
    }

    /// Waits until somebody has connected, or told something.
    pub(super) async fn met(&mut self) {
        tokio::time::timeout(STEP_TIMEOUT, self.told.changed()).await.expect("somebody comes").unwrap();
    }

    /// The spans of a trace, once there are as many with these names.
    pub(super) async fn trace(&self, trace: &str, names: &[&str]) -> Vec<ReportedSpan> {
        let mut told = self.told.clone();
        let is_whole = |spans: &[ReportedSpan]| {
            names.iter().all(|name| spans.iter().any(|told| told.span.name == *name))
        };
        let of_trace = |spans: &[ReportedSpan]| -> Vec<ReportedSpan> {
            spans.iter().filter(|told| hex(&told.span.trace_id) == trace).cloned().collect()
        };
        let found = told.wait_for(|spans| is_whole(&of_trace(spans)));
        let Ok(spans) = tokio::time::timeout(STEP_TIMEOUT, found).await else {
            panic!("{names:?} in {trace}: {:#?}", self.told.borrow())
        };
        of_trace(&spans.unwrap())
    }

    /// Everything told so far.
    pub(super) fn told(&self) -> Vec<ReportedSpan> {
        self.told.borrow().clone()
    }
}

impl ReportedSpan {
    pub(super) fn id(&self) -> String {
        hex(&self.span.span_id)
    }

    pub(super) fn parent(&self) -> String {
        hex(&self.span.parent_span_id)
    }

    pub(super) fn attribute(&self, name: &str) -> String {
        attribute(&self.span.attributes, name).unwrap_or_else(|| panic!("{name}: {self:?}"))
    }
}

/// Bytes as the hexadecimal digits that ids are written in.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == name)?.value.as_ref();
    match value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text.clone()),
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => Some(number.to_string()),
        _ => None,
    }
}

async fn take(mut connection: TcpStream, told: watch::Sender<Vec<ReportedSpan>>) {
    let Some(body) = read(&mut connection).await else { return };
    let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
    connection.write_all(OK).await.unwrap();
    told.send_modify(|told| {
        for of_resource in request.resource_spans {
            let attributes = of_resource.resource.unwrap_or_default().attributes;
            let service = attribute(&attributes, "service.name").unwrap_or_default();
            let spans = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
            told.extend(spans.map(|span| ReportedSpan { service: service.clone(), span }));
        }
    });
}

/// The body of a `POST /v1/traces`; none if the other side ended before it was whole.
async fn read(connection: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces ") && head.contains("application/x-protobuf"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    connection.read_exact(&mut body).await.ok()?;
    Some(body)
}
