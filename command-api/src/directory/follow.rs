use std::sync::PoisonError;

use event_store::{After, RecordedEvent, SubscriptionItem};
use schemas::{AgentEvent, stream};

use super::Directory;

/// The events that say where something is; the others matter for their command only and are not decoded.
const TELLING: &[&str] = &[
    "AgentRegistered",
    "AgentProfileUpdated",
    "AgentDeactivated",
    "SlotHeld",
    "HoldReleased",
    "AppointmentBooked",
    "AppointmentRescheduled",
    "AppointmentReassigned",
    "AppointmentCancelled",
];

pub(super) async fn follow(directory: &Directory) {
    let mut subscription = directory.store.subscribe(After::Start, Directory::filter());
    loop {
        match subscription.next().await {
            SubscriptionItem::Event(event) => {
                note(directory, &event);
                directory.progress.send_modify(|progress| {
                    progress.hear();
                    progress.position = Some(event.position);
                });
            }
            SubscriptionItem::Checkpoint(position) => {
                directory.progress.send_modify(|progress| {
                    progress.hear();
                    progress.position = progress.position.max(Some(position));
                });
            }
            SubscriptionItem::CaughtUp => {
                directory.progress.send_modify(|progress| {
                    progress.hear();
                    progress.caught_up = true;
                });
            }
            SubscriptionItem::Disconnected(reason) => {
                directory.progress.send_modify(|progress| progress.is_lost = true);
                tracing::warn!(%reason, "directory lost the event store; it goes on where it was");
            }
        }
    }
}

/// What cannot be read is left out: the stream it is on will say so to whoever asks for it.
fn note(directory: &Directory, event: &RecordedEvent) {
    let (Some(agent_id), Ok(metadata)) = (stream::agent_of(&event.stream), event.metadata()) else {
        tracing::error!(stream = %event.stream, revision = event.revision, "directory cannot read an event");
        return;
    };
    let decoded = TELLING
        .contains(&event.event_type.as_str())
        .then(|| AgentEvent::decode(&event.event_type, metadata.schema_version, &event.payload))
        .and_then(|decoded| {
            decoded.inspect_err(|error| tracing::error!(%error, "directory cannot read an event")).ok()
        });
    let mut entries = directory.entries.write().unwrap_or_else(PoisonError::into_inner);
    entries.note(&agent_id, decoded.as_ref(), metadata);
}
