use std::sync::Arc;

use actix_web::{HttpRequest, web};
use http_edge::{Problem, StrictJson, StrictPath};
use schemas::{AgentId, AppointmentId};
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reassignment::reassign;
use crate::reply::{self, Reply};

/// `POST /v1/appointments/{appointment_id}/reassign`
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Reassign {
    agent_id: AgentId,
}

pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Reassign>,
) -> Result<Reply, Problem> {
    let appointment_id = StrictPath::get(&request, "appointment_id")?;
    carry_out(&api.into_inner(), &headers, appointment_id, &body.0).await
}

/// Moves an appointment to another agent.
pub(crate) async fn carry_out(
    api: &Arc<CommandApi>,
    headers: &Headers,
    appointment_id: AppointmentId,
    content: &Reassign,
) -> Result<Reply, Problem> {
    let (command, correlation_id) = api.command(headers, content, ());
    reassign(Arc::clone(api), appointment_id, content.agent_id.clone(), command, correlation_id)
        .await
        .map(|outcome| reply::ok(&outcome))
}
