//! One connection to one server, on which the server has spoken.

use std::error::Error;
use std::future::{Future, ready};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store_protocol::event_store::client::gossip::gossip_client::GossipClient;
use event_store_protocol::event_store::client::server_features::server_features_client::ServerFeaturesClient;
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent as WireEvent;
use event_store_protocol::event_store::client::streams::read_resp::{Content, ReadEvent};
use event_store_protocol::event_store::client::streams::streams_client::StreamsClient;
use hyper_util::client::legacy::connect::HttpConnector;
use schemas::Landmark;
use tokio::time::timeout;
use tonic::codegen::{InterceptedService, Service};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Uri};
use tonic::{Request, Status};

use crate::cause::Cause;
use crate::connection_string::{ConnectionString, Tls};
use crate::diagnosis;
use crate::fault::Fault;
use crate::node::Node;
use crate::request;
use crate::verdict::{Verdict, chain_of};

/// How long it may take to connect, the handshake of TLS included, and then to hear the server for the first time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest message that is taken: an event at its limit, and what is around it.
const MAX_MESSAGE_BYTES: usize = 17 * 1024 * 1024;

type Authorized = InterceptedService<Channel, Headers>;

/// The headers of every call.
#[derive(Clone)]
pub(crate) struct Headers {
    authorization: Option<MetadataValue<Ascii>>,
    connection_name: Option<MetadataValue<Ascii>>,
}

impl Headers {
    pub(crate) fn new(target: &ConnectionString) -> Self {
        let authorization = target.credentials.as_ref().and_then(|credentials| {
            let pair = format!("{}:{}", credentials.user, credentials.password);
            let mut value: MetadataValue<Ascii> = format!("Basic {}", STANDARD.encode(pair)).parse().ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        let connection_name = target.connection_name.as_ref().and_then(|name| name.parse().ok());
        Self { authorization, connection_name }
    }
}

impl Interceptor for Headers {
    /// What was written last is known to the leader alone.
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("requires-leader", MetadataValue::from_static("true"));
        if let Some(authorization) = &self.authorization {
            metadata.insert("authorization", authorization.clone());
        }
        if let Some(name) = &self.connection_name {
            metadata.insert("connection-name", name.clone());
        }
        Ok(request)
    }
}

/// A connection that is never established again once it is lost: what is sent on it cannot reach a server that has not
/// spoken yet.
#[derive(Clone)]
pub(crate) struct Wire {
    channel: Channel,
    headers: Headers,
}

impl Wire {
    pub(crate) fn streams(&self) -> StreamsClient<Authorized> {
        let client = StreamsClient::with_interceptor(self.channel.clone(), self.headers.clone());
        client.max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    pub(crate) fn gossip(&self) -> GossipClient<Authorized> {
        GossipClient::with_interceptor(self.channel.clone(), self.headers.clone())
    }

    /// Connects to a server.
    pub(crate) async fn connect(
        target: &Arc<ConnectionString>,
        headers: &Headers,
        node: &Node,
    ) -> Result<Self, Fault> {
        let endpoint = endpoint(target, node).await?;
        let connecting =
            timeout(CONNECT_TIMEOUT, endpoint.connect_with_connector(OneConnection::new())).await;
        let connected = connecting.map_err(|_| {
            Fault::new(Cause::Silent, format!("no connection to {node} within {CONNECT_TIMEOUT:?}"))
        })?;
        let channel = connected.map_err(|error| diagnosis::not_connected(&error, node))?;
        Ok(Self { channel, headers: headers.clone() })
    }

    /// Waits until the server has said something.
    ///
    /// The kernel accepts connections and bytes for a process that hangs: before this, what is sent may lie there for long, and
    /// be taken up in the end.
    pub(crate) async fn heard(self, target: &ConnectionString, node: &Node) -> Result<Self, Fault> {
        let mut features = ServerFeaturesClient::new(self.channel.clone());
        match timeout(CONNECT_TIMEOUT, features.get_supported_methods(())).await {
            Err(_) => Err(Fault::silent(node, CONNECT_TIMEOUT)),
            // Whatever else a server says of its features, it speaks.
            Ok(Err(status)) if matches!(Verdict::of(&status), Verdict::NotSent | Verdict::Broken) => {
                Err(diagnosis::not_understood(&status, node, target.tls.is_some()))
            }
            Ok(Ok(_) | Err(_)) => Ok(self),
        }
    }

    /// The event in the landmark's place, if there is one.
    pub(crate) async fn at(&self, landmark: &Landmark) -> Result<Option<WireEvent>, Status> {
        let mut answers = self.streams().read(request::landmark(landmark)).await?.into_inner();
        let mut found = None;
        // To its end: see `Reading::read_to_end`.
        while let Some(answer) = answers.message().await? {
            if let Some(Content::Event(ReadEvent { event, .. })) = answer.content {
                found = event;
            }
        }
        Ok(found)
    }
}

async fn endpoint(target: &Arc<ConnectionString>, node: &Node) -> Result<Endpoint, Fault> {
    let scheme = if target.tls.is_some() { "https" } else { "http" };
    let unusable = |what: String| Fault::new(Cause::Settings, what);
    let uri: Uri = format!("{scheme}://{node}")
        .parse()
        .map_err(|error| unusable(format!("{node} is no address of a server: {error}")))?;
    let mut endpoint = Endpoint::from(uri);
    if let Some((interval, timeout)) = target.keep_alive {
        endpoint = endpoint
            .http2_keep_alive_interval(interval)
            .keep_alive_timeout(timeout)
            .keep_alive_while_idle(true);
    }
    let Some(tls) = target.tls.clone() else { return Ok(endpoint) };
    let host = node.host().to_owned();
    // Files are read.
    let encrypted = tokio::task::spawn_blocking(move || {
        let config = tls_config(&tls)?.domain_name(host);
        endpoint.tls_config(config).map_err(|error| {
            format!(
                "TLS cannot be set up with the certificates and keys that the connection string names: {}",
                chain_of(&error)
            )
        })
    });
    encrypted.await.map_err(|error| unusable(error.to_string()))?.map_err(unusable)
}

/// What stands at the beginning of each in PEM.
const CERTIFICATE: &str = "CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";

fn tls_config(tls: &Tls) -> Result<ClientTlsConfig, String> {
    let read = |parameter: &str, path: &Path, kind: &str| {
        let file = format!("the file {} that {parameter} names", path.display());
        let content = std::fs::read(path).map_err(|error| format!("{file} cannot be read: {error}"))?;
        // TLS would go on without it.
        let has_it = content.windows(kind.len()).any(|part| part == kind.as_bytes());
        if has_it { Ok(content) } else { Err(format!("{file} has no {kind} in the form of PEM")) }
    };
    let config = ClientTlsConfig::new();
    let config = match &tls.ca_file {
        Some(path) => config.ca_certificate(Certificate::from_pem(read("tlsCaFile", path, CERTIFICATE)?)),
        None => config.with_native_roots(),
    };
    Ok(match &tls.identity {
        Some((cert, key)) => config.identity(Identity::from_pem(
            read("userCertFile", cert, CERTIFICATE)?,
            read("userKeyFile", key, PRIVATE_KEY)?,
        )),
        None => config,
    })
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send>>;

/// Connects once, without Nagle's algorithm: with it, a call of several packets waits for the server's acknowledgement, which
/// the server's kernel delays by 40 ms.
struct OneConnection {
    http: HttpConnector,
    is_used: bool,
}

impl OneConnection {
    fn new() -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        Self { http, is_used: false }
    }
}

impl Service<Uri> for OneConnection {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        if std::mem::replace(&mut self.is_used, true) {
            let over = io::Error::new(io::ErrorKind::NotConnected, "the connection was lost");
            return Box::pin(ready(Err(over.into())));
        }
        let connecting = self.http.call(uri);
        Box::pin(async move { Ok(connecting.await?) })
    }
}
