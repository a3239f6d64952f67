//! One append and its outcome.

use std::time::Duration;

use event_store::{AppendError, Appended, Cause, EventStore, ExpectedRevision, NewEvent};

use tokio::time::{Instant, timeout_at};

use super::event_sourced::EventSourced;
use super::request::Request;
use super::telemetry::report;
use crate::failure::Failure;
use crate::store_trouble;

/// For how long an append that got no answer is sent again to find out its outcome. A cluster that has lost its leader has
/// another after 8 s, and the store takes 3 s to notice.
const FIND_OUT_WITHIN: Duration = Duration::from_secs(20);

/// The pause before it is sent again; it doubles each time, up to the longest.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(1);

/// The outcome of an append.
pub(super) enum AppendOutcome {
    Stored(Appended),
    /// Another process was first.
    Conflict,
    /// The stream is shorter than was known: the store was restored to an earlier moment.
    Shorter,
    /// It exceeds the store's limit, and can be split, as it belongs to several commands.
    TooLarge,
}

/// An append to this stream on behalf of these requests.
pub(super) struct Append<'a, A: EventSourced> {
    pub(super) store: &'a EventStore,
    pub(super) stream: &'a str,
    pub(super) requests: &'a [Request<A>],
}

impl<A: EventSourced> Append<'_, A> {
    /// Appends. If no answer comes, sends the very same append again, which finds its own events, is stored now, or
    /// meets a conflict.
    pub(super) async fn store(
        &self,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<AppendOutcome, Failure<A::Rejection>> {
        let mut pause = FIRST_RETRY_DELAY;
        let mut in_doubt = false;
        let begun_at = Instant::now();
        loop {
            let sent_at = Instant::now();
            let answer = self.try_once(begun_at + FIND_OUT_WITHIN, expected, events).await;
            metrics::histogram!("append_duration_seconds").record(sent_at.elapsed().as_secs_f64());
            let error = match answer {
                None => return Err(Failure::OutcomeUnknown),
                Some(Ok(appended)) => {
                    store_trouble::is_over();
                    return Ok(AppendOutcome::Stored(appended));
                }
                Some(Err(error)) => error,
            };
            match &error {
                AppendError::Conflict { in_doubt: was_in_doubt, .. } if in_doubt || *was_in_doubt => {
                    return self.find(expected, events).await;
                }
                AppendError::Conflict { current, .. } => return Ok(conflict(expected, *current)),
                AppendError::Unavailable(_) if !in_doubt => {
                    report(self.stream, self.requests, &error);
                    return Err(Failure::StoreUnavailable);
                }
                AppendError::StorageFull(_) if !in_doubt => {
                    report(self.stream, self.requests, &error);
                    return Err(Failure::StorageFull);
                }
                AppendError::OutcomeUnknown(_)
                | AppendError::Unavailable(_)
                | AppendError::StorageFull(_) => {
                    in_doubt = true;
                    report(self.stream, self.requests, &error);
                    // Another log does not say what became of it.
                    let is_over = error.fault().is_some_and(|fault| fault.cause() == Cause::OtherLog);
                    if is_over || FIND_OUT_WITHIN <= begun_at.elapsed() + pause {
                        return Err(Failure::OutcomeUnknown);
                    }
                    metrics::counter!("append_retries_total").increment(1);
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(LONGEST_RETRY_DELAY);
                }
                AppendError::TooLarge { .. } if self.requests.len() > 1 => {
                    return Ok(AppendOutcome::TooLarge);
                }
                AppendError::TooLarge { .. } | AppendError::Rejected(_) => {
                    report(self.stream, self.requests, &error);
                    return Err(Failure::Broken);
                }
            }
        }
    }

    /// None if the time is over, after which it may still be stored.
    async fn try_once(
        &self,
        until: Instant,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Option<Result<Appended, AppendError>> {
        timeout_at(until, self.store.append(self.stream, expected, events)).await.ok()
    }

    /// After an append without an answer met a conflict: finds out whether our events are in the stream or another
    /// process's.
    async fn find(
        &self,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<AppendOutcome, Failure<A::Rejection>> {
        let after = match expected {
            ExpectedRevision::Exact(revision) => Some(revision),
            ExpectedRevision::NoStream | ExpectedRevision::Any => None,
        };
        let stored = self.store.load(self.stream, after).await.map_err(|error| {
            report(self.stream, self.requests, &error);
            Failure::OutcomeUnknown
        })?;
        let last = events.last().and_then(|last| stored.iter().find(|event| event.event_id == last.event_id));
        Ok(match last {
            // Another process may have appended after it: then our state is not the stream's end, which the next
            // append finds out.
            Some(event) => {
                AppendOutcome::Stored(Appended { revision: event.revision, position: event.position })
            }
            None => conflict(expected, stored.last().map(|last| last.revision)),
        })
    }
}

/// What it means that a stream whose last event has this revision is not as expected.
fn conflict(expected: ExpectedRevision, last: Option<u64>) -> AppendOutcome {
    match expected {
        ExpectedRevision::Exact(known) if last < Some(known) => AppendOutcome::Shorter,
        _ => AppendOutcome::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_has_less_than_was_known_is_told_from_one_that_has_more() {
        let is_shorter = |expected, last| matches!(conflict(expected, last), AppendOutcome::Shorter);
        let exact = ExpectedRevision::Exact(5);
        assert!(is_shorter(exact, Some(4)) && is_shorter(exact, None));
        assert!(!is_shorter(exact, Some(6)) && !is_shorter(ExpectedRevision::NoStream, Some(0)));
    }
}
