use event_store::RecordedEvent;
use read_model::{Event, ProjectedEvent};
use schemas::{AgentEvent, OfficeEvent, stream};

use crate::{Cause, Failure};

/// The event as the read model takes it; none if its stream is not one of ours.
pub(crate) fn decode(event: &RecordedEvent) -> Result<Option<ProjectedEvent>, Failure> {
    let agent_id = stream::agent_of(&event.stream);
    if agent_id.is_none() && &*event.stream != stream::OFFICE {
        return Ok(None);
    }
    let metadata = event.metadata().map_err(|error| Failure::new(event, Cause::Metadata(error)))?;
    let (event_type, version, payload) = (&event.event_type, metadata.schema_version, &event.payload);
    let decoded = match agent_id {
        Some(agent_id) => {
            AgentEvent::decode(event_type, version, payload).map(|event| Event::Agent(agent_id, event))
        }
        None => OfficeEvent::decode(event_type, version, payload).map(Event::Office),
    };
    Ok(Some(ProjectedEvent {
        position: event.position,
        revision: event.revision,
        event_id: event.event_id,
        event: decoded.map_err(|error| Failure::new(event, error))?,
        metadata,
    }))
}
