//! A reactor with a stored checkpoint, killed at random points, on the embedded node.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, Landmark, NewEvent, RecordedEvent, StreamFilter};
use reactor::{HandleError, ParkedStream, Reactor, Reactors, Resumed, Retry, Running, StartPosition};
use schemas::EventId;
use tokio::sync::watch;
use uuid::Uuid;

const STREAMS: usize = 8;
const EVENTS: u64 = 1_500;
const KILLS: u64 = 25;
/// Longer than anything takes; it only bounds a failure.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What survives a killed reactor.
#[derive(Debug, Default)]
struct Disk {
    checkpoint: Option<u64>,
    landmark: Option<Landmark>,
    parked: Vec<ParkedStream>,
    handled: BTreeMap<String, Vec<u64>>,
}

/// Writes each event as it handles it, and the checkpoint after the batch.
struct Effects {
    disk: Arc<Mutex<Disk>>,
    count: watch::Sender<u64>,
    is_mended: bool,
}

/// The event that cannot be handled until the reactor is mended.
fn is_bad(event: &RecordedEvent) -> bool {
    &*event.stream == "agent-3" && event.revision == 20
}

impl Reactor for Effects {
    fn name(&self) -> &'static str {
        "effects"
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::prefixes(["agent-"])
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        let disk = self.disk.lock().unwrap();
        Ok(StartPosition { after: disk.checkpoint, parked: Some(disk.parked.clone()) })
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        Ok(self.disk.lock().unwrap().landmark.clone())
    }

    async fn handle(&mut self, events: &[RecordedEvent], position: u64) -> Result<(), HandleError> {
        for (at, event) in events.iter().enumerate() {
            if is_bad(event) && !self.is_mended {
                return Err(HandleError::Unhandled { at, reason: "it is bad".to_owned() });
            }
            self.write(event);
            tokio::task::yield_now().await;
        }
        let mut disk = self.disk.lock().unwrap();
        disk.checkpoint = Some(position);
        disk.landmark = events.last().map(RecordedEvent::landmark).or(disk.landmark.take());
        Ok(())
    }

    async fn park(&mut self, parked: &ParkedStream) -> Result<(), Retry> {
        let mut disk = self.disk.lock().unwrap();
        disk.parked.push(parked.clone());
        disk.checkpoint = disk.checkpoint.max(Some(parked.position));
        Ok(())
    }

    async fn resume(&mut self, stream: &str, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        for event in events {
            self.write(event);
        }
        self.disk.lock().unwrap().parked.retain(|parked| &*parked.stream != stream);
        Ok(())
    }
}

impl Effects {
    fn write(&self, event: &RecordedEvent) {
        let mut disk = self.disk.lock().unwrap();
        disk.handled.entry(event.stream.to_string()).or_default().push(event.revision);
        self.count.send_modify(|count| *count += 1);
    }
}

fn event(number: u64) -> NewEvent {
    let id = Uuid::from_u128(u128::from(number) + 1);
    NewEvent {
        event_id: EventId::new(id),
        event_type: "SomethingHappened",
        payload: b"{}".to_vec(),
        metadata: fixtures::metadata(id, DateTime::default()),
    }
}

/// Pseudo-random numbers; another seed gives other moments.
struct SeededRng(u64);

impl SeededRng {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[tokio::test]
async fn killed_at_random_points_it_handles_every_event_at_least_once_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path().join("node"))).await.unwrap();
    let store = EventStore::new(&node.connection_string()).unwrap();
    let (disk, count) = (Arc::<Mutex<Disk>>::default(), watch::Sender::new(0));
    let run = |is_mended| -> Running {
        let effects = Effects { disk: Arc::clone(&disk), count: count.clone(), is_mended };
        reactor::spawn(&store, effects, DateTime::default)
    };
    let writes = store.clone();
    let writing = tokio::spawn(async move {
        let mut last = 0;
        for number in 0..EVENTS {
            let stream = format!("agent-{}", number % STREAMS as u64);
            last = writes.append(&stream, ExpectedRevision::Any, &[event(number)]).await.unwrap().position;
        }
        last
    });
    let mut dice = SeededRng(0x00C1_7A5D);
    let mut killed_at = Vec::new();
    for _ in 0..KILLS {
        let running = run(false);
        let until = *count.borrow() + dice.below(45);
        let mut handled = count.subscribe();
        tokio::time::timeout(TIMEOUT, handled.wait_for(|count| until <= *count)).await.unwrap().unwrap();
        if dice.below(2) == 0 {
            running.stop().await;
        }
        drop(running);
        killed_at.push(disk.lock().unwrap().checkpoint);
    }
    killed_at.dedup();
    assert!(10 < killed_at.len(), "it was killed at different places: {killed_at:?}");
    let last = writing.await.unwrap();
    let reactors = Reactors::default();
    let running = run(true);
    reactors.add(running.clone());
    assert!(tokio::time::timeout(TIMEOUT, running.reached(last)).await.unwrap());
    let [parked] = &running.parked()[..] else { panic!("{:?}", running.parked()) };
    assert_eq!((&*parked.stream, parked.revision), ("agent-3", 20), "the next run knows it");
    assert_eq!(disk.lock().unwrap().handled["agent-3"].last(), Some(&19), "its later events wait");
    let resumed = reactors.retry("effects", "agent-3").await;
    assert!(matches!(resumed, Ok(Resumed::Handled { revision: Some(_) })), "{resumed:?}");

    reactors.stop().await;
    node.shutdown().await;
    let disk = disk.lock().unwrap();
    assert_eq!(disk.handled.len(), STREAMS);
    for (number, (stream, handled)) in disk.handled.iter().enumerate() {
        let mut firsts: Vec<u64> = Vec::new();
        for revision in handled {
            if firsts.last().is_none_or(|last| last < revision) {
                firsts.push(*revision);
            }
        }
        let expected = (EVENTS + STREAMS as u64 - 1 - number as u64) / STREAMS as u64;
        assert_eq!(firsts, (0..expected).collect::<Vec<_>>(), "{stream}: all of them, in order");
    }
    let twice = disk.handled.values().map(Vec::len).sum::<usize>() as u64 - EVENTS;
    assert!(0 < twice, "some were being handled when it was killed");
}
