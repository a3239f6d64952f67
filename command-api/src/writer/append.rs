//! One append, and what became of it.

use std::time::{Duration, Instant};

use event_store::{AppendError, Appended, EventStore, ExpectedRevision, NewEvent};

use super::request::Request;
use super::stream::EventSourced;
use super::telling::report;
use crate::failure::Failure;

/// How often the store is asked again what became of an append that it did not answer.
const MAX_INQUIRIES: u32 = 5;

/// The pause before the first inquiry; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What became of an append.
pub(super) enum AppendOutcome {
    Stored(Appended),
    /// Another process was first.
    Conflict,
    /// It is more than the store takes at once, and several commands led to it.
    TooLarge,
}

/// What is to be appended for these requests, to this stream.
pub(super) struct Append<'a, A: EventSourced> {
    pub(super) store: &'a EventStore,
    pub(super) stream: &'a str,
    pub(super) requests: &'a [Request<A>],
}

impl<A: EventSourced> Append<'_, A> {
    /// Appends, and where no answer comes finds out what became of it: the very same append again either meets
    /// its own events, or is stored now, or meets a conflict.
    pub(super) async fn store(
        &self,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<AppendOutcome, Failure<A::Rejection>> {
        let mut pause = FIRST_PAUSE;
        let mut in_doubt = false;
        for _ in 0..=MAX_INQUIRIES {
            let sent_at = Instant::now();
            let answer = self.store.append(self.stream, expected, events).await;
            metrics::histogram!("append_duration_seconds").record(sent_at.elapsed().as_secs_f64());
            let error = match answer {
                Ok(appended) => return Ok(AppendOutcome::Stored(appended)),
                Err(error) => error,
            };
            match &error {
                AppendError::Conflict { .. } if in_doubt => return self.find(expected, events).await,
                AppendError::Conflict { .. } => return Ok(AppendOutcome::Conflict),
                AppendError::Unavailable(_) if !in_doubt => {
                    report(self.stream, self.requests, &error);
                    return Err(Failure::StoreUnavailable);
                }
                AppendError::OutcomeUnknown(_) | AppendError::Unavailable(_) => {
                    in_doubt = true;
                    report(self.stream, self.requests, &error);
                    metrics::counter!("append_retries_total").increment(1);
                    tokio::time::sleep(pause).await;
                    pause *= 2;
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
        Err(Failure::OutcomeUnknown)
    }

    /// After a doubtful append met a conflict: our events are in the stream, or another's are in their place.
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
            // Another process may have written behind it: what is in hand is not the stream's end then, which
            // the next append finds out.
            Some(event) => {
                AppendOutcome::Stored(Appended { revision: event.revision, position: event.position })
            }
            None => AppendOutcome::Conflict,
        })
    }
}
