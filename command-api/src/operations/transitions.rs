//! Commands that change the status of an appointment and take no request.

use std::sync::Arc;

use availability::Localized;
use domain::AgentCommand;
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};

use super::answer::{WholeAppointment, timed};
use super::errors::{OF_OUTCOME, OF_TRANSITION};
use super::targets::OfAppointment;
use crate::CommandApi;

/// Defines the operation of such a command.
macro_rules! transition {
    ($name:ident, $summary:literal, $access:ident, $errors:ident) => {
        #[doc = $summary]
        pub(crate) struct $name;

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            const SUMMARY: &'static str = $summary;
            const ACCESS: Access = Access::$access;
            const ERRORS: &'static [Code] = $errors;
            type Target = OfAppointment;
            type Request = Nothing;
            type Answer = Localized<WholeAppointment>;
        }

        impl Command for $name {
            type Api = CommandApi;

            async fn execute(
                api: &Arc<CommandApi>,
                call: &CommandCall,
                OfAppointment { appointment_id }: OfAppointment,
                _: Nothing,
            ) -> Result<Accepted<Self::Answer>, Problem> {
                let command = AgentCommand::$name { appointment_id };
                timed(api, api.send_to_appointment(call, appointment_id, command).await?)
            }
        }
    };
}

transition!(ConfirmAppointment, "Confirms that the lead will come.", OWN_APPOINTMENT, OF_TRANSITION);
transition!(CompleteAppointment, "Records that an appointment took place.", APPOINTMENTS, OF_OUTCOME);
