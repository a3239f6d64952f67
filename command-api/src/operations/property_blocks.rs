//! Blocks of a property: times at which it cannot be visited.

use std::sync::Arc;

use domain::{BlockAnswer, PropertyCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};
use schemas::BlockId;

use super::answer::answer;
use super::block_time::{OccurrenceTime, on_overlap};
use super::blocks::NewBlock;
use super::targets::{OfProperty, OfPropertyBlock, OfPropertyOccurrence};
use crate::CommandApi;

/// Blocks time of a property.
pub(crate) struct BlockProperty;

impl Operation for BlockProperty {
    const NAME: &'static str = "BlockProperty";
    const SUMMARY: &'static str = "Blocks time or whole days of a property, once or recurring.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] =
        &[Code::UnknownProperty, Code::BlockOverlapsAppointments, Code::InvalidTime, Code::CalendarFull];
    type Target = OfProperty;
    type Request = NewBlock;
    type Answer = BlockAnswer;
}

impl Command for BlockProperty {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        request: NewBlock,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let on_overlap = on_overlap(request.overlap());
        let block = request.block(BlockId::new(api.new_id()))?;
        let command = PropertyCommand::BlockTime { block, on_overlap };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Changes a block of a property.
pub(crate) struct ChangePropertyBlock;

impl Operation for ChangePropertyBlock {
    const NAME: &'static str = "ChangePropertyBlock";
    const SUMMARY: &'static str =
        "Replaces a block of a property; occurrences that were left out or moved stay so while it has them.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[
        Code::UnknownProperty,
        Code::BlockNotFound,
        Code::BlockOverlapsAppointments,
        Code::InvalidTime,
        Code::CalendarFull,
    ];
    type Target = OfPropertyBlock;
    type Request = NewBlock;
    type Answer = BlockAnswer;
}

impl Command for ChangePropertyBlock {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfPropertyBlock { property_id, block_id }: OfPropertyBlock,
        request: NewBlock,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let on_overlap = on_overlap(request.overlap());
        let command = PropertyCommand::ChangeBlock { block: request.block(block_id)?, on_overlap };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Removes a block of a property.
pub(crate) struct UnblockProperty;

impl Operation for UnblockProperty {
    const NAME: &'static str = "UnblockProperty";
    const SUMMARY: &'static str = "Removes a block of a property.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::BlockNotFound];
    type Target = OfPropertyBlock;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for UnblockProperty {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfPropertyBlock { property_id, block_id }: OfPropertyBlock,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let command = PropertyCommand::UnblockTime { block_id };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Moves one occurrence of a block of a property.
pub(crate) struct MovePropertyOccurrence;

impl Operation for MovePropertyOccurrence {
    const NAME: &'static str = "MovePropertyOccurrence";
    const SUMMARY: &'static str =
        "Moves the occurrence of a property's block that begins on a date; to its own time: brings it back.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[
        Code::UnknownProperty,
        Code::BlockNotFound,
        Code::BlockOverlapsAppointments,
        Code::InvalidTime,
        Code::CalendarFull,
    ];
    type Target = OfPropertyOccurrence;
    type Request = OccurrenceTime;
    type Answer = BlockAnswer;
}

impl Command for MovePropertyOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfPropertyOccurrence { property_id, block_id, date }: OfPropertyOccurrence,
        request: OccurrenceTime,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let (time, overlap) = request.read()?;
        let (date, on_overlap) = (date.into(), on_overlap(overlap));
        let command = PropertyCommand::MoveOccurrence { block_id, date, time, on_overlap };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Leaves out one occurrence of a block of a property.
pub(crate) struct SkipPropertyOccurrence;

impl Operation for SkipPropertyOccurrence {
    const NAME: &'static str = "SkipPropertyOccurrence";
    const SUMMARY: &'static str = "Leaves out the occurrence of a property's block that begins on a date.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::BlockNotFound, Code::CalendarFull];
    type Target = OfPropertyOccurrence;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for SkipPropertyOccurrence {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfPropertyOccurrence { property_id, block_id, date }: OfPropertyOccurrence,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        let command = PropertyCommand::SkipOccurrence { block_id, date: date.into() };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}
