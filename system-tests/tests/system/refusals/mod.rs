//! Whatever is wrong with a request, it is the caller who is told, in which member, and nothing is stored.

mod authentication;
mod bodies;
mod headers;
mod paths;
mod queries;
mod random;
mod rules;
mod times;

use serde_json::Value;
use system_tests::Answer;

use crate::answers::{Answers, everything};
use crate::given::{Given, at, book};

/// A program with something in it, and what it said before the test.
struct Unchanged {
    given: Given,
    appointment: String,
    office: Value,
    answers: Answers,
}

impl Unchanged {
    async fn new() -> Self {
        let given = Given::agency(&["7"]).await;
        let appointment = book(&given.client, "7", "55", at(3, 600)).await;
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
        let exit = self.given.citas.stop().await;
        assert_eq!(exit.code, Some(0), "{}", exit.logs);
        for word in ["panicked", "\"ERROR\""] {
            assert!(!exit.logs.contains(word), "{}", exit.logs);
        }
    }
}

/// The member that a refusal names, if it names one.
#[track_caller]
fn assert_names(answer: &Answer, field: &str) {
    let problem = answer.refused(400, "malformed_request");
    assert_eq!(problem["field"], field, "{answer:?}");
}
