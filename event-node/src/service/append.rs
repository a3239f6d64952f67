//! Append, delete and tombstone: one request, one response.

use tonic::{Status, Streaming};

use super::refusal::{self, MAX_APPEND_BYTES, Unfit};
use super::{Streams, convert};
use crate::record::{Expected, Proposed, StreamName};
use crate::wire::event_store::client as shared;
use crate::wire::event_store::client::streams as proto;
use crate::writer::{Operation, WriteError, Written};
use proto::append_resp::WrongExpectedVersion;
use proto::append_resp::wrong_expected_version::{
    CurrentRevisionOption, CurrentRevisionOption2060, ExpectedRevisionOption, ExpectedRevisionOption2060,
};

const EMPTY: shared::Empty = shared::Empty {};
/// What the events of one append take in memory besides their payload at most: a payload may be empty.
const MAX_OVERHEAD_BYTES: usize = 16 * 1_024 * 1_024;
/// What an event takes besides its payload and its type, about.
const EVENT_OVERHEAD_BYTES: usize = 256;

impl Streams {
    pub(super) async fn append_one(
        &self,
        mut inbound: Streaming<proto::AppendReq>,
    ) -> Result<proto::AppendResp, Status> {
        let (stream, expected) = first_message(&mut inbound).await?;
        let mut events = ProposedEvents::default();
        while let Some(message) = inbound.message().await.map_err(refusal::unread)? {
            match message.content {
                Some(proto::append_req::Content::ProposedMessage(message)) => events.add(message)?,
                _ => return Err(refusal::missing("event")),
            }
        }
        let operation = Operation::Append { expected, events: events.proposed };
        let result = match self.writer.write(stream.clone(), operation).await {
            Ok(written) => proto::append_resp::Result::Success(success(written)),
            Err(WriteError::WrongRevision { expected, current }) => {
                proto::append_resp::Result::WrongExpectedVersion(conflict(expected, current))
            }
            Err(error) => return Err(refusal::write(&stream, &error)),
        };
        Ok(proto::AppendResp { result: Some(result) })
    }

    pub(super) async fn end_stream(
        &self,
        request: proto::DeleteReq,
        operation: impl FnOnce(Expected) -> Operation,
    ) -> Result<proto::DeleteResp, Status> {
        use proto::delete_resp::PositionOption;
        let (stream, expected) = convert::target(request.options)?;
        let written = self
            .writer
            .write(stream.clone(), operation(expected))
            .await
            .map_err(|error| refusal::write(&stream, &error))?;
        let position = written.position.map_or(PositionOption::NoPosition(EMPTY), |position| {
            PositionOption::Position(convert::position(position))
        });
        Ok(proto::DeleteResp { position_option: Some(position) })
    }
}

async fn first_message(inbound: &mut Streaming<proto::AppendReq>) -> Result<(StreamName, Expected), Status> {
    match inbound.message().await.map_err(refusal::unread)?.and_then(|message| message.content) {
        Some(proto::append_req::Content::Options(options)) => convert::target(Some(options)),
        _ => Err(refusal::missing("options")),
    }
}

/// The events of one append, as they arrive. Refuses the event that exceeds the size limit.
#[derive(Debug, Default)]
pub(super) struct ProposedEvents {
    pub(super) proposed: Vec<Proposed>,
    bytes: usize,
    overhead_bytes: usize,
}

impl ProposedEvents {
    pub(super) fn add(&mut self, message: proto::ProposedMessage) -> Result<(), Unfit> {
        let event = convert::proposed(message).map_err(Unfit::Request)?;
        self.bytes += event.payload_bytes();
        self.overhead_bytes += EVENT_OVERHEAD_BYTES + event.event_type.len();
        if self.bytes > MAX_APPEND_BYTES || self.overhead_bytes > MAX_OVERHEAD_BYTES {
            return Err(Unfit::TooLarge);
        }
        self.proposed.push(event);
        Ok(())
    }
}

pub(super) fn success(written: Written) -> proto::AppendSuccess {
    use proto::append_success::{CurrentRevisionOption, PositionOption};
    let revision = written
        .revision
        .map_or(CurrentRevisionOption::NoStream(EMPTY), CurrentRevisionOption::CurrentRevision);
    let position = written.position.map_or(PositionOption::NoPosition(EMPTY), |position| {
        PositionOption::Position(convert::position(position))
    });
    proto::AppendSuccess { current_revision_option: Some(revision), position_option: Some(position) }
}

/// Says both revisions twice: clients older than 20.6.1 read other fields.
fn conflict(expected: Expected, current: Option<u64>) -> WrongExpectedVersion {
    use CurrentRevisionOption2060 as Current2060;
    use ExpectedRevisionOption2060 as Expected2060;
    let (current, current_2060) = match current {
        Some(last) => (CurrentRevisionOption::CurrentRevision(last), Current2060::CurrentRevision2060(last)),
        None => (CurrentRevisionOption::CurrentNoStream(EMPTY), Current2060::NoStream2060(EMPTY)),
    };
    let (expected, expected_2060) = match expected {
        Expected::Any => (ExpectedRevisionOption::ExpectedAny(EMPTY), Expected2060::Any2060(EMPTY)),
        Expected::StreamExists => {
            (ExpectedRevisionOption::ExpectedStreamExists(EMPTY), Expected2060::StreamExists2060(EMPTY))
        }
        Expected::NoStream => {
            (ExpectedRevisionOption::ExpectedNoStream(EMPTY), Expected2060::ExpectedRevision2060(u64::MAX))
        }
        Expected::Revision(revision) => {
            (ExpectedRevisionOption::ExpectedRevision(revision), Expected2060::ExpectedRevision2060(revision))
        }
    };
    WrongExpectedVersion {
        current_revision_option: Some(current),
        expected_revision_option: Some(expected),
        current_revision_option_20_6_0: Some(current_2060),
        expected_revision_option_20_6_0: Some(expected_2060),
    }
}
