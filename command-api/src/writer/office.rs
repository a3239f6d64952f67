use std::sync::{Arc, PoisonError, RwLock};

use domain::{Agent, Aggregate, Office};
use event_store::{EventStore, RecordedEvent, StreamFilter};
use operation::Clock;
use reactor::{Beginning, HandleError, Reactor, Retry, Running};
use schemas::stream;

use super::request::World;
use super::stream::{LoadError, Loaded};

/// The office as it is known in this process: followed as a reactor, and put forward at once by the process's
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

    /// Follows the office's stream for as long as the answer is kept. Must be called within a tokio runtime.
    pub(crate) fn follow(self: &Arc<Self>, clock: Clock) -> Running {
        reactor::spawn(&self.store, Following(Arc::clone(self)), move || clock.now())
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
}

/// Folds the office's events as they come.
struct Following(Arc<OfficeFeed>);

impl Reactor for Following {
    fn name(&self) -> &'static str {
        "office"
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::prefixes([stream::OFFICE])
    }

    fn tells_lag(&self) -> bool {
        // Its last event may lie far back in the log.
        false
    }

    async fn begin(&mut self) -> Result<Beginning, Retry> {
        Ok(Beginning::default())
    }

    async fn handle(&mut self, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        let mut loaded = Loaded::new((*self.0.office()).clone(), 0);
        let mut unhandled = None;
        for (at, event) in events.iter().enumerate().filter(|(_, event)| &*event.stream == stream::OFFICE) {
            if loaded.state.revision() < Some(event.revision)
                && let Err(error) = loaded.fold(event)
            {
                unhandled = Some(HandleError::Unhandled { at, reason: error.without_content() });
                break;
            }
        }
        self.0.put_forward(loaded.state);
        unhandled.map_or(Ok(()), Err)
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
