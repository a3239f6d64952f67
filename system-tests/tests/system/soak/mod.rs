//! Full load, and half of it for long: a healthy machine answers every request, and neither memory nor descriptors run away.

mod measures;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use system_tests::{Client, SeededRng};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use measures::{Latencies, Process};
use requests::{AGENTS, Requests};

use crate::support::{Given, set_up};

const CLIENTS: usize = 16;
/// How long without the variables: long enough for thousands of requests.
const QUICK: Duration = Duration::from_secs(5);
/// Into how many parts the time is divided, to compare them.
const PARTS: u32 = 4;
/// What an appointment may cost in memory, with its keys, history and index; and what the allocator may keep besides.
const BYTES_OF_A_REQUEST: usize = 8 * 1024;
const BYTES_AT_ONCE: usize = 64 * 1024 * 1024;

fn length(variable: &str) -> Option<Duration> {
    let seconds = std::env::var(variable).ok()?;
    Some(Duration::from_secs(seconds.parse().expect("a number of seconds")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_a_healthy_machine_refuses_nothing_and_keeps_its_size() {
    let Given { citas, client, folder: _folder } = Given::fresh().await;
    set_up(&client, &AGENTS).await;
    let process = Process(citas.id());
    let mut dice = SeededRng::thrown("soak");

    let full = length("CITAS_TEST_FULL_LOAD_SECONDS").unwrap_or(QUICK);
    let at_full = load(&client, &mut dice, full, None).await;
    let per_request = full / u32::try_from(at_full.requests).unwrap();
    println!("full load, {} s: one request each {per_request:.1?}, {}", full.as_secs(), at_full.latencies);

    let part = length("CITAS_TEST_SOAK_SECONDS").unwrap_or(QUICK) / PARTS;
    let mut parts = Vec::new();
    for number in 1..=PARTS {
        let part = load(&client, &mut dice, part, Some(2 * per_request)).await;
        let (memory, descriptors) = (process.memory(), process.descriptors());
        println!(
            "half load, part {number}: {} requests, {}, {} MiB, {descriptors} descriptors",
            part.requests,
            part.latencies,
            memory >> 20
        );
        parts.push((part, memory, descriptors));
    }
    let [(_, memory, descriptors), .., (_, memory_at_last, descriptors_at_last)] = &parts[..] else {
        unreachable!("there are {PARTS}")
    };
    assert!(*descriptors_at_last <= descriptors + CLIENTS, "{descriptors} became {descriptors_at_last}");
    let requests: usize = parts[1..].iter().map(|(part, ..)| part.requests).sum();
    let grown = memory_at_last.saturating_sub(*memory);
    assert!(grown <= requests * BYTES_OF_A_REQUEST + BYTES_AT_ONCE, "{grown} bytes for {requests} requests");
    assert_eq!(citas.stop().await.code, Some(0));
}

/// What came of a time of load.
struct Outcome {
    requests: usize,
    latencies: Latencies,
}

/// Sends as much as is answered, or a request each so often, whose latency counts from when it is due. Every answer of
/// 500 or more is a failure.
async fn load(client: &Client, dice: &mut SeededRng, length: Duration, each: Option<Duration>) -> Outcome {
    let end = Instant::now() + length;
    let (hand_out, due) = mpsc::unbounded_channel();
    let due = Arc::new(Mutex::new(due));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, mut dice) = (client.another(), dice.split());
        let due = Arc::clone(&due);
        clients.spawn(async move {
            let (mut requests, mut latencies) = (Requests::of(number), Latencies::default());
            loop {
                let next = match each {
                    Some(_) => due.lock().await.recv().await,
                    None => Some(Instant::now()).filter(|now| *now < end),
                };
                let Some(began) = next else { return latencies };
                requests.send_one(&client, &mut dice).await;
                latencies.add(began.elapsed());
            }
        });
    }
    if let Some(each) = each {
        let (mut ticks, mut next) = (interval(TICK), Instant::now());
        while next < end {
            ticks.tick().await;
            while next < end.min(Instant::now()) {
                hand_out.send(next).expect("the clients wait for it");
                next += each;
            }
        }
    }
    drop(hand_out);
    let latencies = clients.join_all().await.into_iter().fold(Latencies::default(), Latencies::and);
    Outcome { requests: latencies.count(), latencies }
}

/// How often requests are handed out.
const TICK: Duration = Duration::from_millis(2);
