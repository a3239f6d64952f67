//! The order in which a booking tries the agents, fixed for each request by the first process that runs it.
//!
//! An agent's stream remembers its commands, so repeating a request at the same agent is safe. Two processes may run
//! the same request at once only if both try the same agents in the same order.

use chrono::{DateTime, Utc};
use domain::{AgentCommand, AgentRejection, Command, StreamTime};
use event_store::{AppendError, EventStore, ExpectedRevision, RecordedEvent};
use operation::{Problem, error_chain};
use schemas::event::AgentsProposed;
use schemas::{AssignmentEvent, stream};
use uuid::Uuid;

use crate::directory::Candidate;
use crate::failure::Failure;
use crate::refusal::idempotency_mismatch;
use crate::store_trouble;
use crate::writer::{Stamp, new_event};

/// How many agents a proposal lists. After those, each process tries the remaining agents in its own order.
const MAX_PROPOSED: usize = 200;
const NOT_STORED: &str = "the proposed agents cannot be stored";

/// Returns the candidates in the order that every process uses; the first process stores it.
pub(super) async fn settled(
    store: &EventStore,
    command: &Command<AgentCommand>,
    correlation_id: Uuid,
    now: DateTime<Utc>,
    candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, Problem> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let stream = stream::assignment(command.command_id);
    let agent_ids =
        candidates.iter().take(MAX_PROPOSED).map(|candidate| candidate.agent_id.clone()).collect();
    let event = AssignmentEvent::from(AgentsProposed { agent_ids });
    let encoded = (event.event_type(), event.schema_version(), event.payload());
    let proposed = new_event(encoded, command, correlation_id, &Stamp::new(&StreamTime::default(), now));
    match store.append(&stream, ExpectedRevision::NoStream, &[proposed]).await {
        Ok(_) => Ok(candidates),
        Err(AppendError::Conflict { .. }) => {
            let first = store.load(&stream, None).await.map_err(|error| unavailable(&stream, &error))?;
            in_order_of(first.first(), command, candidates)
        }
        // Whether the proposal was stored or not, no agent has been tried yet.
        Err(error @ (AppendError::Unavailable(_) | AppendError::OutcomeUnknown(_))) => {
            Err(unavailable(&stream, &error))
        }
        Err(error @ AppendError::StorageFull(_)) => {
            store_trouble::report(NOT_STORED, &stream, &error);
            Err(Failure::<AgentRejection>::StorageFull.into())
        }
        Err(error) => {
            tracing::error!(stream, error = error_chain(&error), "{NOT_STORED}");
            Err(Failure::<AgentRejection>::Broken.into())
        }
    }
}

/// The proposed agents in the proposed order, then the other candidates.
fn in_order_of(
    proposed: Option<&RecordedEvent>,
    command: &Command<AgentCommand>,
    mut others: Vec<Candidate>,
) -> Result<Vec<Candidate>, Problem> {
    let broken = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error = error_chain(error), "the proposed agents cannot be read");
        Problem::from(Failure::<AgentRejection>::Broken)
    };
    // Empty only if an operator deleted the stream: then the candidates keep their own order.
    let Some(proposed) = proposed else { return Ok(others) };
    let metadata = proposed.metadata().map_err(|error| broken(&error))?;
    if metadata.command_digest != command.digest {
        return Err(idempotency_mismatch());
    }
    let decoded = AssignmentEvent::decode(&proposed.event_type, metadata.schema_version, &proposed.payload);
    let AssignmentEvent::AgentsProposed(AgentsProposed { agent_ids }) =
        decoded.map_err(|error| broken(&error))?;
    let mut candidates = Vec::with_capacity(agent_ids.len() + others.len());
    for agent_id in agent_ids {
        // One who is not free by what this process has read may have been for the other, or may have the booking now.
        let known = others.iter().position(|other| other.agent_id == agent_id);
        candidates.push(known.map_or_else(|| Candidate::unknown(agent_id), |at| others.remove(at)));
    }
    candidates.extend(others);
    Ok(candidates)
}

fn unavailable(stream: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    store_trouble::report(NOT_STORED, stream, error);
    Failure::<AgentRejection>::StoreUnavailable.into()
}
