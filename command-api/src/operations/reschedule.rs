use std::sync::Arc;

use domain::{AgentCommand, AppointmentAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::TimeInput;
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::errors::OF_MOVE;
use super::slot::slot_of;
use super::targets::OfAppointment;
use crate::{CommandApi, time_problems};

/// Moves an appointment to another time.
pub(crate) struct RescheduleAppointment;

/// The new time, by its start or by a slot reference.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTime {
    /// The new start.
    start: Option<TimeInput>,
    /// The reference of a slot that `GET /v1/slots` offered.
    slot_ref: Option<String>,
}

impl Operation for RescheduleAppointment {
    const NAME: &'static str = "RescheduleAppointment";
    const SUMMARY: &'static str = "Moves an appointment to another time; it has to be confirmed again.";
    const ACCESS: Access = Access::OWN_APPOINTMENT;
    const ERRORS: &'static [Code] = OF_MOVE;
    type Target = OfAppointment;
    type Request = NewTime;
    type Answer = AppointmentAnswer;
}

impl Command for RescheduleAppointment {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        request: NewTime,
    ) -> Result<Accepted<AppointmentAnswer>, Problem> {
        let (start, agreed_zone) = match (&request.start, &request.slot_ref) {
            (Some(start), None) => time_problems::resolve("start", start)?,
            (None, Some(slot_ref)) => {
                let slot = slot_of(api, slot_ref)?;
                let holder = api.directory.appointment(appointment_id).await?;
                if holder.is_some_and(|agent_id| agent_id != slot.agent_id) {
                    let detail = "The slot is another agent's; reassign the appointment to move it there.";
                    return Err(Problem::malformed("slot_ref", detail));
                }
                (slot.start, None)
            }
            _ => return Err(Problem::malformed("start", "give either start or slot_ref")),
        };
        let command = AgentCommand::RescheduleAppointment { appointment_id, start, agreed_zone };
        answer(api.send_to_appointment(call, appointment_id, command).await?)
    }
}
