use std::sync::Arc;

use availability::Localized;
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::AgentId;
use schemas::value::{ForcedRule, RequestedBy};
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::errors::OF_MOVE;
use super::force::rules_to_force;
use super::reason::check_reason;
use super::targets::OfAppointment;
use crate::CommandApi;
use crate::across_streams::reschedule;

/// Moves an appointment to another agent.
pub(crate) struct ReassignAppointment;

/// The appointment's new agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reassignment {
    /// The new agent.
    agent_id: AgentId,
    /// The reason, for people to read.
    reason: Option<String>,
    /// On whose wish.
    requested_by: Option<RequestedBy>,
    /// Rules to pass over, by those who may; the event says which of them spoke against it.
    force: Option<Vec<ForcedRule>>,
}

impl Operation for ReassignAppointment {
    const NAME: &'static str = "ReassignAppointment";
    const SUMMARY: &'static str = "Moves an appointment to another agent, at the same time.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = OF_MOVE;
    type Target = OfAppointment;
    type Request = Reassignment;
    type Answer = Localized<WholeAppointment>;
}

impl Command for ReassignAppointment {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Reassignment { agent_id, reason, requested_by, force }: Reassignment,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        check_reason(reason.as_ref())?;
        let force = rules_to_force(call, force.as_deref())?;
        let asked = domain::RescheduleAppointment {
            to_agent_id: Some(agent_id),
            reason,
            requested_by,
            force,
            ..domain::RescheduleAppointment::of(appointment_id)
        };
        timed(api, reschedule(api, call, asked).await?)
    }
}
