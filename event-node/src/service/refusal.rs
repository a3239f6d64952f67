//! Refusals as gRPC statuses: codes, and the trailers that clients evaluate.

use std::fmt::Display;

use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::{Code, Status};

use crate::reader::ReadError;
use crate::record::{Expected, StreamName};
use crate::writer::WriteError;

/// The largest payload of one append over all its events, in bytes.
pub(super) const MAX_APPEND_BYTES: usize = 1_024 * 1_024;

const EXCEPTION: &str = "exception";
const STREAM_NAME: &str = "stream-name";

pub(super) fn invalid(reason: impl Display) -> Status {
    Status::invalid_argument(reason.to_string())
}

pub(super) fn missing(field: &str) -> Status {
    Status::invalid_argument(format!("the request lacks its {field}"))
}

pub(super) fn missing_metadata(key: &'static str) -> Status {
    let message = format!("an event lacks \"{key}\" in its metadata");
    with_trailers(
        Code::InvalidArgument,
        message,
        &[(EXCEPTION, "missing-required-metadata-property"), ("required-metadata-properties", key)],
    )
}

/// Why an append is not taken.
#[derive(Debug)]
pub(super) enum Unfit {
    /// Its events are too large together.
    TooLarge,
    /// One of them, or what it is addressed to, makes no sense.
    Request(Status),
}

impl From<Unfit> for Status {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Request(status) => status,
            Unfit::TooLarge => with_trailers(
                Code::InvalidArgument,
                append_too_large(),
                &[
                    (EXCEPTION, "maximum-append-size-exceeded"),
                    ("maximum-append-size", &MAX_APPEND_BYTES.to_string()),
                ],
            ),
        }
    }
}

pub(super) fn append_too_large() -> String {
    format!("an append may hold at most {MAX_APPEND_BYTES} bytes: split it, or store large data elsewhere")
}

/// A message that could not be read. One that is too large gets the code that `EventStoreDB` has for it.
pub(super) fn unread(status: Status) -> Status {
    if status.code() == Code::OutOfRange { Status::resource_exhausted(status.message()) } else { status }
}

pub(super) fn closing() -> Status {
    Status::unavailable("the event store is closing: connect again once it runs")
}

pub(super) fn write(stream: &StreamName, error: &WriteError) -> Status {
    let message = error.to_string();
    match error {
        WriteError::WrongRevision { expected, current } => with_trailers(
            Code::FailedPrecondition,
            message,
            &[
                (EXCEPTION, "wrong-expected-version"),
                (STREAM_NAME, &encoded(stream)),
                ("expected-version", &legacy_expected(*expected)),
                ("actual-version", &current.map_or_else(|| "-1".to_owned(), |last| last.to_string())),
            ],
        ),
        WriteError::StreamDeleted => stream_deleted(stream),
        WriteError::Full => Status::resource_exhausted(message),
        WriteError::Busy | WriteError::Stopped => Status::unavailable(message),
    }
}

pub(super) fn read(stream: Option<&StreamName>, error: &ReadError) -> Status {
    match (error, stream) {
        (ReadError::StreamDeleted, Some(stream)) => stream_deleted(stream),
        (ReadError::NoSuchPosition { .. }, _) => Status::unknown(error.to_string()),
        (ReadError::Storage(source), _) => {
            tracing::error!(error = %source, "a read failed");
            Status::internal(error.to_string())
        }
        (ReadError::StreamDeleted | ReadError::Closing | ReadError::Damaged { .. }, _) => closing(),
    }
}

fn stream_deleted(stream: &StreamName) -> Status {
    with_trailers(
        Code::FailedPrecondition,
        WriteError::StreamDeleted.to_string(),
        &[(EXCEPTION, "stream-deleted"), (STREAM_NAME, &encoded(stream))],
    )
}

/// An expected state as the number that clients know for it.
fn legacy_expected(expected: Expected) -> String {
    match expected {
        Expected::Revision(revision) => revision.to_string(),
        Expected::NoStream => "-1".to_owned(),
        Expected::Any => "-2".to_owned(),
        Expected::StreamExists => "-4".to_owned(),
    }
}

/// A trailer is ASCII: all other bytes are percent-encoded.
fn encoded(stream: &StreamName) -> String {
    use std::fmt::Write;
    stream.as_str().bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_graphic() && byte != b'%' {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a string cannot fail");
        }
        text
    })
}

fn with_trailers(code: Code, message: String, trailers: &[(&'static str, &str)]) -> Status {
    let mut metadata = MetadataMap::new();
    for (key, value) in trailers {
        let value = AsciiMetadataValue::try_from(*value).expect("trailers are made of visible ASCII");
        metadata.insert(*key, value);
    }
    Status::with_metadata(code, message, metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_name_of_any_script_fits_a_trailer() {
        let stream = StreamName::parse("año %1".as_bytes()).unwrap();
        let status = write(&stream, &WriteError::StreamDeleted);
        assert_eq!(status.metadata().get(STREAM_NAME).unwrap(), "a%C3%B1o%20%251");
    }

    #[test]
    fn a_refused_delete_says_both_revisions() {
        let stream = StreamName::parse(b"s").unwrap();
        let error = WriteError::WrongRevision { expected: Expected::NoStream, current: Some(7) };
        let status = write(&stream, &error);
        assert_eq!(status.metadata().get("expected-version").unwrap(), "-1");
        assert_eq!(status.metadata().get("actual-version").unwrap(), "7");
    }
}
