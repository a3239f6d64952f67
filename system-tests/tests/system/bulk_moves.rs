//! A bulk move of many visits, killed again and again, and taken back: nothing is lost, and nothing is there twice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use system_tests::{Citas, Client, STEP_TIMEOUT};
use tokio::time::Instant;

use crate::support::{CALL, Given, all, at, head, text};

const FROM: &str = "away";
const AGENTS: usize = 40;
const VISITS: usize = 300;
/// So many visits are with their old agent, or back there, when the process is killed.
const KILLED_AT: [usize; 3] = [250, 160, 60];

/// The agent and the start of each live appointment, by id.
type Places = BTreeMap<String, (String, String)>;

fn to_agents() -> Vec<String> {
    (0..AGENTS).map(|number| format!("agent-{number:02}")).collect()
}

/// An agent with a call every quarter of an hour, and forty who are free.
async fn given() -> (Given, Places) {
    let others = to_agents();
    let agents: Vec<&str> = [FROM].into_iter().chain(others.iter().map(String::as_str)).collect();
    let given = Given::agency(&agents).await;
    for number in 0..VISITS {
        let start = text(at(3, i64::try_from(number).unwrap() * 15));
        let lead = format!("lead-{number}");
        let body = json!({"agent_id": FROM, "lead_id": lead, "appointment_type": CALL, "start": start});
        given.client.post("/v1/appointments").body(&body).ok().await;
    }
    let before = places(&given.client).await;
    assert_eq!(before.len(), VISITS);
    (given, before)
}

async fn places(client: &Client) -> Places {
    let position = head(client).await;
    let live = all(client, "/v1/appointments?status=scheduled&status=confirmed", &position).await;
    let member = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let count = live.len();
    let places: Places = live
        .iter()
        .map(|item| (member(item, "id"), (member(item, "agent_id"), member(item, "start"))))
        .collect();
    assert_eq!(places.len(), count, "an appointment is listed twice");
    places
}

/// How many are with the agent who is away.
async fn left(client: &Client) -> usize {
    let path = format!("/v1/appointments?agent_id={FROM}");
    all(client, &path, &json!(0)).await.len()
}

/// Sends a command again and again while the process is killed as soon as `is_time` says so of how many are with the
/// agent who is away. Returns how often it was killed before everything was done.
async fn with_kills(
    mut given: Given,
    (path, key, body): (&str, &str, &Value),
    is_time: impl Fn(usize, usize) -> bool,
    is_over: impl Fn(usize) -> bool,
) -> (Given, usize) {
    let mut in_between = 0;
    for kill in 0..KILLED_AT.len() {
        let sending = tokio::spawn(given.client.post(path).key(key).body(body).attempt());
        let begun_at = Instant::now();
        let mut with_the_old = left(&given.client).await;
        while !is_time(kill, with_the_old) {
            assert!(begun_at.elapsed() < STEP_TIMEOUT, "it does not go on: {with_the_old} are left");
            with_the_old = left(&given.client).await;
        }
        in_between += usize::from(!is_over(with_the_old));
        given = given.restarted(Citas::kill).await;
        // The answer is lost with the process, unless it came first.
        drop(sending.await.unwrap());
    }
    (given, in_between)
}

/// The bulk move once it has this status: it goes on by itself, or when it is resumed.
async fn until(client: &Client, move_id: &str, status: &str) -> Value {
    let begun_at = Instant::now();
    loop {
        let resumed = client.post(&format!("/v1/moves/{move_id}/resume")).body(&json!({})).ok().await;
        if resumed["status"] == status {
            return resumed;
        }
        assert!(begun_at.elapsed() < STEP_TIMEOUT, "never {status}: {}", resumed["counts"]);
    }
}

/// The minutes that the agents are busy, by their calendars.
async fn busy_minutes(client: &Client, agents: &[String]) -> i64 {
    let (position, mut minutes) = (head(client).await, 0);
    let range = format!("from={}&to={}&min_position={position}", text(at(3, 0)), text(at(9, 0)));
    for agent in agents {
        let path = format!("/v1/agents/{agent}/availability?{range}");
        for busy in client.get(&path).ok().await["busy"].as_array().unwrap() {
            let [start, end] = ["start", "end"].map(|end| crate::support::instant(&busy[end]));
            minutes += (end - start).num_minutes();
        }
    }
    minutes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_is_killed_again_and_again_moves_each_visit_once_and_back() {
    let (given, before) = given().await;
    let path = format!("/v1/agents/{FROM}/appointments/move");
    let body = json!({"from": text(at(3, 0)), "to": text(at(8, 0)), "reason": "Sick leave"});

    let planned = given.client.post(&format!("{path}?dry_run=true")).body(&body).ok().await;
    assert_eq!(planned["counts"]["pending"], VISITS);
    let plan: Vec<&Value> =
        planned["visits"].as_array().unwrap().iter().map(|visit| &visit["to_agent_id"]).collect();
    assert_eq!(plan.iter().map(|agent| agent.as_str().unwrap()).collect::<BTreeSet<_>>().len(), AGENTS);

    let is_time = |kill: usize, left: usize| left <= KILLED_AT[kill];
    let (given, in_between) = with_kills(given, (&path, "move", &body), is_time, |left| left == 0).await;
    assert!(in_between > 0, "every kill came when all was done");
    let started = given.client.post(&path).key("move").body(&body).ok().await;
    let move_id = started["move_id"].as_str().unwrap().to_owned();
    let completed = until(&given.client, &move_id, "completed").await;
    assert_eq!(completed["counts"]["moved"], VISITS, "{}", completed["counts"]);
    let after = places(&given.client).await;
    assert_eq!(after.len(), VISITS);
    for visit in completed["visits"].as_array().unwrap() {
        let id = visit["appointment_id"].as_str().unwrap();
        let (agent, start) = &after[id];
        assert_eq!((visit["to_agent_id"].as_str(), start), (Some(agent.as_str()), &before[id].1), "{id}");
        assert_ne!(agent, FROM);
    }
    let all_minutes = i64::try_from(VISITS).unwrap() * 15;
    assert_eq!(busy_minutes(&given.client, &to_agents()).await, all_minutes);
    assert_eq!(busy_minutes(&given.client, &[FROM.to_owned()]).await, 0);
    let shown =
        given.client.get(&format!("/v1/moves/{move_id}?min_position={}", completed["position"])).ok().await;
    assert_eq!((&shown["counts"], &shown["status"]), (&completed["counts"], &json!("completed")));

    let undo = format!("/v1/moves/{move_id}/undo");
    let is_time = |kill: usize, left: usize| left >= VISITS - KILLED_AT[kill];
    let (given, in_between) =
        with_kills(given, (&undo, "undo", &json!({})), is_time, |left| left == VISITS).await;
    assert!(in_between > 0, "every kill came when all was done");
    let undone = until(&given.client, &move_id, "undone").await;
    assert_eq!(undone["counts"]["moved_back"], VISITS, "{}", undone["counts"]);
    assert_eq!(places(&given.client).await, before);
    assert_eq!(busy_minutes(&given.client, &to_agents()).await, 0);
    assert_eq!(busy_minutes(&given.client, &[FROM.to_owned()]).await, all_minutes);
}
