//! Clients that book, one request after the other, and send a request again for as long as they are asked to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use system_tests::{Client, STEP_TIMEOUT};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::kafka::Record;
use super::support::{AGENTS, Production, unique};
use crate::support::{at, booking, text};

/// Two for each agent, who race for the same slots.
const CLIENTS: usize = 2 * AGENTS.len();
/// More than are booked in the longest outage.
const SLOTS: usize = 6000;

/// Bookings that are being asked for.
pub(crate) struct Load {
    clients: JoinSet<Vec<Answered>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    answered: AtomicUsize,
    /// How often a client was told to come again later.
    put_off: AtomicUsize,
    changed: Notify,
}

/// A booking's answer.
#[derive(Debug)]
struct Answered {
    agent: &'static str,
    start: String,
    /// The appointment and the position; none if it was refused because somebody else was first.
    booked: Option<(String, u64)>,
}

/// What came of a load, compared with everything that is stored.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) booked: usize,
    pub(crate) put_off: usize,
    pub(crate) records: Vec<Record>,
}

impl Load {
    /// Books through the gateway until told to stop.
    pub(crate) fn start(production: &Production) -> Self {
        let (mut clients, shared, load) = (JoinSet::new(), Arc::<Shared>::default(), unique());
        for number in 0..CLIENTS {
            let (client, shared) = (production.client().another(), Arc::clone(&shared));
            let load = format!("{load}-{number}");
            clients.spawn(async move {
                let agent = AGENTS[number % AGENTS.len()];
                let mut answered = Vec::new();
                for slot in 0..SLOTS {
                    if shared.is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    answered.push(
                        book(
                            &client,
                            &shared,
                            agent,
                            &format!("{load}-{slot}"),
                            at(3, 30 * i64::try_from(slot).unwrap()),
                        )
                        .await,
                    );
                    shared.answered.fetch_add(1, Ordering::SeqCst);
                    shared.changed.notify_waiters();
                }
                answered
            });
        }
        Self { clients, shared }
    }

    /// Waits until so many more have been answered.
    pub(crate) async fn goes_on(&self, more: usize) {
        let wanted = self.shared.answered.load(Ordering::SeqCst) + more;
        self.until(|shared| shared.answered.load(Ordering::SeqCst) >= wanted).await;
    }

    /// Waits until somebody is told to come again later who was not before.
    pub(crate) async fn is_put_off(&self) {
        let before = self.shared.put_off.load(Ordering::SeqCst);
        self.until(|shared| shared.put_off.load(Ordering::SeqCst) > before).await;
    }

    async fn until(&self, wanted: impl Fn(&Shared) -> bool) {
        let reached = async {
            loop {
                let changed = self.shared.changed.notified();
                if wanted(&self.shared) {
                    return;
                }
                let answered = self.shared.answered.load(Ordering::SeqCst);
                assert!(answered < CLIENTS * SLOTS, "there is nothing left to be booked");
                changed.await;
            }
        };
        tokio::time::timeout(STEP_TIMEOUT, reached).await.expect("the clients go on");
    }

    /// Ends it, and compares every answer with the read model, the log and what other systems are told: nothing is
    /// lost, and nothing is there twice.
    pub(crate) async fn end(self, production: Production) -> Outcome {
        let ended = self.end_in_the_read_model(&production).await;
        let records = told(&production, ended.ids.len()).await;
        let appointments: BTreeSet<&str> = records.iter().map(|record| &*record.appointment_id).collect();
        assert_eq!(
            appointments,
            ended.ids.iter().map(String::as_str).collect(),
            "what other systems are told"
        );
        let (booked, put_off) = (ended.ids.len(), ended.put_off);
        ended.compare_with_the_log(production).await;
        Outcome { booked, put_off, records }
    }

    /// Ends it, and compares every answer with the read model.
    pub(crate) async fn end_in_the_read_model(self, production: &Production) -> Ended {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let answered: Vec<Answered> = self.clients.join_all().await.into_iter().flatten().collect();
        let booked: Vec<&Answered> = answered.iter().filter(|answered| answered.booked.is_some()).collect();
        let position = booked.iter().filter_map(|answered| Some(answered.booked.as_ref()?.1)).max().unwrap();
        let expected: BTreeMap<&str, (&str, &str)> = booked
            .iter()
            .map(|answered| {
                (answered.booked.as_ref().unwrap().0.as_str(), (answered.agent, &*answered.start))
            })
            .collect();
        assert_eq!(expected.len(), booked.len(), "two requests were answered with one appointment");

        let projected = production.appointments(position).await;
        assert_eq!(by_id(&projected), expected, "the read model has other appointments than were answered");
        let taken: BTreeSet<_> = expected.values().collect();
        assert_eq!(taken.len(), expected.len(), "a slot was given to two");
        for answered in answered.iter().filter(|answered| answered.booked.is_none()) {
            assert!(
                taken.contains(&(answered.agent, &*answered.start)),
                "refused although free: {answered:?}"
            );
        }
        let ids = expected.keys().map(|id| (*id).to_owned()).collect();
        let put_off = self.shared.put_off.load(Ordering::SeqCst);
        Ended { projected, position, ids, put_off }
    }
}

/// A load that has ended, as the read model has it.
pub(crate) struct Ended {
    projected: Vec<Value>,
    position: u64,
    ids: BTreeSet<String>,
    put_off: usize,
}

impl Ended {
    /// Stops everything, and compares the read model with the log.
    pub(crate) async fn compare_with_the_log(self, production: Production) {
        let stored = production.stop_and_read_the_log(self.position).await;
        assert_eq!(self.projected, stored, "the read model is not what the log says");
    }
}

/// Sends a booking until it is answered for good. Anything but that, or being told to come again later, is a failure.
async fn book(
    client: &Client,
    shared: &Shared,
    agent: &'static str,
    key: &str,
    start: DateTime<Utc>,
) -> Answered {
    let body = booking(agent, key, start);
    let answered = |booked| Answered { agent, start: text(start), booked };
    let sent = async {
        loop {
            let answer = client.post("/v1/appointments").key(key).body(&body).answer().await;
            match answer.status.as_u16() {
                201 => {
                    let booked = answer.json();
                    let id = booked["appointment_id"].as_str().unwrap().to_owned();
                    return answered(Some((id, booked["position"].as_u64().unwrap())));
                }
                409 => {
                    assert_eq!(answer.refused(409, "slot_unavailable")["reason"], "already_booked");
                    return answered(None);
                }
                503 => {
                    let seconds = answer.header("retry-after").parse().unwrap();
                    shared.put_off.fetch_add(1, Ordering::SeqCst);
                    shared.changed.notify_waiters();
                    // As the answer asks; it is what a client does, not what the test waits for.
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                _ => panic!("{answer:?}"),
            }
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, sent).await.unwrap_or_else(|_| panic!("{key} is never answered"))
}

/// Of each appointment its agent and its start.
fn by_id(items: &[Value]) -> BTreeMap<&str, (&str, &str)> {
    let found: BTreeMap<_, _> = items
        .iter()
        .map(|item| {
            let member = |name: &str| item[name].as_str().unwrap();
            (member("id"), (member("agent_id"), member("start")))
        })
        .collect();
    assert_eq!(found.len(), items.len(), "an appointment is listed twice");
    found
}

/// The records, once so many appointments are told of; each event once, and in the order of the log in each partition.
async fn told(production: &Production, appointments: usize) -> Vec<Record> {
    let relayed = async {
        loop {
            let records = production.kafka.records().await;
            let told: BTreeSet<&str> = records.iter().map(|record| &*record.event_id).collect();
            if told.len() >= appointments {
                return records;
            }
        }
    };
    let records = tokio::time::timeout(STEP_TIMEOUT, relayed).await.expect("everything is relayed in time");
    let mut last: BTreeMap<i32, u64> = BTreeMap::new();
    for record in &records {
        let before = last.insert(record.partition, record.position);
        assert!(before < Some(record.position), "{record:?} after {before:?}: twice, or out of order");
        assert_eq!(record.key, record.appointment_id);
        assert_eq!(record.event_type, "citas.AppointmentBooked.v1");
    }
    records
}
