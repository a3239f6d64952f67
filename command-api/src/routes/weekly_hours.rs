use actix_web::{HttpRequest, web};
use domain::AgentCommand;
use http_edge::{Object, Problem, StrictJson, StrictPath};
use schemas::value::AvailabilityRule;
use schemas::{AgentId, AppointmentTypeCode, DayOfWeek, LocalTime, RuleId};
use serde::{Deserialize, Serialize};

use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::{self, Reply};
use crate::time::Date;

/// One rule as a client gives it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleInput {
    day_of_week: DayOfWeek,
    start_time: LocalTime,
    end_time: LocalTime,
    appointment_type: Option<AppointmentTypeCode>,
    valid_from: Option<Date>,
    valid_until: Option<Date>,
    is_recurring: Option<bool>,
    max_appointments_per_slot: Option<u16>,
}

impl RuleInput {
    pub(super) fn rule(&self, rule_id: RuleId) -> AvailabilityRule {
        AvailabilityRule {
            rule_id,
            day_of_week: self.day_of_week,
            start_time: self.start_time,
            end_time: self.end_time,
            is_recurring: self.is_recurring.unwrap_or(true),
            valid_from: self.valid_from.map(Into::into),
            valid_until: self.valid_until.map(Into::into),
            appointment_type: self.appointment_type.clone(),
            max_appointments_per_slot: self.max_appointments_per_slot.unwrap_or(1),
        }
    }
}

/// `PUT /v1/agents/{agent_id}/weekly-hours`
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeeklyHours {
    rules: Vec<Object<RuleInput>>,
}

impl WeeklyHours {
    pub(super) fn rules(&self, api: &CommandApi) -> Vec<AvailabilityRule> {
        self.rules.iter().map(|Object(rule)| rule.rule(RuleId::new(api.new_id()))).collect()
    }
}

pub(super) async fn replace(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<WeeklyHours>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::ReplaceWeeklyHours { rules: body.0.rules(&api) };
    api.agent(&agent_id, &headers, &body.0, command).await.map(|outcome| reply::ok(&outcome))
}

/// `POST /v1/agents/{agent_id}/availability-rules`
pub(super) async fn add(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
    body: StrictJson<RuleInput>,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::AddAvailabilityRule { rule: body.0.rule(RuleId::new(api.new_id())) };
    let outcome = api.agent(&agent_id, &headers, &body.0, command).await?;
    Ok(reply::created(&outcome, &format!("/v1/agents/{agent_id}")))
}

/// `DELETE /v1/agents/{agent_id}/availability-rules/{rule_id}`
pub(super) async fn remove(
    api: web::Data<CommandApi>,
    headers: Headers,
    request: HttpRequest,
) -> Result<Reply, Problem> {
    let agent_id: AgentId = StrictPath::get(&request, "agent_id")?;
    let command = AgentCommand::RemoveAvailabilityRule { rule_id: StrictPath::get(&request, "rule_id")? };
    api.agent(&agent_id, &headers, &(), command).await.map(|outcome| reply::ok(&outcome))
}
