use std::sync::Arc;

use availability::Localized;
use domain::AgentCommand;
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::RequestedBy;
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::errors::{OF_REINSTATEMENT, OF_TRANSITION};
use super::reason::check_reason;
use super::targets::OfAppointment;
use crate::CommandApi;

/// Cancels an appointment.
pub(crate) struct CancelAppointment;

/// Why, for cancellations and for taking them back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Explanation {
    /// The reason, for people to read.
    reason: Option<String>,
    /// On whose wish.
    requested_by: Option<RequestedBy>,
}

impl Operation for CancelAppointment {
    const NAME: &'static str = "CancelAppointment";
    const SUMMARY: &'static str = "Cancels an appointment; its time is free again.";
    const ACCESS: Access = Access::OWN_APPOINTMENT;
    const ERRORS: &'static [Code] = OF_TRANSITION;
    type Target = OfAppointment;
    type Request = Explanation;
    type Answer = Localized<WholeAppointment>;
}

impl Command for CancelAppointment {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Explanation { reason, requested_by }: Explanation,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        check_reason(reason.as_ref())?;
        let command = AgentCommand::CancelAppointment { appointment_id, reason, requested_by };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}

/// Takes back the cancellation of an appointment.
pub(crate) struct ReinstateAppointment;

impl Operation for ReinstateAppointment {
    const NAME: &'static str = "ReinstateAppointment";
    const SUMMARY: &'static str =
        "Takes back a cancellation, before the appointment's start and while its time is free.";
    const ACCESS: Access = Access::OWN_APPOINTMENT;
    const ERRORS: &'static [Code] = OF_REINSTATEMENT;
    type Target = OfAppointment;
    type Request = Explanation;
    type Answer = Localized<WholeAppointment>;
}

impl Command for ReinstateAppointment {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Explanation { reason, requested_by }: Explanation,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        check_reason(reason.as_ref())?;
        let command = AgentCommand::ReinstateAppointment { appointment_id, reason, requested_by };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}
