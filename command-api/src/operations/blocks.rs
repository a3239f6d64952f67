use std::sync::Arc;

use domain::{AgentCommand, BlockAnswer, BlockRequest, BlockScope};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_length};
use schemars::JsonSchema;
use schemas::{BlockId, TimeInput};
use serde::{Deserialize, Serialize};

use super::answer::{answer, foreseen};
use super::block_time::{OverlapInput, TimeOfBlock, on_overlap};
use super::targets::{OfAgent, OfBlock};
use crate::CommandApi;
use crate::impact::Foreseen;
use crate::time_problems::Date;

const MAX_REASON: usize = 500;
const MAX_RECURRENCE: usize = 500;

/// Blocks time in an agent's calendar.
pub(crate) struct BlockTime;

/// Time that cannot be booked: from `start` to `end`, or whole days from `date` through `until`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBlock {
    /// The start; of the first occurrence if it recurs.
    start: Option<TimeInput>,
    /// The end; of the first occurrence if it recurs.
    end: Option<TimeInput>,
    /// In place of `start` and `end`: a whole day of the agent's zone.
    date: Option<Date>,
    /// The last of several whole days, which begin with `date`.
    until: Option<Date>,
    /// The reason, for people to read.
    #[serde(default)]
    reason: String,
    /// RFC 5545 RRULE value, such as `FREQ=WEEKLY;BYDAY=MO`.
    recurrence: Option<String>,
    /// What to do about appointments in it; if left out, they make the block be refused.
    on_overlap: Option<OverlapInput>,
}

impl NewBlock {
    fn block(self, block_id: BlockId) -> Result<BlockRequest, Problem> {
        let Self { start, end, date, until, reason, recurrence, on_overlap: _ } = self;
        let time = TimeOfBlock { start, end, date, until };
        block(block_id, time, reason, recurrence)
    }
}

/// The block of a request, for everybody it can be for.
pub(super) fn block(
    block_id: BlockId,
    time: TimeOfBlock,
    reason: String,
    recurrence: Option<String>,
) -> Result<BlockRequest, Problem> {
    let time = time.read()?;
    check_length("reason", &reason, MAX_REASON)?;
    check_length("recurrence", recurrence.as_deref().unwrap_or_default(), MAX_RECURRENCE)?;
    Ok(BlockRequest { block_id, time, reason, recurrence, scope: BlockScope::default(), source: None })
}

impl Operation for BlockTime {
    const NAME: &'static str = "BlockTime";
    const SUMMARY: &'static str = "Blocks time or whole days in an agent's calendar, once or recurring.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] =
        &[Code::UnknownAgent, Code::BlockOverlapsAppointments, Code::InvalidTime, Code::CalendarFull];
    type Target = OfAgent;
    type Request = NewBlock;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for BlockTime {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: NewBlock,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let on_overlap = on_overlap(request.on_overlap);
        let block = request.block(BlockId::new(api.new_id()))?;
        let command = AgentCommand::BlockTime { block, on_overlap };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}

/// Changes a block of an agent.
pub(crate) struct ChangeBlock;

impl Operation for ChangeBlock {
    const NAME: &'static str = "ChangeBlock";
    const SUMMARY: &'static str =
        "Replaces a block of an agent; occurrences that were left out or moved stay so while it has them.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[
        Code::UnknownAgent,
        Code::BlockNotFound,
        Code::BlockOverlapsAppointments,
        Code::InvalidTime,
        Code::CalendarFull,
    ];
    type Target = OfBlock;
    type Request = NewBlock;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for ChangeBlock {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfBlock { agent_id, block_id }: OfBlock,
        request: NewBlock,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let on_overlap = on_overlap(request.on_overlap);
        let command = AgentCommand::ChangeBlock { block: request.block(block_id)?, on_overlap };
        foreseen(api.send_to_calendar(call, &agent_id, command).await?)
    }
}

/// Removes a block from an agent's calendar.
pub(crate) struct UnblockTime;

impl Operation for UnblockTime {
    const NAME: &'static str = "UnblockTime";
    const SUMMARY: &'static str = "Removes a block from an agent's calendar.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::BlockNotFound];
    type Target = OfBlock;
    type Request = Nothing;
    type Answer = BlockAnswer;
}

impl Command for UnblockTime {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfBlock { agent_id, block_id }: OfBlock,
        _: Nothing,
    ) -> Result<Accepted<BlockAnswer>, Problem> {
        answer(api.send_to_agent(call, &agent_id, AgentCommand::UnblockTime { block_id }).await?)
    }
}
