use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::{Agent, Aggregate, Office};
use event_store::{EventStore, SubscriptionItem};
use schemas::stream;

use super::request::World;
use super::stream::{LoadError, Loaded};

/// How long a store that could not be read is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// The office as it is known in this process: followed by subscription, and put forward at once by the process's
/// own changes.
#[derive(Debug)]
pub(crate) struct OfficeFeed {
    store: EventStore,
    current: RwLock<Arc<Office>>,
}

impl OfficeFeed {
    pub(crate) fn new(store: EventStore) -> Self {
        Self { store, current: RwLock::new(Arc::new(Office::default())) }
    }

    pub(crate) fn office(&self) -> Arc<Office> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the newer of what is known and what is offered.
    fn put_forward(&self, office: Office) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if office.revision() > current.revision() {
            *current = Arc::new(office);
        }
    }

    /// Reads what the store has beyond what is known. Where it cannot be read, what is known stays.
    pub(crate) async fn catch_up(&self) -> Arc<Office> {
        if let Err(error) = self.read_on().await {
            tracing::error!(%error, "office not read; decisions rest on what is known of it");
        }
        self.office()
    }

    /// Reads what the store has beyond what is known.
    pub(crate) async fn read_on(&self) -> Result<Arc<Office>, LoadError> {
        let known = self.office();
        let mut loaded = Loaded::new((*known).clone(), 0);
        if loaded.catch_up(&self.store, stream::OFFICE).await? {
            self.put_forward(loaded.state);
        }
        Ok(self.office())
    }

    /// Follows the office's stream for as long as the process lives.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut subscription = self.store.subscribe_stream(stream::OFFICE, self.office().revision());
        loop {
            let SubscriptionItem::Event(event) = subscription.next().await else { continue };
            // It is told of once.
            let is_behind = || self.office().revision() < Some(event.revision);
            while is_behind() {
                if let Err(error) = self.read_on().await {
                    tracing::error!(%error, "the office is not read; it is tried again");
                }
                if is_behind() {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

impl World<Agent> for OfficeFeed {
    fn current(&self) -> Arc<Office> {
        self.office()
    }

    async fn refresh(&self) -> Arc<Office> {
        self.catch_up().await
    }
}

/// The office's own decisions rest on nothing else; each of its changes is put forward before it is answered.
impl World<Office> for OfficeFeed {
    fn current(&self) -> Arc<()> {
        Arc::new(())
    }

    async fn refresh(&self) -> Arc<()> {
        Arc::new(())
    }

    fn committed(&self, state: &Office) {
        self.put_forward(state.clone());
    }
}
