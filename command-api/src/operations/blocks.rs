use std::sync::Arc;

use domain::{AgentCommand, BlockAnswer, BlockRequest, OnOverlap};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_length};
use schemars::JsonSchema;
use schemas::{BlockId, TimeInput};
use serde::{Deserialize, Serialize};

use super::answer::{answer, foreseen};
use super::targets::{OfAgent, OfBlock};
use crate::impact::Foreseen;
use crate::{CommandApi, time_problems};

const MAX_REASON: usize = 500;
const MAX_RECURRENCE: usize = 500;

/// Blocks time in an agent's calendar.
pub(crate) struct BlockTime;

/// Time that cannot be booked.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBlock {
    /// The start; of the first occurrence if it recurs.
    start: TimeInput,
    /// The end; of the first occurrence if it recurs.
    end: TimeInput,
    /// The reason, for people to read.
    #[serde(default)]
    reason: String,
    /// RFC 5545 RRULE value, such as `FREQ=WEEKLY;BYDAY=MO`.
    recurrence: Option<String>,
    /// What to do about appointments in it; if left out, they make the block be refused.
    on_overlap: Option<OverlapInput>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OverlapInput {
    Refuse,
    Keep,
}

impl NewBlock {
    pub(super) fn block(self, api: &CommandApi) -> Result<BlockRequest, Problem> {
        let (start, _) = time_problems::resolve("start", &self.start)?;
        let (end, _) = time_problems::resolve("end", &self.end)?;
        if start >= end {
            return Err(Problem::malformed("end", "must be after start"));
        }
        check_length("reason", &self.reason, MAX_REASON)?;
        check_length("recurrence", self.recurrence.as_deref().unwrap_or_default(), MAX_RECURRENCE)?;
        let block_id = BlockId::new(api.new_id());
        Ok(BlockRequest { block_id, start, end, reason: self.reason, recurrence: self.recurrence })
    }

    /// A block of the office always keeps the appointments in it.
    pub(super) fn refuse_on_overlap(&self) -> Result<(), Problem> {
        match self.on_overlap {
            Some(OverlapInput::Refuse) => Err(Problem::malformed(
                "on_overlap",
                "a block of the whole office keeps the appointments in it, which the calendars show as conflicts",
            )),
            _ => Ok(()),
        }
    }
}

impl Operation for BlockTime {
    const NAME: &'static str = "BlockTime";
    const SUMMARY: &'static str = "Blocks time in an agent's calendar, once or recurring.";
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
        let on_overlap = match request.on_overlap {
            Some(OverlapInput::Keep) => OnOverlap::Keep,
            Some(OverlapInput::Refuse) | None => OnOverlap::Refuse,
        };
        let command = AgentCommand::BlockTime { block: request.block(api)?, on_overlap };
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
