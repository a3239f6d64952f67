use std::sync::Arc;

use domain::{OfficeCommand, RulesAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};

use super::answer::foreseen;
use super::weekly_hours::WeeklyHours;
use crate::CommandApi;
use crate::impact::Foreseen;

/// Replaces all hours of the office.
pub(crate) struct ReplaceOfficeHours;

impl Operation for ReplaceOfficeHours {
    const NAME: &'static str = "ReplaceOfficeHours";
    const SUMMARY: &'static str = "Replaces all hours of the office.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::UnknownAppointmentType, Code::InvalidRule, Code::CalendarFull];
    type Target = Nothing;
    type Request = WeeklyHours;
    type Answer = Foreseen<RulesAnswer>;
}

impl Command for ReplaceOfficeHours {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: WeeklyHours,
    ) -> Result<Accepted<Foreseen<RulesAnswer>>, Problem> {
        let command = OfficeCommand::ReplaceOfficeHours { rules: request.rules(api) };
        foreseen(api.send_to_every_calendar(call, command).await?)
    }
}
