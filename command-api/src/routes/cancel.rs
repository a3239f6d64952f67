use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Problem, StrictJson, StrictPath, check_length};
use schemas::AppointmentId;
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};

const MAX_REASON: usize = 500;

/// `POST /v1/appointments/{appointment_id}/cancel`
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancel {
    reason: Option<String>,
}

pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Cancel>,
) -> Result<Reply, Problem> {
    carry_out(&api, &headers, StrictPath::get(&request, "appointment_id")?, &body.0).await
}

/// Calls an appointment off.
pub(crate) async fn carry_out(
    api: &CommandApi,
    headers: &Headers,
    appointment_id: AppointmentId,
    content: &Cancel,
) -> Result<Reply, Problem> {
    check_length("reason", content.reason.as_deref().unwrap_or_default(), MAX_REASON)?;
    let command = AgentCommand::CancelAppointment { appointment_id, reason: content.reason.clone() };
    api.appointment(appointment_id, headers, content, command).await.map(|outcome| reply::ok(&outcome))
}
