use actix_web::{HttpRequest, HttpResponse, web};
use http_edge::{Problem, StrictJson, StrictPath};
use schemas::{AgentId, AppointmentId};
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reassignment::reassign as reassign_appointment;
use crate::reply;

/// `POST /v1/appointments/{appointment_id}/reassign`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reassign {
    agent_id: AgentId,
}

pub(super) async fn reassign(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Reassign>,
) -> Result<HttpResponse, Problem> {
    let appointment_id: AppointmentId = StrictPath::get(&request, "appointment_id")?;
    let (command, correlation_id) = api.command(&headers, &body.0, ());
    reassign_appointment(api.into_inner(), appointment_id, body.0.agent_id, command, correlation_id)
        .await
        .map(|outcome| reply::ok(&outcome))
}
