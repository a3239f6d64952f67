use actix_web::{HttpRequest, web};
use domain::{AgentCommand, BlockRequest, OnOverlap};
use http_edge::{Problem, StrictJson, StrictPath, check_length};
use schemas::{AgentId, BlockId, TimeInput};
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time;

const MAX_REASON: usize = 500;
const MAX_RECURRENCE: usize = 500;

/// `POST /v1/agents/{agent_id}/blocks`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddBlock {
    start: TimeInput,
    end: TimeInput,
    #[serde(default)]
    reason: String,
    recurrence: Option<String>,
    on_overlap: Option<OverlapInput>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OverlapInput {
    Refuse,
    Keep,
}

impl AddBlock {
    pub(super) fn request(&self, api: &CommandApi) -> Result<BlockRequest, Problem> {
        let (start, _) = time::resolve("start", &self.start)?;
        let (end, _) = time::resolve("end", &self.end)?;
        if start >= end {
            return Err(Problem::malformed("end", "must be after start"));
        }
        check_length("reason", &self.reason, MAX_REASON)?;
        check_length("recurrence", self.recurrence.as_deref().unwrap_or_default(), MAX_RECURRENCE)?;
        Ok(BlockRequest {
            block_id: BlockId::new(api.new_id()),
            start,
            end,
            reason: self.reason.clone(),
            recurrence: self.recurrence.clone(),
        })
    }

    /// The office's blocks keep what is booked, always.
    pub(super) fn refuse_on_overlap(&self) -> Result<(), Problem> {
        match self.on_overlap {
            Some(OverlapInput::Refuse) => Err(Problem::malformed(
                "on_overlap",
                "a block of the whole office keeps the appointments in it, which the calendars show as conflicts",
            )),
            _ => Ok(()),
        }
    }
}

pub(super) async fn add(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<AddBlock>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let on_overlap = match body.0.on_overlap {
        Some(OverlapInput::Keep) => OnOverlap::Keep,
        Some(OverlapInput::Refuse) | None => OnOverlap::Refuse,
    };
    let command = AgentCommand::BlockTime { block: body.0.request(&api)?, on_overlap };
    let outcome = api.agent(&agent_id, &headers, &body.0, command).await?;
    Ok(reply::created(&outcome, &format!("/v1/agents/{agent_id}/calendar")))
}

/// `DELETE /v1/agents/{agent_id}/blocks/{block_id}`
pub(super) async fn remove(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::UnblockTime { block_id: StrictPath::get(&request, "block_id")? };
    api.agent(&agent_id, &headers, &(), command).await.map(|outcome| reply::ok(&outcome))
}
