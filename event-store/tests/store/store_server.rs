//! The event store that a test runs on: the one that `CITAS_TEST_ESDB_URL` names, with whatever other tests and
//! earlier runs have left there, or a node of the test's own. Shared by several test crates.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};

use event_node::{Access, Node, NodeConfig};
use event_store::EventStore;
use tempfile::TempDir;

/// Names a store for tests that do nothing to the store itself, such as `esdb://127.0.0.1:2113?tls=false`.
const VARIABLE: &str = "CITAS_TEST_ESDB_URL";

pub(crate) enum StoreServer {
    Named(String),
    Own(Box<OwnNode>),
}

impl StoreServer {
    /// The one that the environment names, or else a node of the test's own. The output says which.
    pub(crate) async fn start() -> Self {
        static SAY: Once = Once::new();
        let Ok(url) = std::env::var(VARIABLE) else { return Self::Own(Box::new(OwnNode::begin().await)) };
        SAY.call_once(|| say("the tests run on the one that the environment names, except for these:"));
        Self::Named(url)
    }

    pub(crate) fn connection_string(&self) -> String {
        match self {
            Self::Named(url) => url.clone(),
            Self::Own(node) => node.connection_string(),
        }
    }

    pub(crate) fn store(&self) -> EventStore {
        EventStore::new(&self.connection_string()).unwrap()
    }
}

/// A node that can be stopped and started again, at the same address, and with the same files or others.
pub(crate) struct OwnNode {
    node: Option<Node>,
    listen: SocketAddr,
    data: PathBuf,
    folder: TempDir,
}

impl OwnNode {
    /// For a test that cannot run on a shared store. The reason is printed if there is a shared store.
    pub(crate) async fn start(because: &str) -> Self {
        if std::env::var_os(VARIABLE).is_some() {
            let thread = std::thread::current();
            say(&format!("{} has a node of its own: it {because}", thread.name().unwrap_or("a test")));
        }
        Self::begin().await
    }

    /// Each has a loopback address to itself, so that no other process takes its port while it is down.
    async fn begin() -> Self {
        static LAST: AtomicU8 = AtomicU8::new(1);
        let [.., high, low] = std::process::id().to_be_bytes();
        let host = Ipv4Addr::new(127, high | 1 << 7, low, LAST.fetch_add(1, Ordering::Relaxed));
        let folder = TempDir::new().unwrap();
        let (listen, data) = (SocketAddr::from((host, 0)), folder.path().join("first"));
        let mut own = Self { node: None, listen, data, folder };
        own.start_again().await;
        own
    }

    pub(crate) async fn start_again(&mut self) {
        let config =
            NodeConfig { listen: self.listen, access: Access::Anyone, ..NodeConfig::new(&self.data) };
        let node = Node::start(config).await.unwrap();
        self.listen = node.local_addr();
        self.node = Some(node);
    }

    /// Goes on with the files in this folder, at once.
    pub(crate) async fn exchange(&mut self, data: &Path) {
        self.stop().await;
        data.clone_into(&mut self.data);
        self.start_again().await;
    }

    /// A folder for its files: it begins with the one of the name "first".
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn stop(&mut self) {
        self.node.take().expect("a node is stopped once").shutdown().await;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listen
    }

    fn connection_string(&self) -> String {
        format!("esdb://{}?tls=false", self.address())
    }
}

/// Prints to standard error, past the capture of the test harness.
fn say(what: &str) {
    drop(writeln!(std::io::stderr(), "event store: {what}"));
}
