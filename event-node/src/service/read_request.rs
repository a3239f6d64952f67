//! Parses and checks a read request.

use tonic::Status;

use super::convert::{self, IdForm};
use super::refusal;
use crate::filter::{Filter, Pattern};
use crate::record::{Direction, ReadFrom, StreamName};
use crate::wire::event_store::client::streams::read_req::options as wire;
use crate::wire::event_store::client::streams::read_req::{Options, options::ReadDirection};
use wire::filter_options::{self, Window};

/// Events scanned between two checkpoints, unless the reader sets it.
const DEFAULT_WINDOW: u32 = 32;

#[derive(Debug)]
pub(super) struct ReadRequest {
    pub(super) source: Source,
    pub(super) direction: Direction,
    pub(super) amount: Amount,
    pub(super) id_form: IdForm,
    /// Whether the reader wants a message with the last position of the stream.
    pub(super) wants_stream_end: bool,
}

#[derive(Debug)]
pub(super) enum Source {
    Stream { stream: StreamName, from: ReadFrom },
    All { from: ReadFrom, filter: Filter, checkpoint_interval: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Count(u64),
    Subscription,
}

impl ReadRequest {
    pub(super) fn parse(options: Option<Options>) -> Result<Self, Status> {
        let options = options.ok_or_else(|| refusal::missing("options"))?;
        let direction = match options.read_direction() {
            ReadDirection::Forwards => Direction::Forwards,
            ReadDirection::Backwards => Direction::Backwards,
        };
        let amount = match options.count_option.ok_or_else(|| refusal::missing("count"))? {
            wire::CountOption::Count(count) => Amount::Count(count),
            wire::CountOption::Subscription(_) if direction == Direction::Backwards => {
                return Err(refusal::invalid("a subscription can only read forwards"));
            }
            wire::CountOption::Subscription(_) => Amount::Subscription,
        };
        let source = match options.stream_option.ok_or_else(|| refusal::missing("stream"))? {
            wire::StreamOption::Stream(stream) => Source::Stream {
                stream: convert::stream_name(stream.stream_identifier)?,
                from: from_revision(stream.revision_option),
            },
            wire::StreamOption::All(all) => {
                let (filter, checkpoint_interval) = filter(options.filter_option)?;
                Source::All { from: from_position(all.all_option), filter, checkpoint_interval }
            }
        };
        let id_form = match options.uuid_option.and_then(|option| option.content) {
            Some(wire::uuid_option::Content::String(_)) => IdForm::Text,
            Some(wire::uuid_option::Content::Structured(_)) | None => IdForm::Structured,
        };
        let wants_stream_end = options.control_option.is_some_and(|control| control.compatibility >= 1);
        Ok(Self { source, direction, amount, id_form, wants_stream_end })
    }
}

fn from_revision(option: Option<wire::stream_options::RevisionOption>) -> ReadFrom {
    match option {
        Some(wire::stream_options::RevisionOption::Revision(revision)) => ReadFrom::Point(revision),
        Some(wire::stream_options::RevisionOption::End(_)) => ReadFrom::End,
        Some(wire::stream_options::RevisionOption::Start(_)) | None => ReadFrom::Start,
    }
}

fn from_position(option: Option<wire::all_options::AllOption>) -> ReadFrom {
    match option {
        Some(wire::all_options::AllOption::Position(position)) => ReadFrom::Point(position.commit_position),
        Some(wire::all_options::AllOption::End(_)) => ReadFrom::End,
        Some(wire::all_options::AllOption::Start(_)) | None => ReadFrom::Start,
    }
}

fn filter(option: Option<wire::FilterOption>) -> Result<(Filter, u64), Status> {
    let Some(wire::FilterOption::Filter(options)) = option else { return Ok((Filter::Everything, 0)) };
    let pattern = |expression: filter_options::Expression| {
        Pattern::parse(&expression.regex, expression.prefix).map_err(refusal::invalid)
    };
    let filter = match options.filter.ok_or_else(|| refusal::missing("filter"))? {
        filter_options::Filter::StreamIdentifier(expression) => Filter::Stream(pattern(expression)?),
        filter_options::Filter::EventType(expression) => Filter::EventType(pattern(expression)?),
    };
    let window = match options.window {
        Some(Window::Max(max)) => max.max(1),
        Some(Window::Count(_)) | None => DEFAULT_WINDOW,
    };
    let multiplier = options.checkpoint_interval_multiplier.max(1);
    Ok((filter, u64::from(window) * u64::from(multiplier)))
}
