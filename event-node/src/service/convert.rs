//! Conversions between protocol messages and the node's own types.

use std::collections::HashMap;

use bytes::Bytes;
use tonic::Status;
use uuid::Uuid;

use super::refusal;
use crate::record::{Expected, Proposed, Recorded, StreamName};
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
        write_target::Expected::Revision(revision) => Expected::Revision(revision),
        write_target::Expected::NoStream(_) => Expected::NoStream,
        write_target::Expected::Any(_) => Expected::Any,
        write_target::Expected::StreamExists(_) => Expected::StreamExists,
    };
    Ok((stream_name(options.stream_identifier)?, expected))
}

pub(super) fn proposed(message: proto::ProposedMessage) -> Result<Proposed, Status> {
    let mut metadata = message.metadata;
    let mut required = |key| metadata.remove(key).ok_or_else(|| refusal::missing_metadata(key));
    Ok(Proposed {
        event_type: required(TYPE)?,
        content_type: required(CONTENT_TYPE)?,
        id: message.id.as_ref().and_then(id).ok_or_else(|| refusal::missing("event id"))?,
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

pub(super) fn event(event: Recorded, form: IdForm) -> proto::read_resp::Content {
    let metadata = HashMap::from([
        (TYPE.to_owned(), event.event_type),
        (CONTENT_TYPE.to_owned(), event.content_type),
        (CREATED.to_owned(), event.created.0.to_string()),
    ]);
    proto::read_resp::Content::Event(proto::read_resp::ReadEvent {
        event: Some(RecordedEvent {
            id: Some(wire_id(event.id, form)),
            stream_identifier: Some(identifier(&event.stream)),
            stream_revision: event.revision,
            prepare_position: event.position,
            commit_position: event.position,
            metadata,
            custom_metadata: event.metadata,
            data: event.data,
        }),
        link: None,
        position: Some(Position::CommitPosition(event.position)),
    })
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
}
