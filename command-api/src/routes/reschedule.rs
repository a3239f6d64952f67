use actix_web::{HttpRequest, HttpResponse, web};
use domain::AgentCommand;
use http_edge::{Code, Problem, StrictJson, StrictPath};
use schemas::{AppointmentId, TimeInput};
use serde::{Deserialize, Serialize};

use super::book::slot_of;
use crate::CommandApi;
use crate::headers::Headers;
use crate::{reply, time};

/// `POST /v1/appointments/{appointment_id}/reschedule`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reschedule {
    start: Option<TimeInput>,
    slot_ref: Option<String>,
}

pub(super) async fn reschedule(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Reschedule>,
) -> Result<HttpResponse, Problem> {
    let appointment_id: AppointmentId = StrictPath::get(&request, "appointment_id")?;
    let (start, agreed_zone) = match (&body.0.start, &body.0.slot_ref) {
        (Some(start), None) => time::resolve("start", start)?,
        (None, Some(slot_ref)) => {
            let slot = slot_of(&api, slot_ref)?;
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
    api.appointment(appointment_id, &headers, &body.0, command).await.map(|outcome| reply::ok(&outcome))
}
