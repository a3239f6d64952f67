//! One of two processes of a service hangs: its connections stay open, and it answers nothing.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use system_tests::{Client, EventNode, Gateway, RunningService, STEP_TIMEOUT, Service};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::production::support::{address_of_its_own, postgres, unique};
use crate::support::{VISIT, all, at, booking, head, set_up, text};

const AGENTS: [&str; 3] = ["7", "8", "9"];
const CLIENTS: usize = 6;
/// How many answers before, during and after a fault.
const SOME: usize = 20 * CLIENTS;
/// What a process that hangs may cost a request, once.
const COST: Duration = Duration::from_secs(2);
/// What a busy machine may add to any answer.
const ALLOWANCE: Duration = Duration::from_secs(2);

/// Two of each service behind the gateway.
struct Pairs {
    query_apis: [RunningService; 2],
    command_apis: [RunningService; 2],
    gateway: Gateway,
    _projector: RunningService,
    _node: EventNode,
    _folder: TempDir,
}

impl Pairs {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
        let (store, schema) = (node.connection_string().to_owned(), format!("stopped_{}", unique()));
        let projector = Service::projector(&store, &postgres(), &schema).ready().await;
        let query_api = || Service::query_api(&postgres(), &schema).ready();
        let query_apis = [query_api().await, query_api().await];
        let command_api = || Service::command_api(&store).ready();
        let command_apis = [command_api().await, command_api().await];
        let addresses = |services: &[RunningService; 2]| {
            services.each_ref().map(|service| service.client().address().to_owned())
        };
        let (queries, commands) = (addresses(&query_apis), addresses(&command_apis));
        let gateway = Gateway::in_front_of(
            &queries.each_ref().map(String::as_str),
            &commands.each_ref().map(String::as_str),
        )
        .await;
        set_up(&gateway.client(), &AGENTS).await;
        let position = head(&gateway.client()).await;
        for query_api in &query_apis {
            query_api.client().get(&format!("/v1/office?min_position={position}")).ok().await;
        }
        Self { query_apis, command_apis, gateway, _projector: projector, _node: node, _folder: folder }
    }
}

/// Clients that book and then ask, one request after the other.
struct Load {
    clients: JoinSet<Vec<Answered>>,
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    is_over: AtomicBool,
    answered: AtomicUsize,
    changed: Notify,
}

struct Answered {
    status: u16,
    took: Duration,
    /// The appointment, of a booking.
    booked: Option<String>,
}

impl Load {
    fn start(client: &Client) -> Self {
        let (mut clients, progress) = (JoinSet::new(), Arc::<Progress>::default());
        for number in 0..CLIENTS {
            let (client, progress) = (client.another(), Arc::clone(&progress));
            clients.spawn(async move {
                let mut answered = Vec::new();
                for slot in (number..).step_by(CLIENTS) {
                    if progress.is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    let start = at(3, 30 * i64::try_from(slot).unwrap());
                    let agent = AGENTS[number % AGENTS.len()];
                    let body = booking(agent, &format!("lead-{slot}"), start);
                    let began = Instant::now();
                    let booking = client.post("/v1/appointments").key(&format!("slot-{slot}")).body(&body);
                    let answer = booking.answer().await;
                    let took = began.elapsed();
                    let booked = (answer.status == 201)
                        .then(|| answer.json()["appointment_id"].as_str().unwrap().to_owned());
                    answered.push(Answered { status: answer.status.as_u16(), took, booked });
                    let began = Instant::now();
                    let path = format!(
                        "/v1/slots?appointment_type={VISIT}&agent_id={agent}&from={}&limit=1",
                        text(start)
                    );
                    let answer = client.get(&path).answer().await;
                    answered.push(Answered {
                        status: answer.status.as_u16(),
                        took: began.elapsed(),
                        booked: None,
                    });
                    progress.answered.fetch_add(2, Ordering::SeqCst);
                    progress.changed.notify_waiters();
                }
                answered
            });
        }
        Self { clients, progress }
    }

    /// Waits until so many more have been answered.
    async fn goes_on(&self) {
        let wanted = self.progress.answered.load(Ordering::SeqCst) + SOME;
        let reached = async {
            loop {
                let changed = self.progress.changed.notified();
                if self.progress.answered.load(Ordering::SeqCst) >= wanted {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(STEP_TIMEOUT, reached).await.expect("the clients go on");
    }

    /// Ends it, and gives what each client was answered.
    async fn end(self) -> Vec<Vec<Answered>> {
        self.progress.is_over.store(true, Ordering::SeqCst);
        self.clients.join_all().await
    }
}

/// Halts a process while clients ask and book, and checks that nobody is refused, that nobody waits for longer than a
/// hanging process may cost, and that no more requests wait than were under way.
async fn halted_under_load(pairs: &Pairs, halted: &RunningService, what: &str) {
    let load = Load::start(&pairs.gateway.client());
    load.goes_on().await;
    halted.halt();
    load.goes_on().await;
    load.goes_on().await;
    halted.resume();
    halted.until_ready().await;
    load.goes_on().await;
    let clients = load.end().await;
    let answers = || clients.iter().flatten();
    let slowest = answers().map(|answered| answered.took).max().unwrap();
    let waited = answers().filter(|answered| answered.took > COST * 3 / 4).count();
    let figures = format!("{what}: {} answers, {waited} waited, slowest {slowest:?}", answers().count());
    // Past what the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "{figures}");
    for answered in answers() {
        assert!(matches!(answered.status, 200 | 201), "{what}: a {}", answered.status);
    }
    assert!(slowest < COST + ALLOWANCE, "{what}: an answer took {slowest:?}");
    assert!(waited <= CLIENTS, "{what}: {waited} requests of {CLIENTS} clients had to wait");

    let booked: BTreeSet<&str> = answers().filter_map(|answered| answered.booked.as_deref()).collect();
    let bookings = answers().filter(|answered| answered.status == 201).count();
    assert_eq!(booked.len(), bookings, "two bookings were answered with one appointment");
    let client = pairs.gateway.client();
    let position = crate::support::head(&client).await;
    let stored = all(&client, "/v1/appointments?sort=created_at", &position).await;
    let stored: BTreeSet<&str> = stored.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert!(booked.is_subset(&stored), "an answered booking is not there");
    assert_eq!(stored.len(), bookings, "something was booked twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_api_that_hangs_costs_each_client_two_seconds_once() {
    let pairs = Pairs::start().await;
    halted_under_load(&pairs, &pairs.query_apis[0], "one of two query-apis").await;
}

/// A booking that the halted process had taken is sent to the other one, with its key; once the first goes on, it finds
/// what the other has stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_api_that_hangs_costs_each_client_two_seconds_once() {
    let pairs = Pairs::start().await;
    halted_under_load(&pairs, &pairs.command_apis[0], "one of two command-apis").await;
}
