//! The server under test, and helpers that append, read and subscribe.

use std::time::Duration;

use event_node::{Node, NodeConfig};
use eventstore::{
    AppendToStreamOptions, Client, EventData, Position, ReadAllOptions, ReadStream, ReadStreamOptions,
    RecordedEvent, StreamState, Subscription, SubscriptionEvent, WriteResult,
};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::wire::Wire;

/// Longer than any step takes: reaching it means that the step would never end.
const NEVER: Duration = Duration::from_mins(1);
pub(crate) const TYPE: &str = "tested";

/// The server under test, and stream names in it that no other test uses.
pub(crate) struct Store {
    pub(crate) client: Client,
    url: String,
    prefix: String,
    _node: Option<(Node, TempDir)>,
}

impl Store {
    pub(crate) async fn open() -> Self {
        let (url, node) = if let Ok(url) = std::env::var("CITAS_TEST_ESDB_URL") {
            (url, None)
        } else {
            let folder = tempfile::tempdir().unwrap();
            let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
            (node.connection_string(), Some((node, folder)))
        };
        Self { client: client(&url), url, prefix: format!("t{}", id().simple()), _node: node }
    }

    /// A connection for what the client does not show, unless the server cannot be asked so.
    pub(crate) async fn wire(&self) -> Option<Wire> {
        Wire::open(&self.url).await
    }

    /// A stream name with a prefix that no other test has.
    pub(crate) fn stream(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    pub(crate) async fn append(
        &self,
        stream: &str,
        state: StreamState,
        events: Vec<EventData>,
    ) -> eventstore::Result<WriteResult> {
        append(&self.client, stream, state, events).await
    }

    pub(crate) async fn read(&self, stream: &str) -> eventstore::Result<Vec<RecordedEvent>> {
        self.read_with(stream, &ReadStreamOptions::default()).await
    }

    pub(crate) async fn read_with(
        &self,
        stream: &str,
        options: &ReadStreamOptions,
    ) -> eventstore::Result<Vec<RecordedEvent>> {
        collect(self.client.read_stream(stream, options).await?).await
    }

    pub(crate) async fn read_all(&self, options: &ReadAllOptions) -> Vec<RecordedEvent> {
        collect(self.client.read_all(options).await.unwrap()).await.unwrap()
    }
}

pub(crate) fn client(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

pub(crate) async fn append(
    client: &Client,
    stream: &str,
    state: StreamState,
    events: Vec<EventData>,
) -> eventstore::Result<WriteResult> {
    let options = AppendToStreamOptions::default().stream_state(state);
    within(client.append_to_stream(stream, &options, events)).await
}

/// How many events of the stream a reader sees.
pub(crate) async fn visible(client: &Client, stream: &str) -> usize {
    let read = client.read_stream(stream, &ReadStreamOptions::default()).await.unwrap();
    collect(read).await.unwrap().len()
}

async fn collect(mut stream: ReadStream) -> eventstore::Result<Vec<RecordedEvent>> {
    let mut events = Vec::new();
    while let Some(resolved) = within(stream.next()).await? {
        events.push(resolved.event.unwrap());
    }
    Ok(events)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is an edge: its names must differ from every other run's"
)]
pub(crate) fn id() -> Uuid {
    Uuid::new_v4()
}

/// An event with an id of its own and `number` as its payload.
pub(crate) fn event(number: usize) -> EventData {
    typed(TYPE, number)
}

pub(crate) fn typed(event_type: &str, number: usize) -> EventData {
    EventData::json(event_type, &json!({ "number": number })).unwrap().id(id())
}

pub(crate) fn events(numbers: std::ops::Range<usize>) -> Vec<EventData> {
    numbers.map(event).collect()
}

pub(crate) fn number(event: &RecordedEvent) -> usize {
    let payload: serde_json::Value = event.as_json().unwrap();
    payload["number"].as_u64().unwrap().try_into().unwrap()
}

pub(crate) fn numbers(events: &[RecordedEvent]) -> Vec<usize> {
    events.iter().map(number).collect()
}

pub(crate) fn revisions(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.revision).collect()
}

/// Fails the test instead of letting it hang.
pub(crate) async fn within<T>(step: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, step).await.expect("the step never ends")
}

/// A message of a subscription, reduced to what the tests compare.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Confirmed,
    Event(usize, Position),
    Checkpoint(Position),
    CaughtUp,
}

pub(crate) async fn said(subscription: &mut Subscription) -> Said {
    match within(subscription.next_subscription_event()).await.unwrap() {
        SubscriptionEvent::Confirmed(_) => Said::Confirmed,
        SubscriptionEvent::EventAppeared(resolved) => {
            let event = resolved.event.unwrap();
            Said::Event(number(&event), event.position)
        }
        SubscriptionEvent::Checkpoint(position) => Said::Checkpoint(position),
        SubscriptionEvent::CaughtUp(_) => Said::CaughtUp,
        _ => panic!("an unexpected message of the subscription"),
    }
}

/// The numbers of the events up to the moment that the subscription is live.
pub(crate) async fn caught_up(subscription: &mut Subscription) -> Vec<usize> {
    let mut numbers = Vec::new();
    loop {
        match said(subscription).await {
            Said::CaughtUp => return numbers,
            Said::Event(number, _) => numbers.push(number),
            Said::Confirmed | Said::Checkpoint(_) => {}
        }
    }
}

/// The numbers of the next `count` events.
pub(crate) async fn next_numbers(subscription: &mut Subscription, count: usize) -> Vec<usize> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        if let Said::Event(number, _) = said(subscription).await {
            numbers.push(number);
        }
    }
    numbers
}
