use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Code, Problem, StrictPath};
use schemas::HoldId;

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};

/// `DELETE /v1/holds/{hold_id}`
pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    carry_out(&api, &headers, StrictPath::get(&request, "hold_id")?).await
}

/// Ends a hold before its time.
pub(crate) async fn carry_out(
    api: &CommandApi,
    headers: &Headers,
    hold_id: HoldId,
) -> Result<Reply, Problem> {
    let outcome = match api.directory.hold(hold_id).await? {
        Some((agent_id, _)) => {
            api.agent(&agent_id, headers, &(), AgentCommand::ReleaseHold { hold_id }).await?
        }
        None => api.answered_before(hold_id, headers, &()).await?.ok_or_else(|| not_found(hold_id))?,
    };
    Ok(reply::ok(&outcome))
}

pub(super) fn not_found(hold_id: HoldId) -> Problem {
    Problem::new(Code::HoldNotFound, format!("There is no hold {hold_id}, or not any more."))
}
