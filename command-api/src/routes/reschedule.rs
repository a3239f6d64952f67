use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Code, Problem, StrictJson, StrictPath};
use schemas::{AppointmentId, TimeInput};
use serde::{Deserialize, Serialize};

use super::book::slot_of;
use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time;

/// `POST /v1/appointments/{appointment_id}/reschedule`
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Reschedule {
    start: Option<TimeInput>,
    slot_ref: Option<String>,
}

pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Reschedule>,
) -> Result<Reply, Problem> {
    carry_out(&api, &headers, StrictPath::get(&request, "appointment_id")?, &body.0).await
}

/// Moves an appointment to another time.
pub(crate) async fn carry_out(
    api: &CommandApi,
    headers: &Headers,
    appointment_id: AppointmentId,
    content: &Reschedule,
) -> Result<Reply, Problem> {
    let (start, agreed_zone) = match (&content.start, &content.slot_ref) {
        (Some(start), None) => time::resolve("start", start)?,
        (None, Some(slot_ref)) => {
            let slot = slot_of(api, slot_ref)?;
            let holder = api.directory.appointment(appointment_id).await?;
            if holder.is_some_and(|agent_id| agent_id != slot.agent_id) {
                return Err(Problem::new(
                    Code::MalformedRequest,
                    "The slot is another agent's; reassign the appointment to move it there.",
                )
                .with("field", "slot_ref"));
            }
            (slot.start, None)
        }
        _ => return Err(Problem::malformed("start", "give either start or slot_ref")),
    };
    let command = AgentCommand::RescheduleAppointment { appointment_id, start, agreed_zone };
    api.appointment(appointment_id, headers, content, command).await.map(|outcome| reply::ok(&outcome))
}
