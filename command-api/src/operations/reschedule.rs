use std::sync::Arc;

use availability::Localized;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::{ForcedRule, RequestedBy};
use schemas::{AgentId, TimeInput};
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::errors::OF_MOVE;
use super::force::rules_to_force;
use super::reason::check_reason;
use super::slot::{check_matches, slot_of};
use super::targets::OfAppointment;
use crate::across_streams::reschedule;
use crate::{CommandApi, time_problems};

/// A day, as of appointment types.
const MAX_MINUTES: u16 = 24 * 60;

/// Moves an appointment.
pub(crate) struct RescheduleAppointment;

/// What is to change: at least one of time, agent and length.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Move {
    /// The new start.
    start: Option<TimeInput>,
    /// The reference of a slot that `GET /v1/slots` offered: its start, and its agent.
    slot_ref: Option<String>,
    /// The new agent.
    agent_id: Option<AgentId>,
    /// The new length, up to a day.
    duration_minutes: Option<u16>,
    /// Whether a confirmed appointment stays confirmed at its new time; false if left out.
    keep_confirmed: Option<bool>,
    /// The reason, for people to read.
    reason: Option<String>,
    /// On whose wish.
    requested_by: Option<RequestedBy>,
    /// Rules to pass over, by those who may; the event says which of them spoke against it.
    force: Option<Vec<ForcedRule>>,
}

impl Operation for RescheduleAppointment {
    const NAME: &'static str = "RescheduleAppointment";
    const SUMMARY: &'static str = "Moves an appointment to another time, length or agent, at once; at a new time it has to be confirmed again.";
    const ACCESS: Access = Access::OWN_APPOINTMENT;
    const ERRORS: &'static [Code] = OF_MOVE;
    type Target = OfAppointment;
    type Request = Move;
    type Answer = Localized<WholeAppointment>;
}

impl Command for RescheduleAppointment {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        request: Move,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        check_reason(request.reason.as_ref())?;
        let force = rules_to_force(call, request.force.as_deref())?;
        if request.duration_minutes.is_some_and(|minutes| !(1..=MAX_MINUTES).contains(&minutes)) {
            return Err(Problem::malformed("duration_minutes", format!("must be 1 to {MAX_MINUTES}")));
        }
        let Destination { start, agreed_zone, to_agent_id } = request.destination(api)?;
        let asked = domain::RescheduleAppointment {
            start,
            duration_minutes: request.duration_minutes,
            to_agent_id,
            agreed_zone,
            keep_confirmed: request.keep_confirmed.unwrap_or(false),
            reason: request.reason,
            requested_by: request.requested_by,
            force,
            ..domain::RescheduleAppointment::of(appointment_id)
        };
        timed(api, reschedule(api, call, asked).await?)
    }
}

/// Where it goes, however the request names it.
struct Destination {
    start: Option<DateTime<Utc>>,
    agreed_zone: Option<Tz>,
    to_agent_id: Option<AgentId>,
}

impl Move {
    fn destination(&self, api: &CommandApi) -> Result<Destination, Problem> {
        match (&self.start, &self.slot_ref) {
            (Some(start), None) => {
                let (start, agreed_zone) = time_problems::resolve("start", start)?;
                Ok(Destination { start: Some(start), agreed_zone, to_agent_id: self.agent_id.clone() })
            }
            (None, Some(slot_ref)) => {
                let slot = slot_of(api, slot_ref)?;
                check_matches("agent_id", self.agent_id.as_ref(), &slot.agent_id)?;
                Ok(Destination {
                    start: Some(slot.start),
                    agreed_zone: None,
                    to_agent_id: Some(slot.agent_id),
                })
            }
            (None, None) if self.agent_id.is_some() || self.duration_minutes.is_some() => {
                Ok(Destination { start: None, agreed_zone: None, to_agent_id: self.agent_id.clone() })
            }
            (None, None) => {
                let detail = "give at least one of start, slot_ref, agent_id and duration_minutes";
                Err(Problem::malformed("start", detail))
            }
            (Some(_), Some(_)) => Err(Problem::malformed("start", "give either start or slot_ref")),
        }
    }
}
