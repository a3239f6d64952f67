//! Parses and checks a read request.

use tonic::Status;

use super::checkpoints::Checkpoints;
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
    pub(super) resolve_links: bool,
    pub(super) id_form: IdForm,
    /// Whether the reader wants a message with the last position of the stream.
    pub(super) wants_stream_end: bool,
}

#[derive(Debug)]
pub(super) enum Source {
    Stream { stream: StreamName, from: ReadFrom },
    All { from: AllFrom, filter: Filter, checkpoints: Option<Checkpoints> },
}

/// Where a read of `$all` begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllFrom {
    Start,
    End,
    At(Place),
}

/// A place in `$all`, as a pair of positions by which places are ordered.
///
/// Both are the same for an event. A checkpoint may have 0 as its second, which places it right before the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) commit: u64,
    prepare: u64,
}

impl AllFrom {
    /// The position that the reader named, if it has.
    pub(super) fn named(self) -> Option<u64> {
        match self {
            Self::At(place) => Some(place.commit),
            Self::Start | Self::End => None,
        }
    }

    /// The first position of a read; none if there is nothing in that direction. The event at a place belongs to what is read
    /// forwards from there, and does not belong to what is read backwards.
    pub(super) fn first_position(self, direction: Direction) -> Option<u64> {
        match (direction, self) {
            (Direction::Forwards, Self::Start) => Some(0),
            (Direction::Backwards, Self::End) => Some(u64::MAX),
            (Direction::Forwards, Self::End) | (Direction::Backwards, Self::Start) => None,
            (Direction::Forwards, Self::At(place)) if place.prepare <= place.commit => Some(place.commit),
            (Direction::Forwards, Self::At(place)) => Some(place.commit.saturating_add(1)),
            (Direction::Backwards, Self::At(place)) if place.prepare <= place.commit => {
                place.commit.checked_sub(1)
            }
            (Direction::Backwards, Self::At(place)) => Some(place.commit),
        }
    }

    /// The first position that a subscription follows: subscriptions begin after the place that they name.
    pub(super) fn first_followed(self, end: u64) -> u64 {
        match self {
            Self::Start => 0,
            Self::End => end,
            Self::At(place) if place.prepare < place.commit => place.commit,
            Self::At(place) => place.commit.saturating_add(1),
        }
    }
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
            wire::CountOption::Count(0) => {
                return Err(Status::unknown("a read of no events: ask for one or more"));
            }
            wire::CountOption::Count(count) => Amount::Count(count),
            wire::CountOption::Subscription(_) if direction == Direction::Backwards => {
                return Err(refusal::invalid("a subscription can only read forwards"));
            }
            wire::CountOption::Subscription(_) => Amount::Subscription,
        };
        let reads_forwards = amount != Amount::Subscription && direction == Direction::Forwards;
        let source = match options.stream_option.ok_or_else(|| refusal::missing("stream"))? {
            wire::StreamOption::Stream(stream) => Source::Stream {
                stream: convert::stream_name(stream.stream_identifier)?,
                from: from_revision(stream.revision_option)?,
            },
            wire::StreamOption::All(all) => {
                let from = from_position(all.all_option)?;
                let (filter, checkpoints) = filter(options.filter_option, amount)?;
                Source::All { from, filter, checkpoints }
            }
        };
        let at_the_end = match &source {
            Source::Stream { from, .. } => *from == ReadFrom::End,
            Source::All { from, .. } => *from == AllFrom::End,
        };
        if reads_forwards && at_the_end {
            return Err(Status::unknown(
                "there is nothing after the end: read backwards from there, or subscribe",
            ));
        }
        let id_form = match options.uuid_option.and_then(|option| option.content) {
            Some(wire::uuid_option::Content::String(_)) => IdForm::Text,
            Some(wire::uuid_option::Content::Structured(_)) | None => IdForm::Structured,
        };
        let wants_stream_end = options.control_option.is_some_and(|control| control.compatibility >= 1);
        let resolve_links = options.resolve_links;
        Ok(Self { source, direction, amount, resolve_links, id_form, wants_stream_end })
    }
}

fn from_revision(option: Option<wire::stream_options::RevisionOption>) -> Result<ReadFrom, Status> {
    match option {
        Some(wire::stream_options::RevisionOption::Revision(revision)) => Ok(ReadFrom::Point(revision)),
        Some(wire::stream_options::RevisionOption::End(_)) => Ok(ReadFrom::End),
        Some(wire::stream_options::RevisionOption::Start(_)) => Ok(ReadFrom::Start),
        None => Err(Status::unknown("the request lacks the revision to begin at")),
    }
}

fn from_position(option: Option<wire::all_options::AllOption>) -> Result<AllFrom, Status> {
    match option {
        Some(wire::all_options::AllOption::Position(position)) => {
            let (commit, prepare) = (position.commit_position, position.prepare_position);
            Ok(AllFrom::At(Place { commit, prepare }))
        }
        Some(wire::all_options::AllOption::End(_)) => Ok(AllFrom::End),
        Some(wire::all_options::AllOption::Start(_)) => Ok(AllFrom::Start),
        None => Err(Status::unknown("the request lacks the position to begin at")),
    }
}

/// The filter, and when a subscription with it gets checkpoints.
fn filter(
    option: Option<wire::FilterOption>,
    amount: Amount,
) -> Result<(Filter, Option<Checkpoints>), Status> {
    let Some(wire::FilterOption::Filter(options)) = option else { return Ok((Filter::Everything, None)) };
    let pattern = |expression: filter_options::Expression| {
        Pattern::parse(&expression.regex, expression.prefix).map_err(refusal::invalid)
    };
    let filter = match options.filter.ok_or_else(|| refusal::missing("filter"))? {
        filter_options::Filter::StreamIdentifier(expression) => Filter::Stream(pattern(expression)?),
        filter_options::Filter::EventType(expression) => Filter::EventType(pattern(expression)?),
    };
    if amount != Amount::Subscription {
        return Ok((filter, None));
    }
    let window = match options.window {
        Some(Window::Max(max)) => max.max(1),
        Some(Window::Count(_)) | None => DEFAULT_WINDOW,
    };
    match options.checkpoint_interval_multiplier {
        0 => Err(Status::unknown("the multiplier of the checkpoints' interval is 0: give 1 or more")),
        windows => Ok((filter, Some(Checkpoints::every(windows, window)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(commit: u64, prepare: u64) -> AllFrom {
        AllFrom::At(Place { commit, prepare })
    }

    #[test]
    fn the_place_of_an_event_is_before_what_is_after_it_and_after_what_is_before_it() {
        assert_eq!(at(100, 100).first_position(Direction::Forwards), Some(100));
        assert_eq!(at(100, 100).first_position(Direction::Backwards), Some(99));
        assert_eq!(at(100, 100).first_followed(0), 101);
        assert_eq!(at(0, 0).first_position(Direction::Backwards), None);
        assert_eq!(at(u64::MAX, u64::MAX).first_followed(0), u64::MAX);
    }

    #[test]
    fn who_begins_at_a_checkpoint_before_an_event_gets_it() {
        assert_eq!(at(100, 0).first_followed(0), 100);
        assert_eq!(at(100, 0).first_position(Direction::Forwards), Some(100));
        assert_eq!(at(100, 0).first_position(Direction::Backwards), Some(99));
    }
}
