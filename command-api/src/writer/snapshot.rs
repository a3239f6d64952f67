//! Snapshots of folded states. They only save time: without a readable one, all events are folded.

use std::io::Read as _;

use event_store::{EventStore, ReadError, Snapshot};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};

use super::event_sourced::EventSourced;

/// A snapshot is made when at least this many events have come since the last one.
const SNAPSHOT_EVERY: u64 = 200;

/// About as many bytes as an event takes with its metadata. See [`events_between`].
const EVENT_BYTES: usize = 1024;

/// Larger snapshots are not made: an append carries a mebibyte at most. It is of compressed bytes, of which a state of
/// thousands of appointments takes some hundred thousand.
const MAX_SNAPSHOT_BYTES: usize = 900 * 1024;

/// A snapshot that is larger than this when unpacked is none of ours.
const MAX_STATE_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct SnapshotPayload<A> {
    position: u64,
    state: A,
}

/// When the next snapshot of a stream is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct SnapshotSchedule {
    /// The first revision at which one should be made.
    due_at: u64,
}

/// A state that was restored from a snapshot.
pub(super) struct Restored<A> {
    pub(super) state: A,
    /// The position of the last event folded into it.
    pub(super) position: u64,
    pub(super) schedule: SnapshotSchedule,
}

/// Returns the state of the newest snapshot, if it is of the current version.
pub(super) async fn restore<A: EventSourced>(
    store: &EventStore,
    stream: &str,
) -> Result<Option<Restored<A>>, ReadError> {
    let Some(from) = A::snapshot_stream(stream) else { return Ok(None) };
    let snapshot = store.load_snapshot(&from).await?;
    Ok(snapshot.and_then(|snapshot| restored(stream, &snapshot)))
}

fn restored<A: EventSourced>(stream: &str, snapshot: &Snapshot) -> Option<Restored<A>> {
    if snapshot.version != A::SNAPSHOT_VERSION {
        return None;
    }
    let mut unpacked = Vec::new();
    let unpacking = DeflateDecoder::new(&*snapshot.payload).take(MAX_STATE_BYTES).read_to_end(&mut unpacked);
    let read = unpacking.map_err(serde_json::Error::io);
    match read.and_then(|_| serde_json::from_slice::<SnapshotPayload<A>>(&unpacked)) {
        Ok(SnapshotPayload { position, state }) if state.revision() == Some(snapshot.revision) => {
            let due_at = snapshot.revision + events_between(unpacked.len());
            Some(Restored { state, position, schedule: SnapshotSchedule { due_at } })
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(stream, %error, "snapshot not understood; folding all events");
            None
        }
    }
}

impl SnapshotSchedule {
    /// The schedule of a stream that has no snapshot.
    pub(super) const fn new() -> Self {
        Self { due_at: SNAPSHOT_EVERY - 1 }
    }

    /// Returns the snapshot that is due now, if one is, with the stream that it goes to.
    pub(super) fn due_snapshot<A: EventSourced>(
        &mut self,
        stream: &str,
        state: &A,
        position: u64,
    ) -> Option<(String, Snapshot)> {
        let revision = state.revision()?;
        if revision < self.due_at {
            return None;
        }
        let snapshot_stream = A::snapshot_stream(stream)?;
        self.due_at = revision + SNAPSHOT_EVERY;
        let state = serde_json::to_vec(&SnapshotPayload { position, state })
            .map_err(|error| tracing::error!(stream, %error, "state cannot be snapshotted"))
            .ok()?;
        self.due_at = revision + events_between(state.len());
        let mut payload = Vec::new();
        // Reading memory does not fail.
        DeflateEncoder::new(&*state, Compression::fast()).read_to_end(&mut payload).ok()?;
        if payload.len() > MAX_SNAPSHOT_BYTES {
            tracing::warn!(stream, bytes = payload.len(), "state too large for a snapshot");
            return None;
        }
        Some((snapshot_stream, Snapshot { version: A::SNAPSHOT_VERSION, revision, payload }))
    }
}

/// How many events come between a snapshot of this many bytes and the next.
///
/// At least as many bytes of events as the snapshot has itself, so that making snapshots never costs more than
/// appending does, however large the state. A stream of a busy year would spend most of its time on them otherwise.
fn events_between(snapshot_bytes: usize) -> u64 {
    SNAPSHOT_EVERY.max(u64::try_from(snapshot_bytes / EVENT_BYTES).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use domain::{Agent, Aggregate as _, EventContext};
    use schemas::event::{AgentRegistered, AppointmentBooked};
    use schemas::{AgentEvent, AgentId, AppointmentId};
    use uuid::Uuid;

    use super::*;

    /// An agent with that many bookings of the last days, each by a command of its own.
    fn agent_with(bookings: u64) -> Agent {
        let at: DateTime<Utc> = "2026-12-14T12:00:00Z".parse().unwrap();
        let agent_id: AgentId = "7".parse().unwrap();
        let registered = AgentRegistered { agent_id: agent_id.clone(), profile: fixtures::profile("Ana") };
        let booked = (1..=bookings).map(|number| {
            let start = at + TimeDelta::minutes(30 * i64::try_from(number).unwrap());
            // Ids that have nothing in common, as those of different keys.
            let id = AppointmentId::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes()));
            let event = AppointmentBooked {
                lead_id: format!("lead-{number}").parse().unwrap(),
                ..fixtures::booked(id, &agent_id, start, 30)
            };
            AgentEvent::from(event)
        });
        let mut agent = Agent::default();
        for (revision, event) in (0..).zip(std::iter::once(registered.into()).chain(booked)) {
            let unique = Uuid::new_v5(&Uuid::NAMESPACE_URL, &u64::to_be_bytes(revision));
            let metadata = fixtures::metadata(unique, at);
            agent.evolve(&event, &EventContext::new(revision, 1_000 * (revision + 1), &metadata));
        }
        agent
    }

    #[test]
    fn an_agent_with_2_500_recent_bookings_has_its_snapshot() {
        let agent = agent_with(2_500);
        let (_, snapshot) = SnapshotSchedule::new().due_snapshot("agent-7", &agent, 1).unwrap();
        let Restored { state, position, .. } = restored::<Agent>("agent-7", &snapshot).unwrap();
        assert_eq!((state, position), (agent, 1));
    }

    #[test]
    fn snapshots_of_large_states_are_rarer() {
        assert_eq!(events_between(0), SNAPSHOT_EVERY);
        assert_eq!(events_between(150 * 1024), SNAPSHOT_EVERY);
        assert_eq!(events_between(4 * 1024 * 1024), 4096);
    }
}
