use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Object, Problem, StrictJson, StrictPath};
use schemas::AgentId;
use schemas::value::{DateException, LocalInterval};
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time::Date;

/// `PUT /v1/agents/{agent_id}/exceptions/{date}`; no intervals = closed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutException {
    intervals: Vec<Object<LocalInterval>>,
}

pub(super) async fn put(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<PutException>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let intervals = body.0.intervals.iter().map(|Object(interval)| *interval).collect();
    let date: Date = StrictPath::get(&request, "date")?;
    let exception = DateException { date: date.into(), intervals };
    let command = AgentCommand::SetDateException { exception };
    api.agent(&agent_id, &headers, &body.0, command).await.map(|outcome| reply::ok(&outcome))
}

/// `DELETE /v1/agents/{agent_id}/exceptions/{date}`; any date, since one that is there must be able to go.
pub(super) async fn remove(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::RemoveDateException { date: StrictPath::get(&request, "date")? };
    api.agent(&agent_id, &headers, &(), command).await.map(|outcome| reply::ok(&outcome))
}
