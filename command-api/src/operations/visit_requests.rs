use std::sync::Arc;

use availability::Localized;
use domain::{AgentCommand, ApproverNamed};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::TimeInput;
use schemas::value::ApproverRole;
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::errors::{OF_REQUEST, OF_TRANSITION};
use super::reason::check_reason;
use super::targets::OfAppointment;
use crate::{CommandApi, time_problems};

/// Approves a visit that was requested.
pub(crate) struct ApproveVisit;

/// Who approves: exactly one of the two.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// The approver.
    approver_id: Option<String>,
    /// The approver's role; of several, the next who has not approved it.
    by: Option<ApproverRole>,
}

/// Declines a visit that was requested.
pub(crate) struct DeclineVisit;

/// Who declines, exactly one of the first two; why, and what would suit instead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    /// The approver.
    approver_id: Option<String>,
    /// The approver's role.
    by: Option<ApproverRole>,
    /// The reason, for people to read.
    reason: Option<String>,
    /// Another start that would suit. It is shown with the appointment; nothing is booked.
    proposal: Option<TimeInput>,
}

impl Operation for ApproveVisit {
    const NAME: &'static str = "ApproveVisit";
    const SUMMARY: &'static str =
        "Approves a requested visit in the name of an occupant or owner of its property.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = OF_TRANSITION;
    type Target = OfAppointment;
    type Request = Approval;
    type Answer = Localized<WholeAppointment>;
}

impl Command for ApproveVisit {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Approval { approver_id, by }: Approval,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        let by = named(approver_id, by)?;
        let command = AgentCommand::ApproveVisit { appointment_id, by };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}

impl Operation for DeclineVisit {
    const NAME: &'static str = "DeclineVisit";
    const SUMMARY: &'static str = "Declines a requested visit in the name of an occupant or owner, which cancels it; its time is free again.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = OF_REQUEST;
    type Target = OfAppointment;
    type Request = Refusal;
    type Answer = Localized<WholeAppointment>;
}

impl Command for DeclineVisit {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Refusal { approver_id, by, reason, proposal }: Refusal,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        check_reason(reason.as_ref())?;
        let by = named(approver_id, by)?;
        let proposal = match &proposal {
            Some(start) => Some(time_problems::resolve("proposal", start)?.0),
            None => None,
        };
        let command = AgentCommand::DeclineVisit { appointment_id, by, reason, proposal };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}

fn named(approver_id: Option<String>, by: Option<ApproverRole>) -> Result<ApproverNamed, Problem> {
    match (approver_id, by) {
        (Some(approver_id), None) => Ok(ApproverNamed::Id(approver_id)),
        (None, Some(role)) => Ok(ApproverNamed::Role(role)),
        _ => Err(Problem::malformed("approver_id", "give exactly one of approver_id and by")),
    }
}
