//! How to get into a property, for the agent of a confirmed visit.

use std::sync::Arc;

use domain::{AccessAnswer, PropertyCommand, VisitToEnter};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::AppointmentId;
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::targets::OfProperty;
use crate::CommandApi;

/// Tells how to get into a property.
pub(crate) struct ReadAccessInstructions;

/// The visit for which it is told.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForVisit {
    /// A confirmed visit of the property, from two hours before its start until its end.
    appointment_id: AppointmentId,
}

/// How to get in.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AccessInstructions {
    /// For whom and for which visit it was told.
    #[serde(flatten)]
    told: AccessAnswer,
    /// How to get in, as it is now; not in the answer of a dry run, nor in a repeated answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_instructions: Option<String>,
}

impl Operation for ReadAccessInstructions {
    const NAME: &'static str = "ReadAccessInstructions";
    const SUMMARY: &'static str =
        "Tells the agent of a confirmed visit how to get in, from two hours before; each look is recorded.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[
        Code::UnknownProperty,
        Code::AppointmentNotFound,
        Code::NoAccessInstructions,
        Code::AccessInstructionsWithheld,
    ];
    type Target = OfProperty;
    type Request = ForVisit;
    type Answer = AccessInstructions;
}

impl Command for ReadAccessInstructions {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        ForVisit { appointment_id }: ForVisit,
    ) -> Result<Accepted<AccessInstructions>, Problem> {
        let visit = api.visit_to_enter(appointment_id).await?;
        let command = PropertyCommand::ReadAccessInstructions { visit };
        let told: Accepted<AccessAnswer> = answer(api.send_to_property(call, &property_id, command).await?)?;
        // Read where it stands alone: the answer that the stream remembers has it not.
        let text = if call.delivery.dry_run || told.repeated {
            None
        } else {
            let property = api.load_property(&property_id).await?;
            property.access_instructions().cloned().map(schemas::Secret::into_text)
        };
        told.try_map(|told| Ok(AccessInstructions { told, access_instructions: text }))
    }
}

impl CommandApi {
    /// The visit as the stream of its agent has it.
    async fn visit_to_enter(&self, appointment_id: AppointmentId) -> Result<VisitToEnter, Problem> {
        let mut agent_id = self.agent_of(appointment_id).await?;
        let mut agent = self.load_agent(&agent_id).await?;
        if agent.appointment(appointment_id).is_none() {
            // It was handed over a moment ago.
            self.directory.reach_end().await?;
            agent_id = self.agent_of(appointment_id).await?;
            agent = self.load_agent(&agent_id).await?;
        }
        let Some(appointment) = agent.appointment(appointment_id) else {
            let detail = format!("There is no appointment {appointment_id}.");
            return Err(Problem::new(Code::AppointmentNotFound, detail));
        };
        Ok(VisitToEnter {
            appointment_id,
            agent_id,
            property_id: appointment.property_id.clone(),
            status: appointment.status,
            start: appointment.start,
            end: appointment.end,
        })
    }
}
