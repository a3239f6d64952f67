//! The state of the write side, shared by all operations.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{BulkMove, Lead, Office};
use event_store::EventStore;
use operation::{Clock, ClockTrouble, ClockWatch, SlotRefs};
use reactor::Running;
use schemas::{LeadId, MoveId, stream};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::claims::ClaimBook;
use crate::directory::{Directory, NotReady};
use crate::identity;
use crate::keyed_locks::KeyedLocks;
use crate::live_streams::LiveStreams;
use crate::under_way::UnderWay;
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

/// How many bulk moves are kept in memory: those that are being carried out, and some before.
const KEPT_MOVES: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// How many leads are: the others are read from their streams when they are commanded again.
const KEPT_LEADS: NonZeroUsize = NonZeroUsize::new(1_024).expect("1024 is not zero");

/// The write side of one process. Its reactors end when it is dropped.
#[derive(Debug)]
pub struct CommandApi {
    pub(crate) store: EventStore,
    pub(crate) directory: Arc<Directory>,
    pub(crate) slot_refs: SlotRefs,
    clock: ClockWatch,
    pub(crate) agents: LiveAgents,
    pub(crate) office_feed: Arc<OfficeFeed>,
    office: Mutex<Writer<Office>>,
    pub(crate) runtime: Handle,
    pub(crate) claims: ClaimBook,
    pub(crate) under_way: UnderWay,
    pub(crate) moves: LiveStreams<MoveId, BulkMove>,
    pub(crate) leads: LiveStreams<LeadId, Lead>,
    pub(crate) locks: KeyedLocks,
    /// By command: the same key is used for one command at a time.
    pub(crate) keys: KeyedLocks,
    /// Held while a change of the policy is completed from the current one and decided.
    pub(crate) policy_change: tokio::sync::Mutex<()>,
    office_follower: Running,
}

impl CommandApi {
    /// Starts the reactors, but does not settle handovers yet; see [`start`](Self::start).
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
        let clock = ClockWatch::new(clock);
        let max_agents = settings.max_live_agents;
        Arc::new(Self {
            agents: LiveAgents::new(store.clone(), Arc::clone(&office_feed), clock.clone(), max_agents),
            office: Mutex::new(office_writer(&Handle::current(), &store, &office_feed, clock.clone())),
            claims: ClaimBook::new(store.clone(), clock.clone()),
            under_way: UnderWay::default(),
            moves: LiveStreams::new(store.clone(), clock.clone(), KEPT_MOVES, |move_id| {
                stream::bulk_move(*move_id)
            }),
            leads: LiveStreams::new(store.clone(), clock.clone(), KEPT_LEADS, stream::lead),
            store,
            clock,
            directory,
            slot_refs,
            office_feed,
            runtime: Handle::current(),
            locks: KeyedLocks::default(),
            keys: KeyedLocks::default(),
            policy_change: tokio::sync::Mutex::default(),
            office_follower,
        })
    }

    /// Whether every appointment can be found.
    pub fn ready(&self) -> Result<(), NotReady> {
        if self.reactors().iter().any(Running::has_ended) {
            return Err(NotReady::Ended);
        }
        self.follows_its_log().map_err(NotReady::OtherLog)?;
        self.directory.known()
    }

    /// Fails if the event store is known to have another log than the one that this process has read.
    pub(crate) fn follows_its_log(&self) -> Result<(), String> {
        self.store.recognised().map_err(|other| {
            format!("{other}. Name the right one, or restart this process, which then reads the log anew")
        })?;
        self.reactors().iter().try_for_each(|running| match running.ready() {
            Err(reactor::NotReady::OtherLog(why)) => Err(why),
            _ => Ok(()),
        })
    }

    /// The reactors of the write side. Each ends once `self` and all clones of its handle are dropped.
    pub fn reactors(&self) -> [Running; 2] {
        [self.directory.following().clone(), self.office_follower.clone()]
    }

    /// The office's actor, started again if a defect has ended it.
    pub(crate) fn office_writer(&self) -> Writer<Office> {
        let mut writer = self.office.lock().unwrap_or_else(PoisonError::into_inner);
        if !writer.is_alive() {
            *writer = office_writer(&self.runtime, &self.store, &self.office_feed, self.clock.clone());
        }
        writer.clone()
    }

    /// Whether the event store is connected, as last observed. Changes at once when it comes back after an outage.
    pub fn connected(&self) -> Result<(), NotReady> {
        self.directory.connected()
    }

    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.look()
    }

    /// Whether the clock has gone on as time has, and is not behind what was recorded. Tells of trouble for an hour.
    pub fn clock(&self) -> Result<(), ClockTrouble> {
        self.clock.check()
    }

    /// Compares the clock with the latest time in the log.
    pub(crate) fn compare_clock(&self) {
        if let Some(recorded_at) = self.directory.recorded() {
            self.clock.compare(recorded_at, self.now());
        }
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
    clock: ClockWatch,
) -> Writer<Office> {
    Writer::start(runtime, store.clone(), stream::OFFICE.to_owned(), Arc::clone(feed), clock)
}
