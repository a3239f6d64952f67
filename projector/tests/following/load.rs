//! A load of plausible events, which are appended until it is stopped.

use chrono::{DateTime, TimeDelta, Utc};
use event_store::{EventStore, ExpectedRevision, NewEvent, RecordedEvent, StreamFilter};
use read_model::{Event, ProjectedEvent, StoredText};
use schemas::event::{
    AppointmentCancelled, AppointmentConfirmed, DateExceptionSet, HoldReleased, TimeBlocked, TimeUnblocked,
};
use schemas::value::DateException;
use schemas::{
    AgentEvent, AgentId, AppointmentId, BlockId, EventId, HoldId, Metadata, OfficeEvent, Personal, stream,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::service::booked;
use crate::support::{Given, TIMEOUT, in_time, now, registered, renamed};

pub(crate) const AGENTS: usize = 5;

/// Pseudo-random numbers, the same for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct SeededRng(pub(crate) u64);

impl SeededRng {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }
}

/// Appends one batch of a few events after the other.
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    /// The position of the last event of each append.
    appended: watch::Receiver<Vec<u64>>,
    running: JoinHandle<()>,
    /// The agents whose calendars are filled.
    pub(crate) agents: [AgentId; AGENTS],
}

impl Load {
    pub(crate) fn start(given: &mut Given, seed: u64) -> Self {
        let agents = std::array::from_fn(|number| given.agent(&number.to_string()));
        let (stop, stopped) = watch::channel(false);
        let (sender, appended) = watch::channel(Vec::new());
        let mut agency = Agency::new(seed, given.new_id(), &agents);
        let store = given.store.clone();
        let running = tokio::spawn(async move {
            while !*stopped.borrow() {
                let (agent_id, events) = agency.next();
                let stream = stream::agent(&agent_id);
                let appended = in_time(store.append(&stream, ExpectedRevision::Any, &events)).await.unwrap();
                sender.send_modify(|positions| positions.push(appended.position));
            }
        });
        Self { stop, appended, running, agents }
    }

    /// The position of the last append; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.appended.borrow().last().copied().unwrap_or(0)
    }

    /// Waits until this many more appends are done, and returns the position of the last of them.
    pub(crate) async fn go_on(&self, appends: usize) -> u64 {
        let mut appended = self.appended.clone();
        let wanted = appended.borrow().len() + appends;
        let enough = appended.wait_for(|positions| wanted <= positions.len());
        let enough = tokio::time::timeout(TIMEOUT, enough).await.expect("the load goes on").unwrap();
        enough[wanted.saturating_sub(1)]
    }

    /// Stops, and returns the position of the last event.
    pub(crate) async fn stop(self) -> u64 {
        self.stop.send_replace(true);
        self.running.await.unwrap();
        self.appended.borrow().last().copied().unwrap()
    }
}

/// Everything that was stored, decoded for the read model.
pub(crate) async fn everything(store: &EventStore) -> Vec<ProjectedEvent> {
    let filter = StreamFilter::prefixes([stream::AGENT_PREFIX, stream::OFFICE]);
    let recorded = in_time(store.read_all(None, usize::MAX, &filter)).await.unwrap();
    recorded.iter().filter_map(decoded).collect()
}

/// None if the stream is not one of Citas.
fn decoded(event: &RecordedEvent) -> Option<ProjectedEvent> {
    let agent_id = stream::agent_of(&event.stream);
    if agent_id.is_none() && &*event.stream != stream::OFFICE {
        return None;
    }
    let metadata = event.metadata().unwrap();
    let (event_type, version, payload) = (&event.event_type, metadata.schema_version, &event.payload);
    let told = match agent_id {
        Some(agent_id) => Event::Agent(agent_id, AgentEvent::decode(event_type, version, payload).unwrap()),
        None => Event::Office(OfficeEvent::decode(event_type, version, payload).unwrap()),
    };
    let text = |json: &[u8]| String::from_utf8(json.to_vec()).unwrap().into();
    Some(ProjectedEvent {
        position: event.position,
        revision: event.revision,
        event_id: event.event_id,
        event: told,
        metadata,
        stored: StoredText { payload: text(payload), metadata: text(&event.metadata) },
    })
}

/// The state from which plausible events are made.
#[derive(Debug)]
struct Agency {
    dice: SeededRng,
    last_id: u128,
    clock: DateTime<Utc>,
    agents: Vec<(AgentId, Calendar)>,
}

#[derive(Debug, Default)]
struct Calendar {
    is_registered: bool,
    open: Vec<u128>,
    holds: Vec<HoldId>,
    blocks: Vec<BlockId>,
    hours: i64,
}

impl Calendar {
    /// Another hour each time, so that nothing overlaps.
    fn hour(&mut self) -> DateTime<Utc> {
        self.hours += 1;
        now() + TimeDelta::hours(self.hours)
    }
}

impl Agency {
    fn new(seed: u64, first_id: Uuid, agents: &[AgentId]) -> Self {
        let agents = agents.iter().map(|agent_id| (agent_id.clone(), Calendar::default())).collect();
        // Ids that differ from all others in the test.
        Self { dice: SeededRng(seed), last_id: first_id.as_u128() ^ (1 << 64), clock: now(), agents }
    }

    fn next(&mut self) -> (AgentId, Vec<NewEvent>) {
        let number = self.dice.below(AGENTS);
        let agent_id = self.agents[number].0.clone();
        let count = 1 + self.dice.below(6);
        let events = (0..count).map(|_| {
            let event = self.event(number, &agent_id);
            self.stored(&event)
        });
        let events = events.collect();
        (agent_id, events)
    }

    fn event(&mut self, number: usize, agent_id: &AgentId) -> AgentEvent {
        let (kind, any) = (self.dice.below(16), self.dice.below(1 << 20));
        self.last_id += 1;
        let id = self.last_id;
        let name = format!("Ana {any}");
        let calendar = &mut self.agents[number].1;
        if !std::mem::replace(&mut calendar.is_registered, true) {
            return registered(agent_id, &name).into();
        }
        let one = |from: usize| any % from.max(1);
        let open = calendar.open.get(one(calendar.open.len())).copied();
        match (kind, open) {
            (0..=2, Some(id)) => AppointmentConfirmed { appointment_id: appointment(id) }.into(),
            (3, Some(id)) => {
                let start = calendar.hour();
                fixtures::rescheduled(appointment(id), start, 60).into()
            }
            (4 | 5, Some(id)) => {
                calendar.open.retain(|open| *open != id);
                let cancelled_by = fixtures::actor();
                let reason = Some(Personal::new("55".parse().unwrap(), "Viaje".to_owned()));
                AppointmentCancelled {
                    appointment_id: appointment(id),
                    cancelled_by,
                    reason,
                    requested_by: None,
                }
                .into()
            }
            (6, _) => renamed(agent_id, &name).into(),
            (7, _) => {
                let hold_id = HoldId::new(Uuid::from_u128(id));
                calendar.holds.push(hold_id);
                let start = calendar.hour();
                fixtures::held(hold_id, start, 60, start).into()
            }
            (8, _) if !calendar.holds.is_empty() => HoldReleased { hold_id: calendar.holds.remove(0) }.into(),
            (9, _) => {
                let block_id = BlockId::new(Uuid::from_u128(id));
                calendar.blocks.push(block_id);
                let (zone, start) = (fixtures::ZONE, self.clock);
                let block = fixtures::block(block_id, zone, start, start + TimeDelta::hours(1));
                TimeBlocked { block }.into()
            }
            (10, _) if !calendar.blocks.is_empty() => {
                TimeUnblocked { block_id: calendar.blocks.remove(0), date: None }.into()
            }
            (11, _) => {
                let date = self.clock.date_naive() + TimeDelta::days(i64::try_from(one(30)).unwrap());
                DateExceptionSet { exception: DateException { date, intervals: Vec::new() } }.into()
            }
            _ => {
                calendar.open.push(id);
                let start = calendar.hour().to_rfc3339();
                booked(Uuid::from_u128(id), agent_id, &start).into()
            }
        }
    }

    /// Each event is seven minutes later, so that what is over is forgotten.
    fn stored(&mut self, event: &AgentEvent) -> NewEvent {
        self.clock += TimeDelta::minutes(7);
        self.last_id += 1;
        let id = Uuid::from_u128(self.last_id);
        NewEvent {
            event_id: EventId::new(id),
            event_type: event.event_type(),
            payload: event.payload(),
            metadata: Metadata {
                schema_version: event.schema_version(),
                ..fixtures::metadata(id, self.clock)
            },
        }
    }
}

fn appointment(id: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(id))
}
