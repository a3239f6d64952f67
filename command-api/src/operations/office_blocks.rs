//! Blocks of the office: for every agent, or for those of some regions, or for some.

use std::sync::Arc;

use domain::{BlockAnswer, BlockRequest, OfficeCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_name};
use schemars::JsonSchema;
use schemas::value::BlockSource;
use schemas::{AgentId, BlockId, TimeInput};
use serde::{Deserialize, Serialize};

use super::answer::{answer, foreseen};
use super::block_time::{OverlapInput, TimeOfBlock};
use super::blocks::block;
use super::place_names::place_names;
use super::targets::OfOfficeBlock;
use crate::CommandApi;
use crate::impact::Foreseen;
use crate::time_problems::Date;

const MAX_AGENTS: usize = 200;
const MAX_SOURCE: usize = 100;

/// Blocks time for every agent.
pub(crate) struct BlockOffice;

/// Time that cannot be booked with any agent, or with some: from `start` to `end`, or whole days from `date` through
/// `until`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOfficeBlock {
    /// The start; of the first occurrence if it recurs.
    start: Option<TimeInput>,
    /// The end; of the first occurrence if it recurs.
    end: Option<TimeInput>,
    /// In place of `start` and `end`: a whole day, in each agent's zone.
    date: Option<Date>,
    /// The last of several whole days, which begin with `date`.
    until: Option<Date>,
    /// The reason, for people to read.
    #[serde(default)]
    reason: String,
    /// RFC 5545 RRULE value, such as `FREQ=YEARLY`.
    recurrence: Option<String>,
    /// The regions or comunas whose agents it is for, as the agents name them. Without regions and agents it is for every
    /// agent.
    regions: Option<Vec<String>>,
    /// The agents it is for, beside those of the regions.
    agent_ids: Option<Vec<AgentId>>,
    /// What prescribes it, such as the law of a public holiday.
    source: Option<Source>,
    /// Appointments in it stay, and show as conflicts: `keep` is the only choice.
    on_overlap: Option<OverlapInput>,
}

/// What prescribes a block.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// The rule, such as `Ley 19.668`.
    rule: String,
    /// The version of the list that states it.
    version: String,
}

impl NewOfficeBlock {
    fn block(self, block_id: BlockId) -> Result<BlockRequest, Problem> {
        keeps_appointments(self.on_overlap)?;
        let time = TimeOfBlock { start: self.start, end: self.end, date: self.date, until: self.until };
        let mut block = block(block_id, time, self.reason, self.recurrence)?;
        block.scope.regions = place_names("regions", &self.regions.unwrap_or_default())?;
        let mut agent_ids = self.agent_ids.unwrap_or_default();
        if agent_ids.len() > MAX_AGENTS {
            return Err(Problem::malformed("agent_ids", format!("may name {MAX_AGENTS} agents at most")));
        }
        agent_ids.sort_unstable();
        if agent_ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Problem::malformed("agent_ids", "names an agent twice"));
        }
        block.scope.agent_ids = agent_ids;
        block.source = self.source.map(Source::checked).transpose()?;
        Ok(block)
    }
}

impl Source {
    fn checked(self) -> Result<BlockSource, Problem> {
        check_name("source", &self.rule, MAX_SOURCE)?;
        check_name("source", &self.version, MAX_SOURCE)?;
        Ok(BlockSource { rule: self.rule, version: self.version })
    }
}

/// A block of the office always keeps the appointments in it.
pub(super) fn keeps_appointments(on_overlap: Option<OverlapInput>) -> Result<(), Problem> {
    match on_overlap {
        Some(OverlapInput::Refuse) => Err(Problem::malformed(
            "on_overlap",
            "a block of the office keeps the appointments in it, which the calendars show as conflicts",
        )),
        _ => Ok(()),
    }
}

impl Operation for BlockOffice {
    const NAME: &'static str = "BlockOffice";
    const SUMMARY: &'static str =
        "Blocks time for every agent, or for some; appointments in it stay, and show as conflicts.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::InvalidTime, Code::CalendarFull];
    type Target = Nothing;
    type Request = NewOfficeBlock;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for BlockOffice {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        _: Nothing,
        request: NewOfficeBlock,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let block = request.block(BlockId::new(api.new_id()))?;
        foreseen(api.send_to_every_calendar(call, OfficeCommand::BlockOffice { block }).await?)
    }
}

/// Changes a block of the office.
pub(crate) struct ChangeOfficeBlock;

impl Operation for ChangeOfficeBlock {
    const NAME: &'static str = "ChangeOfficeBlock";
    const SUMMARY: &'static str =
        "Replaces a block of the office; occurrences that were left out or moved stay so while it has them.";
    const ACCESS: Access = Access::ADMINISTRATION;
    const ERRORS: &'static [Code] = &[Code::BlockNotFound, Code::InvalidTime, Code::CalendarFull];
    type Target = OfOfficeBlock;
    type Request = NewOfficeBlock;
    type Answer = Foreseen<BlockAnswer>;
}

impl Command for ChangeOfficeBlock {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfOfficeBlock { block_id }: OfOfficeBlock,
        request: NewOfficeBlock,
    ) -> Result<Accepted<Foreseen<BlockAnswer>>, Problem> {
        let command = OfficeCommand::ChangeBlock { block: request.block(block_id)? };
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
