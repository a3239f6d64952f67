use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::Office;
use event_store::EventStore;
use operation::{Clock, SlotRefs};
use reactor::Running;
use schemas::stream;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::directory::{Directory, NotReady};
use crate::identity;
use crate::turns::Turns;
use crate::writer::{LiveAgents, OfficeFeed, Writer};

/// What an operator can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many agents' folded streams are kept in memory.
    pub max_live_agents: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_live_agents: NonZeroUsize::new(10_000).expect("ten thousand is not zero") }
    }
}

/// The write side of one process. Its followers end when it is dropped.
#[derive(Debug)]
pub struct CommandApi {
    pub(crate) store: EventStore,
    pub(crate) directory: Arc<Directory>,
    pub(crate) slot_refs: SlotRefs,
    clock: Clock,
    pub(crate) agents: LiveAgents,
    pub(crate) office_feed: Arc<OfficeFeed>,
    office: Mutex<Writer<Office>>,
    pub(crate) runtime: Handle,
    pub(crate) turns: Turns,
    office_follower: Running,
}

impl CommandApi {
    /// Follows the store, and settles nothing yet; see [`start`](Self::start).
    pub(crate) fn following(
        store: EventStore,
        clock: Clock,
        slot_refs: SlotRefs,
        settings: &Settings,
    ) -> Arc<Self> {
        crate::metrics::describe();
        let office_feed = Arc::new(OfficeFeed::new(store.clone()));
        let directory = Arc::new(Directory::start(store.clone(), clock));
        let office_follower = office_feed.follow(clock);
        Arc::new(Self {
            agents: LiveAgents::new(store.clone(), Arc::clone(&office_feed), clock, settings.max_live_agents),
            office: Mutex::new(office_writer(&Handle::current(), &store, &office_feed, clock)),
            store,
            clock,
            directory,
            slot_refs,
            office_feed,
            runtime: Handle::current(),
            turns: Turns::default(),
            office_follower,
        })
    }

    /// Whether every appointment there is can be found.
    pub fn ready(&self) -> Result<(), NotReady> {
        if self.reactors().iter().any(Running::has_ended) {
            return Err(NotReady::Ended);
        }
        self.directory.known()
    }

    /// What follows the log here: each ends with this and whatever of these is kept.
    pub fn reactors(&self) -> [Running; 2] {
        [self.directory.following().clone(), self.office_follower.clone()]
    }

    /// The office's actor; one that a defect has ended is replaced.
    pub(crate) fn office_writer(&self) -> Writer<Office> {
        let mut writer = self.office.lock().unwrap_or_else(PoisonError::into_inner);
        if !writer.is_alive() {
            *writer = office_writer(&self.runtime, &self.store, &self.office_feed, self.clock);
        }
        writer.clone()
    }

    /// Whether the event store is there, as far as is known; when it comes back after an outage, this is told at once.
    pub fn connected(&self) -> Result<(), NotReady> {
        self.directory.connected()
    }

    /// What time it is here.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new id, as of now.
    pub fn new_id(&self) -> Uuid {
        identity::new_id(self.now())
    }
}

fn office_writer(
    runtime: &Handle,
    store: &EventStore,
    feed: &Arc<OfficeFeed>,
    clock: Clock,
) -> Writer<Office> {
    Writer::start(runtime, store.clone(), stream::OFFICE.to_owned(), Arc::clone(feed), clock)
}
