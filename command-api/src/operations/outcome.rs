use std::sync::Arc;

use availability::Localized;
use domain::AgentCommand;
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::{NoShowBy, Outcome};
use serde::{Deserialize, Serialize};

use super::answer::{WholeAppointment, timed};
use super::errors::OF_OUTCOME;
use super::targets::OfAppointment;
use crate::CommandApi;

/// Records that somebody did not come.
pub(crate) struct MarkNoShow;

/// Who did not come.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoShow {
    /// The lead if left out.
    by: Option<NoShowBy>,
}

impl Operation for MarkNoShow {
    const NAME: &'static str = "MarkNoShow";
    const SUMMARY: &'static str = "Records that the lead, the agent or the occupant did not come.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = OF_OUTCOME;
    type Target = OfAppointment;
    type Request = NoShow;
    type Answer = Localized<WholeAppointment>;
}

impl Command for MarkNoShow {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        NoShow { by }: NoShow,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        let command = AgentCommand::MarkNoShow { appointment_id, by: by.unwrap_or_default() };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}

/// Records what became of an appointment, in place of what was recorded before.
pub(crate) struct CorrectOutcome;

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordedOutcome {
    /// What became of it.
    outcome: Outcome,
    /// Who did not come; only with a no-show, the lead if left out.
    by: Option<NoShowBy>,
}

impl Operation for CorrectOutcome {
    const NAME: &'static str = "CorrectOutcome";
    const SUMMARY: &'static str =
        "Records what became of an appointment, in place of what was recorded before, if anything was.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = OF_OUTCOME;
    type Target = OfAppointment;
    type Request = RecordedOutcome;
    type Answer = Localized<WholeAppointment>;
}

impl Command for CorrectOutcome {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAppointment { appointment_id }: OfAppointment,
        RecordedOutcome { outcome, by }: RecordedOutcome,
    ) -> Result<Accepted<Self::Answer>, Problem> {
        if outcome == Outcome::Completed && by.is_some() {
            return Err(Problem::malformed("by", "goes with no_show only"));
        }
        let by = by.unwrap_or_default();
        let command = AgentCommand::CorrectOutcome { appointment_id, outcome, by };
        timed(api, api.send_to_appointment(call, appointment_id, command).await?)
    }
}
