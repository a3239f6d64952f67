//! Conversions between protocol messages and the node's own types.

use std::collections::HashMap;

use bytes::Bytes;
use tonic::Status;
use uuid::Uuid;

use super::refusal;
use crate::reader::{Entry, Target};
use crate::record::{BINARY, Expected, JSON, Proposed, Recorded, StreamName};
use crate::wire::event_store::client as shared;
use crate::wire::event_store::client::streams as proto;
use proto::read_resp::read_event::{Position, RecordedEvent};
use proto::write_target;

const TYPE: &str = "type";
const CONTENT_TYPE: &str = "content-type";
const CREATED: &str = "created";

pub(super) fn stream_name(identifier: Option<shared::StreamIdentifier>) -> Result<StreamName, Status> {
    StreamName::parse(&identifier.unwrap_or_default().stream_name).map_err(refusal::invalid)
}

pub(super) fn identifier(stream: &StreamName) -> shared::StreamIdentifier {
    shared::StreamIdentifier { stream_name: Bytes::copy_from_slice(stream.as_str().as_bytes()) }
}

/// The stream that a request writes to, and the state in which it expects the stream.
pub(super) fn target(options: Option<proto::WriteTarget>) -> Result<(StreamName, Expected), Status> {
    let options = options.ok_or_else(|| refusal::missing("options"))?;
    let expected = match options.expected.ok_or_else(|| refusal::missing("expected revision"))? {
        // As a signed number this is -1, which clients of earlier protocols send for a stream that is not there.
        write_target::Expected::Revision(u64::MAX) | write_target::Expected::NoStream(_) => {
            Expected::NoStream
        }
        write_target::Expected::Revision(revision) => Expected::Revision(revision),
        write_target::Expected::Any(_) => Expected::Any,
        write_target::Expected::StreamExists(_) => Expected::StreamExists,
    };
    Ok((stream_name(options.stream_identifier)?, expected))
}

pub(super) fn proposed(message: proto::ProposedMessage) -> Result<Proposed, Status> {
    let mut metadata = message.metadata;
    let mut required = |key| metadata.remove(key).ok_or_else(|| refusal::missing_metadata(key));
    let (event_type, content_type) = (required(TYPE)?, required(CONTENT_TYPE)?);
    if event_type.is_empty() {
        return Err(Status::unknown("an event's type is empty: name it"));
    }
    let id = message.id.as_ref().and_then(id).ok_or_else(|| refusal::missing("event id"))?;
    if id.is_nil() {
        return Err(Status::unknown("an event's id is zero: give it one of its own"));
    }
    Ok(Proposed {
        event_type,
        content_type: if content_type == JSON { content_type } else { BINARY.to_owned() },
        id,
        data: message.data,
        metadata: message.custom_metadata,
    })
}

pub(super) fn id(wire: &shared::Uuid) -> Option<Uuid> {
    match wire.value.as_ref()? {
        shared::uuid::Value::Structured(halves) => Some(Uuid::from_u64_pair(
            halves.most_significant_bits.cast_unsigned(),
            halves.least_significant_bits.cast_unsigned(),
        )),
        shared::uuid::Value::String(text) => Uuid::parse_str(text).ok(),
    }
}

/// The encoding of ids that a reader requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdForm {
    Structured,
    Text,
}

pub(super) fn wire_id(id: Uuid, form: IdForm) -> shared::Uuid {
    let value = match form {
        IdForm::Text => shared::uuid::Value::String(id.to_string()),
        IdForm::Structured => {
            let (most, least) = id.as_u64_pair();
            shared::uuid::Value::Structured(shared::uuid::Structured {
                most_significant_bits: most.cast_signed(),
                least_significant_bits: least.cast_signed(),
            })
        }
    };
    shared::Uuid { value: Some(value) }
}

pub(super) fn position(position: u64) -> shared::AllStreamPosition {
    shared::AllStreamPosition { commit_position: position, prepare_position: position }
}

/// An event, or a link and the event that it stands for; a link alone if that cannot be read.
pub(super) fn entry(entry: Entry, form: IdForm) -> proto::read_resp::Content {
    let position = Position::CommitPosition(entry.record.position);
    let (event, link) = match entry.target {
        Target::Itself => (Some(entry.record), None),
        Target::Event(event) => (Some(*event), Some(entry.record)),
        Target::Missing => (None, Some(entry.record)),
    };
    proto::read_resp::Content::Event(proto::read_resp::ReadEvent {
        event: event.map(|event| recorded(event, form)),
        link: link.map(|link| recorded(link, form)),
        position: Some(position),
    })
}

fn recorded(event: Recorded, form: IdForm) -> RecordedEvent {
    let metadata = HashMap::from([
        (TYPE.to_owned(), event.event_type),
        (CONTENT_TYPE.to_owned(), event.content_type),
        (CREATED.to_owned(), event.created.0.to_string()),
    ]);
    RecordedEvent {
        id: Some(wire_id(event.id, form)),
        stream_identifier: Some(identifier(&event.stream)),
        stream_revision: event.revision,
        prepare_position: event.position,
        commit_position: event.position,
        metadata,
        custom_metadata: event.metadata,
        data: event.data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_both_forms() {
        let given = Uuid::from_u128(0xffee_ddcc_bbaa_9988_7766_5544_3322_1100);
        for form in [IdForm::Structured, IdForm::Text] {
            assert_eq!(id(&wire_id(given, form)), Some(given));
        }
    }

    #[test]
    fn an_event_without_its_type_is_refused() {
        let status = proposed(proto::ProposedMessage::default()).unwrap_err();
        assert_eq!(status.metadata().get("exception").unwrap(), "missing-required-metadata-property");
    }

    fn message(event_type: &str, content_type: &str, of: u128) -> proto::ProposedMessage {
        proto::ProposedMessage {
            id: Some(wire_id(Uuid::from_u128(of), IdForm::Structured)),
            metadata: [(TYPE, event_type), (CONTENT_TYPE, content_type)]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..Default::default()
        }
    }

    #[test]
    fn what_is_no_json_is_binary() {
        let stored = |content_type| proposed(message("t", content_type, 1)).unwrap().content_type;
        assert_eq!(stored(JSON), JSON);
        for other in ["text/plain", "application/json; charset=utf-8", "", BINARY] {
            assert_eq!(stored(other), BINARY);
        }
    }

    #[test]
    fn an_event_needs_a_type_and_an_id() {
        for unfit in [message("", JSON, 1), message("t", JSON, 0)] {
            assert_eq!(proposed(unfit).unwrap_err().code(), tonic::Code::Unknown);
        }
    }

    #[test]
    fn the_greatest_revision_is_that_of_no_stream() {
        let expected = |revision| {
            let stream_identifier = Some(identifier(&StreamName::parse(b"s").unwrap()));
            let expected = Some(write_target::Expected::Revision(revision));
            target(Some(proto::WriteTarget { stream_identifier, expected, ..Default::default() })).unwrap().1
        };
        assert_eq!(expected(u64::MAX), Expected::NoStream);
        assert_eq!(expected(u64::MAX - 1), Expected::Revision(u64::MAX - 1));
    }
}
