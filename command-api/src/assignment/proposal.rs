//! Whom to ask, and in which order: settled once for a request, by whichever process is first to carry it out.
//!
//! An agent's stream knows a command that it has carried out, so the same request can be put to the same agent as
//! often as anyone likes. It is only safe in two processes at once if both ask the same agents in the same order.

use chrono::{DateTime, Utc};
use domain::{AgentCommand, AgentRejection, Command};
use event_store::{AppendError, EventStore, ExpectedRevision, RecordedEvent};
use operation::{Problem, error_chain};
use schemas::event::AgentsProposed;
use schemas::{AgentId, AssignmentEvent, stream};
use uuid::Uuid;

use crate::failure::Failure;
use crate::refusal::idempotency_mismatch;
use crate::writer::new_event;

/// How many agents are written down. Whoever has asked so many in vain asks the others in an order of its own.
const MAX_PROPOSED: usize = 200;

/// The candidates in the order in which every process asks them.
pub(super) async fn settled(
    store: &EventStore,
    command: &Command<AgentCommand>,
    correlation_id: Uuid,
    now: DateTime<Utc>,
    candidates: Vec<AgentId>,
) -> Result<Vec<AgentId>, Problem> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let stream = stream::assignment(command.command_id);
    let agent_ids = candidates.iter().take(MAX_PROPOSED).cloned().collect();
    let event = AssignmentEvent::from(AgentsProposed { agent_ids });
    let encoded = (event.event_type(), event.schema_version(), event.payload());
    let proposed = new_event(encoded, command, correlation_id, now);
    match store.append(&stream, ExpectedRevision::NoStream, &[proposed]).await {
        Ok(_) => Ok(candidates),
        Err(AppendError::Conflict { .. }) => {
            let first = store.load(&stream, None).await.map_err(|error| unavailable(&error))?;
            in_order_of(first.first(), command, candidates)
        }
        // Whether it is written or not, nobody has been asked.
        Err(error @ (AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_))) => {
            Err(unavailable(&error))
        }
        Err(error) => {
            tracing::error!(stream, error = error_chain(&error), "whom to ask cannot be written down");
            Err(Failure::<AgentRejection>::Broken.into())
        }
    }
}

/// Those who were proposed first, as far as they are candidates still; then the others.
fn in_order_of(
    proposed: Option<&RecordedEvent>,
    command: &Command<AgentCommand>,
    mut candidates: Vec<AgentId>,
) -> Result<Vec<AgentId>, Problem> {
    let broken = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error = error_chain(error), "what was proposed cannot be read");
        Problem::from(Failure::<AgentRejection>::Broken)
    };
    // Nobody deletes such a stream; who did wants the order settled anew.
    let Some(proposed) = proposed else { return Ok(candidates) };
    let metadata = proposed.metadata().map_err(|error| broken(&error))?;
    if metadata.command_digest != command.digest {
        return Err(idempotency_mismatch());
    }
    let decoded = AssignmentEvent::decode(&proposed.event_type, metadata.schema_version, &proposed.payload);
    let AssignmentEvent::AgentsProposed(AgentsProposed { agent_ids }) =
        decoded.map_err(|error| broken(&error))?;
    let place = |agent_id: &AgentId| agent_ids.iter().position(|proposed| proposed == agent_id);
    candidates.sort_by_cached_key(|agent_id| place(agent_id).unwrap_or(usize::MAX));
    Ok(candidates)
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = error_chain(error), "event store");
    Failure::<AgentRejection>::StoreUnavailable.into()
}
