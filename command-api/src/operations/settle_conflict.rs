use std::sync::Arc;

use domain::{AgentCommand, AppointmentAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::KeptTime;
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::errors::OF_SETTLEMENT;
use super::targets::OfAppointment;
use crate::CommandApi;

/// Settles what a new rule of a zone has done to an appointment.
pub(crate) struct SettleConflict;

/// What the appointment keeps.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settlement {
    /// Its wall-clock time, or its instant.
    keep: KeptTime,
}

impl Operation for SettleConflict {
    const NAME: &'static str = "SettleConflict";
    const SUMMARY: &'static str = "Keeps the wall-clock time or the instant of an appointment whose zone has other rules than when it was agreed on.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = OF_SETTLEMENT;
    type Target = OfAppointment;
    type Request = Settlement;
    type Answer = AppointmentAnswer;
}

impl Command for SettleConflict {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        Settlement { keep }: Settlement,
    ) -> Result<Accepted<AppointmentAnswer>, Problem> {
        let command = AgentCommand::SettleConflict { appointment_id, keep };
        answer(api.send_to_appointment(call, appointment_id, command).await?)
    }
}
