use actix_web::http::header::IF_NONE_MATCH;
use actix_web::{HttpRequest, web};
use chrono_tz::Tz;
use domain::AgentCommand;
use http_edge::{Problem, StrictJson, StrictPath, check_length};
use schemas::AgentId;
use schemas::value::AgentProfile;
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};

const MAX_NAME: usize = 200;
const MAX_CONTACT: usize = 320;

/// `PUT /v1/agents/{agent_id}`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutAgent {
    name: String,
    time_zone: Tz,
    email: Option<String>,
    phone: Option<String>,
    inherits_office_hours: Option<bool>,
}

/// Registers the agent or changes what is known of it. With `If-None-Match: *` only registers.
pub(super) async fn put(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<PutAgent>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let content = body.0;
    if content.name.trim().is_empty() {
        return Err(Problem::malformed("name", "must not be empty"));
    }
    check_length("name", &content.name, MAX_NAME)?;
    check_length("email", content.email.as_deref().unwrap_or_default(), MAX_CONTACT)?;
    check_length("phone", content.phone.as_deref().unwrap_or_default(), MAX_CONTACT)?;
    let profile = AgentProfile {
        name: content.name.clone(),
        time_zone: content.time_zone,
        email: content.email.clone(),
        phone: content.phone.clone(),
        inherits_office_hours: content.inherits_office_hours.unwrap_or(true),
    };
    let only_new = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == b"*");
    let command = if only_new {
        AgentCommand::RegisterAgent { agent_id: agent_id.clone(), profile }
    } else {
        AgentCommand::UpdateAgentProfile { agent_id: agent_id.clone(), profile }
    };
    api.agent(&agent_id, &headers, &content, command).await.map(|outcome| reply::ok(&outcome))
}

/// `POST /v1/agents/{agent_id}/deactivate`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deactivate {
    #[serde(default)]
    keep_appointments: bool,
}

pub(super) async fn deactivate(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<Deactivate>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::DeactivateAgent { keep_appointments: body.0.keep_appointments };
    api.agent(&agent_id, &headers, &body.0, command).await.map(|outcome| reply::ok(&outcome))
}
