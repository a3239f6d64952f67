//! Full load, and half of it for long: a healthy machine answers every request, and neither memory nor descriptors run away.

mod measures;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use system_tests::{Client, SeededRng};
use tokio::sync::Semaphore;
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

    let long = length("CITAS_TEST_SOAK_SECONDS");
    let part = long.unwrap_or(QUICK) / PARTS;
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
    let [(first, memory, descriptors), .., (last, memory_at_last, descriptors_at_last)] = &parts[..] else {
        unreachable!("there are {PARTS}")
    };
    assert!(*descriptors_at_last <= descriptors + CLIENTS, "{descriptors} became {descriptors_at_last}");
    let requests: usize = parts[1..].iter().map(|(part, ..)| part.requests).sum();
    let grown = memory_at_last.saturating_sub(*memory);
    assert!(grown <= requests * BYTES_OF_A_REQUEST + BYTES_AT_ONCE, "{grown} bytes for {requests} requests");
    if long.is_some() {
        let (first, last) = (first.latencies.percentile(99), last.latencies.percentile(99));
        assert!(last <= 3 * first + Duration::from_millis(5), "{first:?} became {last:?}");
    }
    assert_eq!(citas.stop().await.code, Some(0));
}

/// What came of a time of load.
struct Outcome {
    requests: usize,
    latencies: Latencies,
}

/// Sends as much as is answered, or a request each so often. Every answer of 500 or more is a failure.
async fn load(client: &Client, dice: &mut SeededRng, length: Duration, each: Option<Duration>) -> Outcome {
    // Without a rate there are permits without end.
    let permits = Arc::new(Semaphore::new(if each.is_some() { 0 } else { Semaphore::MAX_PERMITS }));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, mut dice) = (client.another(), dice.split());
        let permits = Arc::clone(&permits);
        clients.spawn(async move {
            let (mut requests, mut latencies) = (Requests::of(number), Latencies::default());
            while let Ok(permit) = permits.acquire().await {
                permit.forget();
                let began = Instant::now();
                requests.send_one(&client, &mut dice).await;
                latencies.add(began.elapsed());
            }
            latencies
        });
    }
    let (began, mut ticks, mut given) = (Instant::now(), interval(TICK), 0);
    while began.elapsed() < length {
        ticks.tick().await;
        if let Some(each) = each {
            let due = usize::try_from(began.elapsed().as_nanos() / each.as_nanos()).unwrap();
            permits.add_permits(due - given);
            given = due;
        }
    }
    permits.close();
    let latencies = clients.join_all().await.into_iter().fold(Latencies::default(), Latencies::and);
    Outcome { requests: latencies.count(), latencies }
}

/// How often requests are handed out.
const TICK: Duration = Duration::from_millis(2);
