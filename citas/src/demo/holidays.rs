//! Chile's public holidays, as blocks of the office.

use anyhow::Result;
use command_api::CommandApi;
use domain::{BlockRequest, BlockScope, BlockedTime, OfficeCommand};
use schemas::BlockId;
use schemas::value::BlockSource;

use crate::holidays::chile;

/// Closes the office on every holiday, and agents on those of their places.
pub(super) async fn block(commands: &CommandApi) -> Result<()> {
    for holiday in chile()? {
        let block = BlockRequest {
            block_id: BlockId::new(commands.new_id()),
            time: BlockedTime::Days { date: holiday.date, until: None },
            reason: holiday.name,
            recurrence: None,
            scope: BlockScope { regions: holiday.regions, agent_ids: Vec::new() },
            source: Some(BlockSource { rule: holiday.rule, version: holiday.version }),
        };
        let key = format!("demo/holiday/{}", holiday.date);
        commands.set_up_office(&key, OfficeCommand::BlockOffice { block }).await?;
    }
    Ok(())
}
