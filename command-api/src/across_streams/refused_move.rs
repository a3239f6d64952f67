//! The refusal of a move: which agents could take it at the same hour, and which other hours the one who was asked has.

use availability::{Reason, Slot};
use domain::{RequestedSlot, RescheduleAppointment};
use operation::Problem;

use crate::CommandApi;

/// The refusal by the agent who was asked, with that agent's nearest slots.
pub(super) async fn refused_move(
    api: &CommandApi,
    asked: &RescheduleAppointment,
    reason: Reason,
    requested: &RequestedSlot,
    nearest: Vec<Slot>,
) -> Problem {
    // An agent who was not free a moment ago is an alternative all the same, if the log cannot be read to its end.
    let (_, office) = tokio::join!(api.directory.reach_end(), api.refresh_office());
    let others = api.directory.others_for(office.calendar(), asked, &requested.agent_id, api.now());
    api.refused_slot(reason, requested, others, nearest, asked.agreed_zone)
}
