//! The store of a test, and names in it that no other test and no earlier run has, as the store may be shared.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use command_api::{CommandApi, Settings};
use event_store::{EventStore, SubscriptionItem};
use operation::{Clock, SlotRefs};
use schemas::stream;
use system_tests::Proxy;
use uuid::Uuid;

use crate::store_server::{OwnNode, StoreServer};
use crate::support::{NOW, TIMEOUT};

pub(crate) struct Store {
    server: StoreServer,
    tag: String,
}

impl Store {
    /// The one that the environment names, or a node of the test's own.
    pub(crate) async fn start() -> Self {
        Self::on(StoreServer::start().await)
    }

    /// A node of the test's own, for this reason.
    pub(crate) async fn own(because: &str) -> Self {
        Self::on(StoreServer::Own(Box::new(OwnNode::start(because).await)))
    }

    /// A store with a proxy before it. If the named store is a cluster or encrypts, a node of the test's own.
    pub(crate) async fn behind_a_wire() -> (Self, Proxy) {
        let mut store = Self::start().await;
        if store.plain_address().is_none() {
            store = Self::own("puts a wire before it").await;
        }
        let address = store.plain_address().expect("a node of its own is such a server");
        (store, Proxy::start(address).await)
    }

    fn on(server: StoreServer) -> Self {
        Self { server, tag: new_id().simple().to_string() }
    }

    /// To stop it and to start it again.
    pub(crate) fn node(&mut self) -> &mut OwnNode {
        match &mut self.server {
            StoreServer::Own(node) => node,
            StoreServer::Named(_) => {
                panic!("the store that the environment names is not for one test to stop")
            }
        }
    }

    pub(crate) fn connection_string(&self) -> String {
        self.server.connection_string()
    }

    pub(crate) fn client(&self) -> EventStore {
        self.server.store()
    }

    /// The name in the store of an agent, a lead, an appointment type or a key of the test.
    pub(crate) fn name(&self, short: &str) -> String {
        format!("{short}-{}", self.tag)
    }

    /// The stream of an agent of the test.
    pub(crate) fn stream(&self, agent: &str) -> String {
        format!("{}{}", stream::AGENT_PREFIX, self.name(agent))
    }

    /// A write side of its own on this store, as in another process, that has caught up.
    pub(crate) async fn api(&self) -> Arc<CommandApi> {
        api(self.client(), the_clock()).await
    }

    /// The same in its first moment: it has read nothing of the past yet.
    pub(crate) fn starting_api(&self) -> Arc<CommandApi> {
        CommandApi::start(self.client(), the_clock(), SlotRefs::new(b"secret"), &Settings::default())
    }

    /// The same by another clock.
    pub(crate) async fn api_by(&self, clock: Clock) -> Arc<CommandApi> {
        api(self.client(), clock).await
    }

    /// Waits until there is something in the stream after this revision.
    pub(crate) async fn until_stored(&self, stream: &str, after: u64) {
        let mut subscription = self.client().subscribe_stream(stream, Some(after));
        while !matches!(subscription.next().await, SubscriptionItem::Event(_)) {}
    }

    /// The address of the store, if it is a single one and without TLS.
    fn plain_address(&self) -> Option<SocketAddr> {
        let url = self.connection_string();
        let (place, settings) = url.strip_prefix("esdb://")?.split_once('?')?;
        let is_plain = settings.to_ascii_lowercase().split('&').any(|setting| setting == "tls=false");
        place.trim_end_matches('/').to_socket_addrs().ok()?.find(|_| is_plain)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the edge: its names and ids begin here")]
pub(crate) fn new_id() -> Uuid {
    Uuid::new_v4()
}

/// A write side that reaches its store through this proxy, and has caught up.
pub(crate) async fn api_through(wire: &Proxy) -> Arc<CommandApi> {
    let url = format!("esdb://{}?tls=false&discoveryInterval=1", wire.address());
    api(EventStore::new(&url).unwrap(), the_clock()).await
}

/// Stands at [`NOW`].
fn the_clock() -> Clock {
    Clock::fixed(NOW.parse().unwrap())
}

async fn api(store: EventStore, clock: Clock) -> Arc<CommandApi> {
    let api = CommandApi::start(store, clock, SlotRefs::new(b"secret"), &Settings::default());
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let ready = async {
        while api.ready().is_err() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, ready).await.expect("the past is known in time");
    api
}
