use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_store::{
    After, AppendError, Cause, EventStore, ExpectedRevision, NewEvent, Settings, StreamFilter, Subscription,
    SubscriptionItem,
};
use tokio::time::Instant;

use crate::rude_server::{CHECKPOINT, Cluster, RudeServer};
use crate::stand_in::StandIn;
use crate::store_server::OwnNode;
use crate::support::{in_time, new_event, new_events, new_name, next, next_event, store_at};

#[tokio::test]
async fn an_append_that_meets_a_follower_is_sent_on_to_the_leader() {
    let leader = OwnNode::start("names it as the leader of a cluster").await;
    let cluster = Cluster { members: Vec::new(), leader: Some(leader.address()) };
    let follower = RudeServer::start(&Arc::new(Mutex::new(cluster))).await;
    let stream = new_name("sent-on");

    let store = store_at(follower.address);
    let appended =
        in_time(store.append(&stream, ExpectedRevision::NoStream, &new_events(0..2))).await.unwrap();

    assert_eq!(appended.revision, 1);
    assert_eq!(store_at(leader.address()).stream_revision(&stream).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_cluster_that_one_name_stands_for_is_asked_for_its_leader() {
    let leader = OwnNode::start("names it as the leader of a cluster").await;
    let members = vec![leader.address()];
    let seed =
        RudeServer::start(&Arc::new(Mutex::new(Cluster { members, leader: Some(leader.address()) }))).await;
    let store = EventStore::new(&format!("esdb+discover://{}?tls=false", seed.address)).unwrap();
    let appended =
        in_time(store.append(&new_name("led"), ExpectedRevision::NoStream, &new_events(0..1))).await;
    assert_eq!(appended.unwrap().revision, 0);
}

#[tokio::test]
async fn a_subscription_that_loses_its_leader_asks_the_cluster_for_another() {
    let cluster = Arc::new(Mutex::new(Cluster::default()));
    let (mut first, mut second) = (RudeServer::start(&cluster).await, RudeServer::start(&cluster).await);
    let (a, b) = (first.address, second.address);
    *cluster.lock().unwrap() = Cluster { members: vec![a, b], leader: Some(a) };
    let store = EventStore::new(&format!("esdb://{a},{b}?tls=false")).unwrap();
    let subscription = store.subscribe(After::Start, StreamFilter::all());
    assert_eq!(in_time(first.asked.recv()).await, Some(None));

    *cluster.lock().unwrap() = Cluster { members: vec![b], leader: Some(b) };

    assert_eq!(in_time(second.asked.recv()).await, Some(Some(CHECKPOINT)));
    drop(subscription);
}

/// A stream to which events are appended one by one, and a subscription that gets them. While the clock is paused, it leaps to
/// the next deadline whenever everybody waits: the times are those of an idle machine.
struct Bookings {
    cluster: StandIn,
    store: EventStore,
    stream: String,
    events: Vec<NewEvent>,
    subscription: Subscription,
}

impl Bookings {
    async fn begin() -> Self {
        let cluster = StandIn::start(3).await;
        let store = EventStore::new(&cluster.connection_string()).unwrap();
        let subscription = store.subscribe(After::Start, StreamFilter::all());
        let mut bookings =
            Self { cluster, store, stream: new_name("booked"), events: Vec::new(), subscription };
        bookings.book().await.unwrap();
        bookings.followed().await;
        bookings
    }

    fn next(&mut self) -> (EventStore, String, ExpectedRevision, NewEvent) {
        let expected = match self.events.len() {
            0 => ExpectedRevision::NoStream,
            count => ExpectedRevision::Exact(count as u64 - 1),
        };
        let event = new_event(u32::try_from(self.events.len()).unwrap());
        self.events.push(event.clone());
        (self.store.clone(), self.stream.clone(), expected, event)
    }

    async fn book(&mut self) -> Result<u64, AppendError> {
        let (store, stream, expected, event) = self.next();
        store.append(&stream, expected, &[event]).await.map(|appended| appended.revision)
    }

    /// The subscription brings the last event next, and has brought each of the others once.
    async fn followed(&mut self) {
        let event = next_event(&mut self.subscription).await;
        assert_eq!(event.event_id, self.events.last().unwrap().event_id);
    }

    /// Books while the leader is lost, which takes so long to be replaced by the second. Returns how long bookings and
    /// subscription took to go on after that.
    async fn through_an_election_of(&mut self, election: Duration) -> Duration {
        let (store, stream, expected, event) = self.next();
        let booking = tokio::spawn(async move { store.append(&stream, expected, &[event]).await });
        tokio::time::sleep(election).await;
        self.cluster.agree(&[1, 2], Some(1));
        let elected_at = Instant::now();
        booking.await.unwrap().unwrap();
        self.followed().await;
        elected_at.elapsed()
    }
}

/// How long an election may take: any time at which the client may be at any of its steps.
fn elections(quarters: RangeInclusive<u32>) -> impl Iterator<Item = Duration> {
    quarters.map(|quarters| Duration::from_millis(250) * quarters)
}

const GOAL: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn a_leader_that_hangs_is_left_for_the_next() {
    // The others need seconds to notice it too.
    for election in elections(6..=38) {
        let mut bookings = Bookings::begin().await;
        bookings.cluster.freeze(0);
        let took = bookings.through_an_election_of(election).await;
        assert!(took <= GOAL, "{took:?} after an election of {election:?}");
        bookings.book().await.unwrap();
        bookings.followed().await;
        assert_eq!(bookings.cluster.takers(), [0, 1, 1], "each once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_killed_is_left_for_the_next() {
    for election in elections(0..=32) {
        let mut bookings = Bookings::begin().await;
        bookings.cluster.kill(0).await;
        bookings.cluster.agree(&[1, 2], None);
        let took = bookings.through_an_election_of(election).await;
        assert!(took <= GOAL, "{took:?} after an election of {election:?}");
        assert_eq!(bookings.cluster.takers(), [0, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_deposed_is_left_for_the_next() {
    for election in elections(0..=32) {
        let mut bookings = Bookings::begin().await;
        bookings.cluster.agree(&[0, 1, 2], None);
        let (store, stream, expected, event) = bookings.next();
        let booking = tokio::spawn(async move { store.append(&stream, expected, &[event]).await });
        tokio::time::sleep(election).await;
        bookings.cluster.agree(&[0, 1, 2], Some(2));
        let elected_at = Instant::now();
        booking.await.unwrap().unwrap();
        bookings.followed().await;
        let took = elected_at.elapsed();
        assert!(took <= GOAL, "{took:?} after an election of {election:?}");
        assert_eq!(bookings.cluster.takers(), [0, 2]);
    }
}

/// It still takes itself for the leader, and answers.
#[tokio::test(start_paused = true)]
async fn a_former_leader_that_goes_on_is_not_believed() {
    let mut bookings = Bookings::begin().await;
    bookings.cluster.freeze(0);
    bookings.through_an_election_of(Duration::from_secs(6)).await;
    bookings.cluster.thaw(0);
    for _ in 0..8 {
        bookings.store = EventStore::new(&bookings.cluster.connection_string()).unwrap();
        bookings.book().await.unwrap();
        bookings.followed().await;
    }
    assert_eq!(bookings.cluster.takers()[1..], [1; 9]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_a_leader_is_named_and_nothing_is_in_doubt() {
    let cluster = StandIn::start(3).await;
    cluster.agree(&[0, 1, 2], None);
    let settings = Settings { append_deadline: Duration::from_secs(5), ..Settings::default() };
    let store = EventStore::with_settings(&cluster.connection_string(), settings).unwrap();
    let mut subscription = store.subscribe(After::Start, StreamFilter::all());
    let refused = store.append("s", ExpectedRevision::NoStream, &new_events(0..1)).await;
    let Err(AppendError::Unavailable(fault)) = refused else { panic!("{refused:?}") };
    assert_eq!(fault.cause(), Cause::NoLeader, "{fault}");
    assert_eq!(store.trouble().map(|fault| fault.cause()), Some(Cause::NoLeader));
    let item = next(&mut subscription).await;
    assert!(
        matches!(&item, SubscriptionItem::Disconnected(fault) if fault.cause() == Cause::NoLeader),
        "{item:?}"
    );
    cluster.agree(&[0, 1, 2], Some(2));
    store.append("s", ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    assert!(store.trouble().is_none());
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
}
