//! Events before they are appended: each gets an id and the metadata of its command.

use chrono::{DateTime, Utc};
use domain::{Command, StreamTime};
use event_store::NewEvent;
use schemas::{ClockReading, EventId, Metadata};
use uuid::Uuid;

use super::event_sourced::EventSourced;
use crate::identity;

/// When an event is decided: what the clock shows, and the time that it is recorded with in its stream.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    now: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    clock: Option<ClockReading>,
}

impl Stamp {
    /// Of the next event of a stream that has come to `time`.
    pub(crate) fn new(time: &StreamTime, now: DateTime<Utc>) -> Self {
        let (recorded_at, clock) = time.stamp(now);
        Self { now, recorded_at, clock }
    }

    /// The time that the event is recorded with.
    pub(crate) const fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

/// Puts ids and metadata on the events that a command led to.
pub(crate) fn with_metadata<A: EventSourced>(
    events: &[A::Event],
    command: &Command<A::Command>,
    correlation_id: Uuid,
    stamp: &Stamp,
) -> Vec<NewEvent> {
    events.iter().map(|event| new_event(A::encode(event), command, correlation_id, stamp)).collect()
}

/// Puts an id and metadata on an event of this type, version and payload.
pub(crate) fn new_event<C>(
    (event_type, schema_version, payload): (&'static str, u16, Vec<u8>),
    command: &Command<C>,
    correlation_id: Uuid,
    stamp: &Stamp,
) -> NewEvent {
    NewEvent {
        event_id: EventId::new(identity::new_id(stamp.now)),
        event_type,
        payload,
        metadata: Metadata {
            command_id: command.command_id,
            command_digest: command.digest.clone(),
            correlation_id,
            causation_id: command.command_id.uuid(),
            actor: command.actor.clone(),
            origin: command.origin,
            recorded_at: stamp.recorded_at,
            clock: stamp.clock.clone(),
            may_repeat: command.may_repeat,
            followed_by: 0,
            schema_version,
            tzdb_version: availability::zone::tzdb_version().to_owned(),
        },
    }
}
