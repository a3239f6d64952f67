//! One occurrence of a recurring block: left out, or at another time.

use std::sync::Arc;

use domain::{AgentCommand, BlockAnswer, OfficeCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};

use super::answer::{answer, foreseen};
use super::block_time::{OccurrenceTime, on_overlap};
use super::office_blocks::keeps_appointments;
use super::targets::{OfOccurrence, OfOfficeOccurrence};
use crate::CommandApi;
use crate::impact::Foreseen;

/// Moves one occurrence of a block of an agent.
pub(crate) struct MoveOccurrence;

impl Operation for MoveOccurrence {
    const NAME: &'static str = "MoveOccurrence";
    const SUMMARY: &'static str =
        "Moves the occurrence of an agent's block that begins on a date; to its own time: brings it back.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[
        Code::UnknownAgent,
        Code::BlockNotFound,
        Code::BlockOverlapsAppointments,
        Code::InvalidTime,
        Code::CalendarFull,
    ];
    type Target = OfOccurrence;
    type Request = OccurrenceTime;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for MoveOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOccurrence { agent_id, block_id, date }: OfOccurrence,
        request: OccurrenceTime,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let (time, overlap) = request.read()?;
        let on_overlap = on_overlap(overlap);
        let command = AgentCommand::MoveOccurrence { block_id, date: date.into(), time, on_overlap };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}

/// Leaves out one occurrence of a block of an agent.
pub(crate) struct SkipOccurrence;

impl Operation for SkipOccurrence {
    const NAME: &'static str = "SkipOccurrence";
    const SUMMARY: &'static str = "Leaves out the occurrence of an agent's block that begins on a date.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::BlockNotFound, Code::CalendarFull];
    type Target = OfOccurrence;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for SkipOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOccurrence { agent_id, block_id, date }: OfOccurrence,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let command = AgentCommand::SkipOccurrence { block_id, date: date.into() };
        answer(api.send_to_agent(call, &agent_id, command).await?)
    }
}

/// Moves one occurrence of a block of the office.
pub(crate) struct MoveOfficeOccurrence;

impl Operation for MoveOfficeOccurrence {
    const NAME: &'static str = "MoveOfficeOccurrence";
    const SUMMARY: &'static str =
        "Moves the occurrence of an office block that begins on a date; to its own time: brings it back.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::BlockNotFound, Code::InvalidTime, Code::CalendarFull];
    type Target = OfOfficeOccurrence;
    type Request = OccurrenceTime;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for MoveOfficeOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOfficeOccurrence { block_id, date }: OfOfficeOccurrence,
        request: OccurrenceTime,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let (time, overlap) = request.read()?;
        keeps_appointments(overlap)?;
        let command = OfficeCommand::MoveOccurrence { block_id, date: date.into(), time };
        foreseen(api.send_to_every_calendar(call, command).await?)
    }
}

/// Leaves out one occurrence of a block of the office.
pub(crate) struct SkipOfficeOccurrence;

impl Operation for SkipOfficeOccurrence {
    const NAME: &'static str = "SkipOfficeOccurrence";
    const SUMMARY: &'static str = "Leaves out the occurrence of an office block that begins on a date.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::BlockNotFound, Code::CalendarFull];
    type Target = OfOfficeOccurrence;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for SkipOfficeOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOfficeOccurrence { block_id, date }: OfOfficeOccurrence,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let command = OfficeCommand::SkipOccurrence { block_id, date: date.into() };
        answer(api.send_to_office(call, command).await?)
    }
}
