use actix_web::{HttpRequest, HttpResponse, web};
use domain::AgentCommand;
use http_edge::{Problem, StrictJson, StrictPath, check_length};
use schemas::AppointmentId;
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply;

const MAX_REASON: usize = 500;

/// A command without members.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// `POST /v1/appointments/{appointment_id}/cancel`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    reason: Option<String>,
}

/// `POST /v1/appointments/{appointment_id}/confirm`
pub(super) async fn confirm(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    _: StrictJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    send(&api, &headers, &request, &(), |appointment_id| AgentCommand::ConfirmAppointment { appointment_id })
        .await
}

pub(super) async fn cancel(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Cancel>,
) -> Result<HttpResponse, Problem> {
    check_length("reason", body.0.reason.as_deref().unwrap_or_default(), MAX_REASON)?;
    let reason = body.0.reason.clone();
    send(&api, &headers, &request, &body.0, |appointment_id| AgentCommand::CancelAppointment {
        appointment_id,
        reason,
    })
    .await
}

/// `POST /v1/appointments/{appointment_id}/complete`
pub(super) async fn complete(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    _: StrictJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    send(&api, &headers, &request, &(), |appointment_id| AgentCommand::CompleteAppointment { appointment_id })
        .await
}

/// `POST /v1/appointments/{appointment_id}/no-show`
pub(super) async fn no_show(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    _: StrictJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    send(&api, &headers, &request, &(), |appointment_id| AgentCommand::MarkNoShow { appointment_id }).await
}

async fn send(
    api: &CommandApi,
    headers: &Headers,
    request: &HttpRequest,
    content: &impl Serialize,
    command: impl FnOnce(AppointmentId) -> AgentCommand,
) -> Result<HttpResponse, Problem> {
    let appointment_id: AppointmentId = StrictPath::get(request, "appointment_id")?;
    api.appointment(appointment_id, headers, content, command(appointment_id))
        .await
        .map(|outcome| reply::ok(&outcome))
}
