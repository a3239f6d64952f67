use actix_web::web;
use chrono::TimeDelta;
use domain::{AgentCommand, HoldSlot};
use http_edge::{Code, Problem, StrictJson};
use schemas::{AgentId, AppointmentTypeCode, HoldId, LeadId, PropertyId, TimeInput};
use serde::{Deserialize, Serialize};

use super::book::slot_of;
use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time;

const DEFAULT_TTL_SECONDS: u32 = 5 * 60;
const MIN_TTL_SECONDS: u32 = 60;
const MAX_TTL_SECONDS: u32 = 15 * 60;

/// `POST /v1/holds`
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldSlotBody {
    slot_ref: Option<String>,
    agent_id: Option<AgentId>,
    appointment_type: Option<AppointmentTypeCode>,
    start: Option<TimeInput>,
    property_id: Option<PropertyId>,
    lead_id: LeadId,
    ttl_seconds: Option<u32>,
}

pub(super) async fn handle(
    api: web::Data<CommandApi>,
    headers: Headers,
    body: StrictJson<HoldSlotBody>,
) -> Result<Reply, Problem> {
    carry_out(&api, &headers, &body.0).await
}

/// Keeps a slot for a lead for some minutes.
pub(crate) async fn carry_out(
    api: &CommandApi,
    headers: &Headers,
    content: &HoldSlotBody,
) -> Result<Reply, Problem> {
    let ttl_seconds = content.ttl_seconds.unwrap_or(DEFAULT_TTL_SECONDS);
    if !(MIN_TTL_SECONDS..=MAX_TTL_SECONDS).contains(&ttl_seconds) {
        return Err(Problem::malformed(
            "ttl_seconds",
            format!("must be {MIN_TTL_SECONDS} to {MAX_TTL_SECONDS}"),
        ));
    }
    let (mut agent_id, appointment_type, start) = wanted(api, content)?;
    let hold = HoldSlot {
        hold_id: HoldId::new(api.new_id()),
        lead_id: content.lead_id.clone(),
        appointment_type,
        property_id: content.property_id.clone(),
        start,
        expires_at: api.now() + TimeDelta::seconds(i64::from(ttl_seconds)),
    };
    let (command, correlation_id) = api.command(headers, content, AgentCommand::HoldSlot(hold.clone()));
    if let Some(before) = api.carried_out_by(&command)? {
        agent_id = before;
    } else {
        check_holds(api, &agent_id, &hold).await?;
    }
    let outcome = api.execute(&agent_id, command, correlation_id).await?;
    Ok(reply::created(&outcome, &format!("/v1/agents/{agent_id}/calendar")))
}

/// Each calendar limits its own holds; this limits them over all calendars, of two that are asked for at once as far as is known here.
async fn check_holds(api: &CommandApi, agent_id: &AgentId, hold: &HoldSlot) -> Result<(), Problem> {
    let max = api.office_state().await.policy().max_holds_per_lead;
    if api.directory.other_holds(agent_id, hold, api.now()).await? < usize::from(max) {
        return Ok(());
    }
    let detail =
        format!("The lead has {max} live holds, as many as the office allows; release one, or book it.");
    Err(Problem::new(Code::HoldLimit, detail).with("max", max))
}

fn wanted(
    api: &CommandApi,
    content: &HoldSlotBody,
) -> Result<(AgentId, AppointmentTypeCode, chrono::DateTime<chrono::Utc>), Problem> {
    match (&content.slot_ref, &content.agent_id, &content.appointment_type, &content.start) {
        (Some(slot_ref), None, None, None) => {
            let slot = slot_of(api, slot_ref)?;
            Ok((slot.agent_id, slot.appointment_type, slot.start))
        }
        (None, Some(agent_id), Some(appointment_type), Some(start)) => {
            Ok((agent_id.clone(), appointment_type.clone(), time::resolve("start", start)?.0))
        }
        _ => Err(Problem::malformed(
            "slot_ref",
            "give either slot_ref, or agent_id, appointment_type and start together",
        )),
    }
}
