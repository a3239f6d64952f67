use std::sync::Arc;

use domain::{BlockAnswer, OfficeCommand, RulesAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};

use super::answer::{answer, foreseen};
use super::blocks::NewBlock;
use super::targets::OfOfficeBlock;
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

/// Blocks time for every agent.
pub(crate) struct BlockOffice;

impl Operation for BlockOffice {
    const NAME: &'static str = "BlockOffice";
    const SUMMARY: &'static str =
        "Blocks time for every agent; appointments in it stay, and show as conflicts.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::InvalidTime, Code::CalendarFull];
    type Target = Nothing;
    type Request = NewBlock;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for BlockOffice {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: NewBlock,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        request.refuse_on_overlap()?;
        let command = OfficeCommand::BlockOffice { block: request.block(api)? };
        foreseen(api.send_to_every_calendar(call, command).await?)
    }
}

/// Removes a block of the office.
pub(crate) struct UnblockOffice;

impl Operation for UnblockOffice {
    const NAME: &'static str = "UnblockOffice";
    const SUMMARY: &'static str = "Removes a block of the office.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::BlockNotFound];
    type Target = OfOfficeBlock;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for UnblockOffice {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOfficeBlock { block_id }: OfOfficeBlock,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        answer(api.send_to_office(call, OfficeCommand::UnblockOffice { block_id }).await?)
    }
}
