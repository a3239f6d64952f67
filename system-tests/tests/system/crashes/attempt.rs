//! One sending of an operation, and what came back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use system_tests::{Answer, Client, now};
use tokio::time::{Instant, timeout};

use super::operation::Operation;

/// How long a client waits for an answer at first, before it asks another process: it doubles each time.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_DOUBLINGS: u32 = 4;

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) operation: Operation,
    pub(crate) sent_at: Instant,
    pub(crate) done_at: Instant,
    /// The same two moments by the clock.
    pub(crate) clock: (DateTime<Utc>, DateTime<Utc>),
    /// None if none came, or none that says what became of it.
    pub(crate) answer: Option<Answer>,
}

impl Attempt {
    /// Sends it, and waits for the answer, the longer the more often it was sent before.
    pub(crate) async fn send(operation: &Operation, client: &Client, before: u32) -> Self {
        Self::wait(operation, client, ANSWER_TIMEOUT * 2_u32.pow(before.min(MAX_DOUBLINGS))).await
    }

    /// Sends it, and closes the connection so soon, if no answer has come by then.
    pub(crate) async fn drop_after(operation: &Operation, client: &Client, soon: Duration) -> Self {
        Self::wait(operation, &client.another(), soon).await
    }

    async fn wait(operation: &Operation, client: &Client, patience: Duration) -> Self {
        let (sent_at, sent) = (Instant::now(), now());
        let answer = timeout(patience, operation.request(client).attempt()).await.ok().flatten();
        let answer = answer.filter(|answer| {
            assert_ne!(answer.status, 500, "{operation:?} {answer:?}");
            // A process that was stopped while a request came in says that it took too long: nothing was done.
            !answer.status.is_server_error() && answer.status != 408
        });
        let (done_at, done) = (Instant::now(), now());
        Self { operation: operation.clone(), sent_at, done_at, clock: (sent, done), answer }
    }

    /// The answer's body, if it was accepted.
    pub(crate) fn accepted(&self) -> Option<Value> {
        self.answer.as_ref().filter(|answer| answer.status.is_success()).map(Answer::json)
    }

    /// The answer's problem, if it was refused.
    pub(crate) fn refused(&self) -> Option<Value> {
        self.answer.as_ref().filter(|answer| !answer.status.is_success()).map(Answer::problem)
    }

    /// Whether it is an earlier answer, given again.
    pub(crate) fn is_replay(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.headers.contains_key("idempotent-replay"))
    }
}
