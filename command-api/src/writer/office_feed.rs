//! The office that agents' decisions depend on, as this process knows it.

use std::sync::{Arc, PoisonError, RwLock};

use domain::{Agent, Aggregate, Office};
use event_store::{EventStore, Landmark, RecordedEvent, StreamFilter};
use operation::{Clock, error_chain};
use reactor::{HandleError, Reactor, Retry, Running, StartPosition};
use schemas::stream;

use super::folded_state::{FoldedState, LoadError};
use super::request::ContextSource;
use crate::shared_read::SharedRead;
use crate::store_trouble;

/// The office as it is known in this process: updated by a reactor, and at once by the process's own changes.
#[derive(Debug)]
pub(crate) struct OfficeFeed {
    store: EventStore,
    current: RwLock<Arc<Office>>,
    /// Those who need it as it is in the store share what they read.
    reading: SharedRead<()>,
}

impl OfficeFeed {
    pub(crate) fn new(store: EventStore) -> Self {
        Self { store, current: RwLock::new(Arc::new(Office::default())), reading: SharedRead::default() }
    }

    pub(crate) fn office(&self) -> Arc<Office> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the known office if this one is newer.
    fn replace_if_newer(&self, office: Office) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if office.revision() > current.revision() {
            *current = Arc::new(office);
        }
    }

    /// Catches up with the store. If that cannot be read, returns the known office.
    pub(crate) async fn catch_up(&self) -> Arc<Office> {
        let read = async {
            if let Err(error) = self.read_on().await {
                let trouble = "the office cannot be read; decisions use the known one";
                store_trouble::report(trouble, stream::OFFICE, &error);
            }
        };
        self.reading.get(read).await;
        self.office()
    }

    /// Follows the office's stream until the returned handle is dropped. Must be called within a tokio runtime.
    pub(crate) fn follow(self: &Arc<Self>, clock: Clock) -> Running {
        reactor::spawn(&self.store, OfficeReactor { feed: Arc::clone(self), last: None }, move || clock.now())
    }

    /// Catches up with the store.
    pub(crate) async fn read_on(&self) -> Result<Arc<Office>, LoadError> {
        let known = self.office();
        let mut loaded = FoldedState::new((*known).clone(), 0);
        if loaded.catch_up(&self.store, stream::OFFICE).await? {
            self.replace_if_newer(loaded.state);
        }
        Ok(self.office())
    }
}

/// The reactor that folds the office's events.
struct OfficeReactor {
    feed: Arc<OfficeFeed>,
    /// The last event that was folded.
    last: Option<Landmark>,
}

impl Reactor for OfficeReactor {
    fn name(&self) -> &'static str {
        "office"
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::prefixes([stream::OFFICE])
    }

    fn reports_lag(&self) -> bool {
        // Its last event may be far back in the log, so that looking for it would be expensive.
        false
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        Ok(StartPosition::default())
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        Ok(self.last.clone())
    }

    async fn handle(&mut self, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        let mut loaded = FoldedState::new((*self.feed.office()).clone(), 0);
        let mut unhandled = None;
        for (at, event) in events.iter().enumerate().filter(|(_, event)| &*event.stream == stream::OFFICE) {
            if loaded.state.revision() < Some(event.revision)
                && let Err(error) = loaded.fold(event)
            {
                unhandled = Some(HandleError::Unhandled { at, reason: error_chain(&error) });
                break;
            }
        }
        self.feed.replace_if_newer(loaded.state);
        if let Some(unhandled) = unhandled {
            return Err(unhandled);
        }
        let of_office = |event: &&RecordedEvent| &*event.stream == stream::OFFICE;
        if let Some(last) = events.iter().rfind(of_office).map(RecordedEvent::landmark) {
            self.feed.store.expect(last.clone());
            self.last = Some(last);
        }
        Ok(())
    }
}

impl ContextSource<Agent> for OfficeFeed {
    fn current(&self) -> Arc<Office> {
        self.office()
    }

    async fn refresh(&self) -> Arc<Office> {
        self.catch_up().await
    }
}

/// The office's own decisions depend on no other state; each change updates the known office before it is answered.
impl ContextSource<Office> for OfficeFeed {
    fn current(&self) -> Arc<()> {
        Arc::new(())
    }

    async fn refresh(&self) -> Arc<()> {
        Arc::new(())
    }

    fn committed(&self, state: &Office) {
        self.replace_if_newer(state.clone());
    }
}
