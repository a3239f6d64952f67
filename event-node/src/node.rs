//! A node from start to shutdown.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;

use crate::accept;
use crate::access::{Access, Credentials, Guard};
use crate::acknowledged::{self, Acknowledged};
use crate::error::{FatalError, StartError, StorageFull};
use crate::opening::{self, Opened};
use crate::probes::{self, Probes};
use crate::reader::Readers;
use crate::service::{Features, OneNode, Streams};
use crate::wire::event_store::client::gossip::gossip_server::GossipServer;
use crate::wire::event_store::client::server_features::server_features_server::ServerFeaturesServer;
use crate::wire::event_store::client::streams::streams_server::StreamsServer;
use crate::writer::{Inbox, Signals, Writer, WriterHandle};

/// Above the limit of an append, so that an append that is too large gets its own error.
const MAX_MESSAGE_BYTES: usize = 16 * 1_024 * 1_024;
/// A client has one connection, and every subscription keeps a call on it open.
const CALLS_PER_CONNECTION: u32 = 10_000;
const STREAM_WINDOW_BYTES: u32 = 1_024 * 1_024;
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1_024 * 1_024;
/// Clients cancel calls in bursts when many of their readers stop.
const ABANDONED_CALLS: usize = 1_024;
/// A client that says nothing for so long is asked whether it is there, and given up if it does not say so in time.
const ASKED_AFTER: Duration = Duration::from_secs(20);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(20);
/// Calls that take longer at shutdown are cut off.
const GRACE: Duration = Duration::from_secs(5);
/// How long after a write that had no room the next is tried.
const TRIED_EVERY: Duration = Duration::from_secs(1);

/// Where a node stores its data and where it listens.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The folder of the node's files, created if missing. One node at a time can use it.
    pub data_dir: PathBuf,
    /// The address to listen on; only loopback addresses are accepted. Port 0 means any free port.
    pub listen: SocketAddr,
    /// The size that the data file may reach, in bytes. Appends beyond it are refused as on a full disk.
    /// None means as large as the disk.
    pub max_file_bytes: Option<u64>,
    /// Who may read and write events.
    pub access: Access,
}

impl NodeConfig {
    /// A node in `data_dir`, on any free loopback port, without a limit, for the holders of generated credentials.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { data_dir: data_dir.into(), listen, max_file_bytes: None, access: Access::Generated }
    }
}

/// A running node.
///
/// Dropping it stops it too, but only [`shutdown`](Self::shutdown) waits until the files are closed.
#[derive(Debug)]
pub struct Node {
    local_addr: SocketAddr,
    credentials: Option<Credentials>,
    writer: WriterHandle,
    readers: Arc<Readers>,
    closing: watch::Sender<bool>,
    full: watch::Receiver<bool>,
    failure: watch::Receiver<Option<FatalError>>,
    tail: watch::Receiver<u64>,
    recording: Option<JoinHandle<Acknowledged>>,
    serving: Option<JoinHandle<()>>,
    writing: Option<std::thread::JoinHandle<()>>,
}

impl Node {
    /// Opens the data folder and serves it. Must be called within a tokio runtime.
    pub async fn start(config: NodeConfig) -> Result<Self, StartError> {
        let NodeConfig { data_dir, listen, max_file_bytes, access } = config;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback { address: listen });
        }
        let credentials = match access {
            Access::Generated => {
                Some(Credentials::generate().map_err(|source| StartError::NoRandomness { source })?)
            }
            Access::Credentials(credentials) => Some(credentials),
            Access::Anyone => None,
        };
        crate::metrics::describe();
        crate::size_limit::outlive_it();
        let signals = Signals::new();
        let (writer, inbox) = WriterHandle::new();
        let Opened { writer: storage, path, acknowledged } =
            opening::open(data_dir, max_file_bytes, signals.clone()).await?;
        let cannot_listen = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
        let local_addr = listener.local_addr().map_err(cannot_listen)?;
        let writing = spawn_writer(storage, inbox)?;
        let readers = Readers::new(path, signals.clone());
        let streams = Streams {
            writer: writer.clone(),
            readers: Arc::clone(&readers),
            tail: signals.tail.subscribe(),
            closing: signals.closing.subscribe(),
        };
        let guard = Guard::new(credentials.as_ref());
        let recording = tokio::spawn(acknowledged::record(
            acknowledged,
            signals.tail.subscribe(),
            signals.closing.subscribe(),
        ));
        tokio::spawn(try_storage(signals.clone(), writer.clone()));
        let serving = tokio::spawn(serve(listener, local_addr, streams, guard));
        tracing::info!(%local_addr, "the event store is up");
        Ok(Self {
            local_addr,
            credentials,
            writer,
            readers,
            closing: signals.closing,
            full: signals.full.subscribe(),
            failure: signals.failure.subscribe(),
            tail: signals.tail.subscribe(),
            recording: Some(recording),
            serving: Some(serving),
            writing: Some(writing),
        })
    }

    /// The address that the node listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The connection string for clients, with the credentials: it must not be shown to anyone.
    ///
    /// The discovery interval saves half a second before the first call.
    pub fn connection_string(&self) -> String {
        let credentials =
            self.credentials.as_ref().map(Credentials::in_connection_string).unwrap_or_default();
        format!("esdb://{credentials}{}?tls=false&discoveryInterval=1", self.local_addr)
    }

    /// Waits for a fatal failure, for ever if there is none. The node has stopped by then; the process
    /// should exit.
    pub fn failed(&self) -> impl Future<Output = FatalError> + Send + use<> {
        let mut failure = self.failure.clone();
        async move {
            let failed = failure.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
            match failed {
                Some(failure) => failure,
                None => std::future::pending().await,
            }
        }
    }

    /// A check that fails from the moment that a write had no room on the disk until one has it again. It returns at once.
    pub fn storage(&self) -> impl Fn() -> Result<(), StorageFull> + Send + Sync + use<> {
        let full = self.full.clone();
        move || if *full.borrow() { Err(StorageFull) } else { Ok(()) }
    }

    /// Ends subscriptions with `UNAVAILABLE`, finishes the queued writes, and closes the files. Calls
    /// that do not end within five seconds are cut off.
    pub async fn shutdown(mut self) {
        self.closing.send_replace(true);
        if let Some(mut serving) = self.serving.take()
            && tokio::time::timeout(GRACE, &mut serving).await.is_err()
        {
            tracing::warn!("some calls did not end in time and are cut off");
            serving.abort();
        }
        self.writer.stop().await;
        self.readers.close();
        if let Some(writing) = self.writing.take() {
            let joined = tokio::task::spawn_blocking(move || writing.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer did not stop cleanly");
            }
        }
        if let Some(recording) = self.recording.take()
            && let Ok(mut acknowledged) = recording.await
            && let Err(error) = acknowledged.write(*self.tail.borrow())
        {
            tracing::warn!(%error, "how far events were acknowledged is not written");
        }
        tracing::info!("the event store is closed");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        self.readers.close();
    }
}

fn spawn_writer(writer: Writer, inbox: Inbox) -> Result<std::thread::JoinHandle<()>, StartError> {
    std::thread::Builder::new()
        .name("event-writer".to_owned())
        .spawn(move || writer.run(inbox))
        .map_err(|source| StartError::Thread { source })
}

/// Has the writer look at its files once a second, until the node closes: whether they are still there, and whether a full
/// disk has room again. A process to which no commands are sent would not notice either.
async fn try_storage(signals: Signals, writer: WriterHandle) {
    let mut closing = signals.closing.subscribe();
    let tries = async move {
        let mut ticks = tokio::time::interval(TRIED_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            writer.try_storage().await;
        }
    };
    tokio::select! {
        () = tries => {}
        _ = closing.wait_for(|closing| *closing) => {}
    }
}

async fn serve(listener: TcpListener, address: SocketAddr, streams: Streams, guard: Guard) {
    let mut closing = streams.closing.clone();
    let probes = Probes { address, guard: guard.clone(), closing: closing.clone() };
    let streams = StreamsServer::new(streams).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let services = Routes::new(InterceptedService::new(streams, guard))
        .add_service(ServerFeaturesServer::new(Features))
        .add_service(GossipServer::new(OneNode { address }));
    let routes = probes::add_to(services.into_axum_router(), probes);
    let served = Server::builder()
        // For the probes: every client of the protocol speaks HTTP/2.
        .accept_http1(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(CALLS_PER_CONNECTION)
        .http2_keepalive_interval(Some(ASKED_AFTER))
        .http2_keepalive_timeout(Some(GIVEN_UP_AFTER))
        .http2_max_pending_accept_reset_streams(Some(ABANDONED_CALLS))
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(accept::connections(listener), async move {
            // An error means that the node was dropped.
            closing.wait_for(|closing| *closing).await.ok();
        })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the event store stopped listening");
    }
}
