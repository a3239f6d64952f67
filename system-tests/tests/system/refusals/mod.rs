//! Whatever is wrong with a request, it is the caller who is told, in which member, and nothing is stored.

mod authentication;
mod bodies;
mod choices;
mod commands;
mod headers;
mod members;
mod paths;
mod queries;
mod random;
mod rules;
mod times;
mod types;

use serde_json::Value;
use system_tests::{Answer, Client};

use crate::answers::{Answers, everything};
use crate::support::{Given, at, book, booking};

const AGENTS: [&str; 2] = ["7", "8"];

/// A program with something in it, and what it said before the test.
struct Unchanged {
    given: Given,
    appointment: String,
    office: Value,
    answers: Answers,
    /// The revision of the last event of each agent.
    revisions: [u64; 2],
}

impl Unchanged {
    async fn new() -> Self {
        let given = Given::agency(&AGENTS).await;
        let appointment = book(&given.client, "7", "55", at(3, 600)).await;
        let (_, revisions) = hold_and_release(&given.client).await;
        let answers = everything(&given.client).await;
        let office = given.client.get("/v1/office").ok().await;
        Self { given, appointment, office, answers, revisions }
    }

    /// Asks everything again: no request since has left a trace.
    async fn assert_nothing_stored(self) {
        let answers = everything(&self.given.client).await;
        assert_eq!(answers, self.answers);
        let mut office = self.given.client.get("/v1/office").ok().await;
        // Asking everything changes the office's name once, to find the end of the log.
        assert_eq!(office["version"].as_u64().unwrap(), self.office["version"].as_u64().unwrap() + 1);
        for member in ["name", "updated_at", "version"] {
            office[member] = self.office[member].clone();
        }
        assert_eq!(office, self.office);
        let (next, _) = hold_and_release(&self.given.client).await;
        assert_eq!(next, self.revisions.map(|last| last + 1), "something was written to a calendar");
        assert_eq!(self.given.client.get("/readyz").ok().await["status"], "ready");
        let exit = self.given.citas.stop().await;
        assert_eq!(exit.code, Some(0), "{}", exit.logs);
        for word in ["panicked", "\"ERROR\""] {
            assert!(!exit.logs.contains(word), "{}", exit.logs);
        }
    }
}

/// Two events in each calendar that leave it as it was. Gives their revisions.
async fn hold_and_release(client: &Client) -> ([u64; 2], [u64; 2]) {
    let (mut first, mut last) = ([0; 2], [0; 2]);
    for (place, agent) in AGENTS.iter().enumerate() {
        let held = client.post("/v1/holds").body(&booking(agent, "56", at(5, 0))).ok().await;
        let released = client.delete(&format!("/v1/holds/{}", held["hold_id"].as_str().unwrap())).ok().await;
        (first[place], last[place]) =
            (held["version"].as_u64().unwrap(), released["version"].as_u64().unwrap());
    }
    (first, last)
}

/// The member that a refusal names, if it names one.
#[track_caller]
fn assert_names(answer: &Answer, field: &str) {
    let problem = answer.refused(400, "malformed_request");
    assert_eq!(problem["field"], field, "{answer:?}");
}
