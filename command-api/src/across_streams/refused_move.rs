//! The refusal of a move: which agents could take it at the same hour, and which other hours the one who was asked has.

use availability::{Reason, Slot};
use domain::RescheduleAppointment;
use operation::Problem;
use schemas::AgentId;

use crate::CommandApi;
use crate::refusal::{Alternative, slot_unavailable};

/// How many alternatives a refusal offers.
const ALTERNATIVES: usize = 3;
/// How many of them are other agents at the same hour: other hours have a place too.
const OTHER_AGENTS: usize = 2;

/// The refusal by the agent who was asked, with that agent's nearest slots.
pub(super) async fn refused_move(
    api: &CommandApi,
    asked: &RescheduleAppointment,
    by: &AgentId,
    reason: Reason,
    nearest: &[Slot],
) -> Problem {
    let detail = format!("The slot is not available: {reason}.");
    let now = api.now();
    // An agent who was not free a moment ago is an alternative all the same, if the log cannot be read to its end.
    let (_, office) = tokio::join!(api.directory.reach_end(), api.refresh_office());
    let Some((appointment_type, others)) = api.directory.others_for(office.calendar(), asked, by, now) else {
        let nearest: Vec<_> = nearest.iter().map(|slot| Alternative::new(Some(by), slot)).collect();
        return slot_unavailable(&detail, reason, &nearest);
    };
    let others = others.iter().take(OTHER_AGENTS).map(|(agent_id, slot)| (agent_id, slot));
    let alternatives = others.chain(nearest.iter().map(|slot| (by, slot))).take(ALTERNATIVES);
    let alternatives: Vec<_> = alternatives
        .map(|(agent_id, slot)| {
            let slot_ref = api.slot_refs.issue(agent_id, &appointment_type, slot.start, now);
            Alternative::referred(agent_id, slot, slot_ref)
        })
        .collect();
    slot_unavailable(&detail, reason, &alternatives)
}
