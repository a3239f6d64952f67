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
use crate::history::log::stored;
use crate::support::{Given, at, book, booking};

const AGENTS: [&str; 2] = ["7", "8"];

/// A program with something in it, and what it said before the test.
struct Unchanged {
    given: Given,
    appointment: String,
    office: Value,
    answers: Answers,
}

impl Unchanged {
    async fn new() -> Self {
        let given = Given::agency(&AGENTS).await;
        let appointment = book(&given.client, "7", "55", at(3, 600)).await;
        hold_and_release(&given.client).await;
        let answers = everything(&given.client).await;
        let office = given.client.get("/v1/office").ok().await;
        Self { given, appointment, office, answers }
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
        hold_and_release(&self.given.client).await;
        assert_eq!(self.given.client.get("/readyz").ok().await["status"], "ready");
        let data = self.given.citas.data().to_owned();
        let exit = self.given.citas.stop().await;
        for agent in AGENTS {
            let kinds: Vec<_> = stored(&data, &[agent]).await.into_iter().map(|event| event.kind).collect();
            let expected = ["SlotHeld", "HoldReleased", "SlotHeld", "HoldReleased"];
            assert!(kinds.ends_with(&expected.map(str::to_owned)), "something was written: {kinds:?}");
        }
        assert_eq!(exit.code, Some(0), "{}", exit.logs);
        for word in ["panicked", "\"ERROR\""] {
            assert!(!exit.logs.contains(word), "{}", exit.logs);
        }
    }
}

/// Two events in each calendar that leave it as it was.
async fn hold_and_release(client: &Client) {
    for agent in AGENTS {
        let held = client.post("/v1/holds").body(&booking(agent, "56", at(5, 0))).ok().await;
        client.delete(&format!("/v1/holds/{}", held["hold_id"].as_str().unwrap())).ok().await;
    }
}

/// The member that a refusal names, if it names one.
#[track_caller]
fn assert_names(answer: &Answer, field: &str) {
    let problem = answer.refused(400, "malformed_request");
    assert_eq!(problem["field"], field, "{answer:?}");
}
