use std::sync::Arc;

use event_store_protocol::event_store::client::streams::append_req::Content;
use event_store_protocol::event_store::client::streams::append_resp::Result as Outcome;
use event_store_protocol::event_store::client::streams::append_resp::wrong_expected_version::CurrentRevisionOption as Current;
use event_store_protocol::event_store::client::streams::append_success::{
    CurrentRevisionOption, PositionOption,
};
use event_store_protocol::event_store::client::streams::{
    AppendReq, AppendResp, ProposedMessage, WriteTarget,
};
use tokio::time::Instant;
use tonic::codegen::tokio_stream;

use crate::cause::Cause;
use crate::connection::Live;
use crate::event::{Appended, ExpectedRevision, NewEvent};
use crate::fault::{Asked, Fault};
use crate::request::identifier;
use crate::store::{Answered, Bounds, CallError, EventStore, TRY_TIMEOUT};

/// Why an append has no result.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream is not as expected; nothing was written by the try that met this.
    #[error("the stream is at revision {current:?}, which was not expected")]
    Conflict {
        /// The revision of its last event, if it has one.
        current: Option<u64>,
        /// Whether an earlier try of the same append got no answer.
        in_doubt: bool,
    },
    /// No answer came, so the events may or may not have been written.
    ///
    /// Appending the very same events again with the same expected revision finds out: if they were written, the
    /// server returns where they are; if not, they are written now, or meet a conflict.
    #[error("it is unknown whether the events were written")]
    OutcomeUnknown(#[source] Fault),
    /// The server could not be reached, was not ready, or knew no leader; certainly nothing was written.
    #[error("the event store is not reachable")]
    Unavailable(#[source] Fault),
    /// The embedded store's disk is full; nothing was written.
    #[error("the disk of the event store is full")]
    StorageFull(#[source] Fault),
    /// The events exceed the limit of one append; nothing was sent.
    #[error("an append of {size} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// The events' size with their types, in bytes.
        size: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// The server refused it, or it was invalid and not sent; nothing was written.
    #[error("the event store refused the append")]
    Rejected(#[source] Fault),
}

impl AppendError {
    /// What is wrong at the event store; none if it is the append itself.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::OutcomeUnknown(fault)
            | Self::Unavailable(fault)
            | Self::StorageFull(fault)
            | Self::Rejected(fault) => Some(fault),
            Self::Conflict { .. } | Self::TooLarge { .. } => None,
        }
    }
}

impl EventStore {
    /// Writes the events, at least one, at the end of the stream: all of them or none.
    ///
    /// Within its deadline it is sent again until its outcome is known. Safe to repeat: the server recognises events by their
    /// ids, and returns the same revision and position as the first time. With [`ExpectedRevision::Any`] that is best effort
    /// only.
    ///
    /// Once begun, an append whose future is dropped may still be written.
    pub async fn append(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<Appended, AppendError> {
        if events.is_empty() {
            return Err(AppendError::Rejected(Fault::no_events()));
        }
        let mut size = 0;
        let mut proposed = Vec::with_capacity(events.len());
        for event in events {
            let metadata = event.encoded_metadata();
            size += size_of_event(event.event_type, &event.payload, &metadata);
            let event = event.to_wire(metadata);
            proposed.push(event.map_err(|error| AppendError::Rejected(Fault::not_json(&error)))?);
        }
        self.append_proposed(stream, expected, proposed, size).await
    }

    /// By `Append`, a call for each, not by `BatchAppend`, one call for all: each append has a status, trailers and an end of its
    /// own, so that one that fails or hangs touches no other.
    pub(crate) async fn append_proposed(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<ProposedMessage>,
        size: usize,
    ) -> Result<Appended, AppendError> {
        let limit = self.inner.settings.max_append_bytes;
        if size > limit {
            return Err(AppendError::TooLarge { size, limit });
        }
        let target = WriteTarget {
            stream_identifier: Some(identifier(stream)),
            expected: Some(expected.to_wire()),
            deadline_option: None,
        };
        let mut messages = vec![AppendReq { content: Some(Content::Options(target)) }];
        messages.extend(
            events.into_iter().map(|event| AppendReq { content: Some(Content::ProposedMessage(event)) }),
        );
        let messages = &messages;
        let send = |live: Arc<Live>| async move {
            let mut streams = live.wire.streams();
            streams.append(tokio_stream::iter(messages.clone())).await.map(tonic::Response::into_inner)
        };
        let deadline = Instant::now() + self.inner.settings.append_deadline;
        match self.call(Bounds { deadline, each: TRY_TIMEOUT }, Asked::Append(stream), send).await {
            Ok(answered) => appended(answered),
            Err(CallError::NotSent(fault)) => Err(AppendError::Unavailable(fault)),
            Err(CallError::Unanswered(fault) | CallError::Refused { fault, in_doubt: true }) => {
                Err(AppendError::OutcomeUnknown(fault))
            }
            Err(CallError::Refused { fault, .. }) if fault.cause() == Cause::StorageFull => {
                Err(AppendError::StorageFull(fault))
            }
            Err(CallError::Refused { fault, .. }) => Err(AppendError::Rejected(fault)),
        }
    }
}

fn appended(answered: Answered<AppendResp>) -> Result<Appended, AppendError> {
    let Answered { result, live, in_doubt } = answered;
    match result.result {
        Some(Outcome::Success(success)) => {
            let Some(CurrentRevisionOption::CurrentRevision(revision)) = success.current_revision_option
            else {
                let fault = Fault::garbled(&live.node, "no revision for an append");
                return Err(AppendError::OutcomeUnknown(fault));
            };
            let position = match success.position_option {
                Some(PositionOption::Position(position)) => position.commit_position,
                Some(PositionOption::NoPosition(_)) | None => 0,
            };
            Ok(Appended { revision, position })
        }
        Some(Outcome::WrongExpectedVersion(wrong)) => {
            let current = match wrong.current_revision_option {
                Some(Current::CurrentRevision(revision)) => Some(revision),
                Some(Current::CurrentNoStream(_)) | None => None,
            };
            Err(AppendError::Conflict { current, in_doubt })
        }
        None => Err(AppendError::OutcomeUnknown(Fault::garbled(&live.node, "an empty answer to an append"))),
    }
}

/// At least what a server counts against its limit, whether with the type, in UTF-16, and the metadata, or without.
pub(crate) fn size_of_event(event_type: &str, payload: &[u8], metadata: &[u8]) -> usize {
    2 * event_type.len() + payload.len() + metadata.len()
}
