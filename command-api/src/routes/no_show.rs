use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Problem, StrictJson, StrictPath};
use schemas::AppointmentId;

use super::Nothing;
use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};

/// `POST /v1/appointments/{appointment_id}/no-show`
pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    _: StrictJson<Nothing>,
) -> Result<Reply, Problem> {
    carry_out(&api, &headers, StrictPath::get(&request, "appointment_id")?).await
}

/// The lead did not come.
pub(crate) async fn carry_out(
    api: &CommandApi,
    headers: &Headers,
    appointment_id: AppointmentId,
) -> Result<Reply, Problem> {
    let command = AgentCommand::MarkNoShow { appointment_id };
    api.appointment(appointment_id, headers, &(), command).await.map(|outcome| reply::ok(&outcome))
}
