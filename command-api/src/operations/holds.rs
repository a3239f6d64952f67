use std::sync::Arc;

use availability::Localized;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{AgentCommand, HoldAnswer, ReleasedHoldAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode, HoldId, LeadId, PropertyId, TimeInput};
use serde::{Deserialize, Serialize};

use super::answer::{answer, timed};
use super::conditions::refuse_conditions;
use super::slot::slot_of;
use super::targets::OfHold;
use crate::{CommandApi, time_problems};

const DEFAULT_TTL_SECONDS: u32 = 5 * 60;
const MIN_TTL_SECONDS: u32 = 60;
const MAX_TTL_SECONDS: u32 = 15 * 60;

/// Holds a slot for a lead for some minutes.
pub(crate) struct HoldSlot;

/// A slot by its reference, or by agent, type and start together.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHold {
    /// The reference of a slot that `GET /v1/slots` offered.
    slot_ref: Option<String>,
    /// The agent.
    agent_id: Option<AgentId>,
    /// The appointment type.
    appointment_type: Option<AppointmentTypeCode>,
    /// The start.
    start: Option<TimeInput>,
    /// The property to visit.
    property_id: Option<PropertyId>,
    /// The lead.
    lead_id: LeadId,
    /// How long the hold lasts: 60 to 900 seconds; 300 if left out.
    ttl_seconds: Option<u32>,
}

impl NewHold {
    fn expires_at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        let ttl_seconds = self.ttl_seconds.unwrap_or(DEFAULT_TTL_SECONDS);
        if !(MIN_TTL_SECONDS..=MAX_TTL_SECONDS).contains(&ttl_seconds) {
            let detail = format!("must be {MIN_TTL_SECONDS} to {MAX_TTL_SECONDS}");
            return Err(Problem::malformed("ttl_seconds", detail));
        }
        Ok(now + TimeDelta::seconds(i64::from(ttl_seconds)))
    }

    fn slot(&self, api: &CommandApi) -> Result<(AgentId, AppointmentTypeCode, DateTime<Utc>), Problem> {
        match (&self.slot_ref, &self.agent_id, &self.appointment_type, &self.start) {
            (Some(slot_ref), None, None, None) => {
                let slot = slot_of(api, slot_ref)?;
                Ok((slot.agent_id, slot.appointment_type, slot.start))
            }
            (None, Some(agent_id), Some(appointment_type), Some(start)) => {
                Ok((agent_id.clone(), appointment_type.clone(), time_problems::resolve("start", start)?.0))
            }
            _ => Err(Problem::malformed(
                "slot_ref",
                "give either slot_ref, or agent_id, appointment_type and start together",
            )),
        }
    }
}

impl Operation for HoldSlot {
    const NAME: &'static str = "HoldSlot";
    const SUMMARY: &'static str = "Holds a slot for a lead for some minutes.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[
        Code::LeadHasAppointment,
        Code::SlotUnavailable,
        Code::HoldLimit,
        Code::UnknownAgent,
        Code::AgentInactive,
        Code::UnknownAppointmentType,
        Code::InvalidTime,
        Code::HoldExpired,
    ];
    type Target = Nothing;
    type Request = NewHold;
    type Answer = Localized<HoldAnswer>;
}

impl Command for HoldSlot {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: NewHold,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        refuse_conditions(call)?;
        let expires_at = request.expires_at(api.now())?;
        let (agent_id, appointment_type, start) = request.slot(api)?;
        let hold = domain::HoldSlot {
            hold_id: HoldId::new(api.new_id()),
            lead_id: request.lead_id,
            appointment_type,
            property_id: request.property_id,
            start,
            expires_at,
        };
        check_holds(api, &agent_id, &hold).await?;
        timed(api, api.send_to_agent(call, &agent_id, AgentCommand::HoldSlot(hold)).await?)
    }
}

/// Limits a lead's holds over all calendars; each calendar limits its own. Two holds requested at once can both pass.
async fn check_holds(api: &CommandApi, agent_id: &AgentId, hold: &domain::HoldSlot) -> Result<(), Problem> {
    let max = api.refresh_office().await.policy().max_holds_per_lead;
    if api.directory.other_holds(agent_id, hold, api.now()).await? < usize::from(max) {
        return Ok(());
    }
    let detail =
        format!("The lead has {max} live holds, as many as the office allows; release one, or book it.");
    Err(Problem::new(Code::HoldLimit, detail).with("max", max))
}

/// Releases a hold before it expires.
pub(crate) struct ReleaseHold;

impl Operation for ReleaseHold {
    const NAME: &'static str = "ReleaseHold";
    const SUMMARY: &'static str = "Releases a hold before it expires.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[Code::HoldNotFound, Code::HoldExpired, Code::UnknownAgent];
    type Target = OfHold;
    type Request = Nothing;
    type Answer = ReleasedHoldAnswer;
}

impl Command for ReleaseHold {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfHold { hold_id }: OfHold,
        _: Nothing,
    ) -> Result<Accepted<ReleasedHoldAnswer>, Problem> {
        let found = api.directory.hold(hold_id).await?;
        let (agent_id, _) = found.ok_or_else(|| not_found(hold_id))?;
        answer(api.send_to_agent(call, &agent_id, AgentCommand::ReleaseHold { hold_id }).await?)
    }
}

pub(super) fn not_found(hold_id: HoldId) -> Problem {
    Problem::new(Code::HoldNotFound, format!("There is no hold {hold_id}, or not any more."))
}
