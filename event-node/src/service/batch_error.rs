//! The error of one append in a batch: a status within the response, with details by which clients tell the cases apart.

use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};

use super::convert;
use super::refusal::{self, MAX_APPEND_BYTES, Unfit};
use crate::record::{Expected, StreamName};
use crate::wire::event_store::client as shared;
use crate::wire::google::rpc;
use crate::writer::WriteError;
use shared::wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption};

const EMPTY: shared::Empty = shared::Empty {};

pub(super) fn of_write(stream: &StreamName, error: &WriteError) -> rpc::Status {
    let (code, details) = match error {
        WriteError::WrongRevision { expected, current } => {
            (Code::AlreadyExists, any("WrongExpectedVersion", &conflict(*expected, *current)))
        }
        WriteError::StreamDeleted => {
            let stream_identifier = Some(convert::identifier(stream));
            (Code::NotFound, any("StreamDeleted", &shared::StreamDeleted { stream_identifier }))
        }
        WriteError::Full => (Code::ResourceExhausted, unknown()),
        WriteError::Busy | WriteError::Stopped => (Code::Unavailable, unknown()),
    };
    status(code, error.to_string(), details)
}

pub(super) fn of_unfit(unfit: &Unfit) -> rpc::Status {
    match unfit {
        Unfit::TooLarge => {
            let max_append_size = u32::try_from(MAX_APPEND_BYTES).expect("a mebibyte fits");
            let details = shared::MaximumAppendSizeExceeded { max_append_size };
            let details = any("MaximumAppendSizeExceeded", &details);
            status(Code::InvalidArgument, refusal::append_too_large(), details)
        }
        Unfit::Request(refused) => of_request(refused),
    }
}

fn of_request(refused: &Status) -> rpc::Status {
    let message = refused.message().to_owned();
    let details = match refused.code() {
        Code::InvalidArgument => any("BadRequest", &shared::BadRequest { message: message.clone() }),
        _ => unknown(),
    };
    status(refused.code(), message, details)
}

pub(super) fn timeout() -> rpc::Status {
    let message = "the write timed out: whether it was stored is unknown".to_owned();
    status(Code::DeadlineExceeded, message, any("Timeout", &shared::Timeout {}))
}

fn conflict(expected: Expected, current: Option<u64>) -> shared::WrongExpectedVersion {
    let current = current.map_or(
        CurrentStreamRevisionOption::CurrentNoStream(EMPTY),
        CurrentStreamRevisionOption::CurrentStreamRevision,
    );
    let expected = match expected {
        Expected::Any => ExpectedStreamPositionOption::ExpectedAny(EMPTY),
        Expected::StreamExists => ExpectedStreamPositionOption::ExpectedStreamExists(EMPTY),
        Expected::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(EMPTY),
        Expected::Revision(revision) => ExpectedStreamPositionOption::ExpectedStreamPosition(revision),
    };
    shared::WrongExpectedVersion {
        current_stream_revision_option: Some(current),
        expected_stream_position_option: Some(expected),
    }
}

fn unknown() -> Any {
    any("Unknown", &shared::Unknown {})
}

fn any(message_type: &str, message: &impl Message) -> Any {
    let type_url = format!("type.googleapis.com/event_store.client.{message_type}");
    Any { type_url, value: message.encode_to_vec() }
}

fn status(code: Code, message: String, details: Any) -> rpc::Status {
    rpc::Status { code: code.into(), message, details: Some(details) }
}
