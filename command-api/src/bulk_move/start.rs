//! A plan becomes a bulk move of its own.

use std::sync::Arc;

use domain::{BulkMoveCommand, StartBulkMove};
use operation::{CommandCall, Problem};
use schemas::MoveId;

use super::plan::{Wanted, plan};
use crate::CommandApi;
use crate::directory::{CarriedOutOn, CommandRecord};

/// Stores the plan, unless the same request has stored one before: then that one stands. Returns the bulk move's id.
pub(crate) async fn start(
    api: &Arc<CommandApi>,
    call: &CommandCall,
    wanted: Wanted,
) -> Result<MoveId, Problem> {
    let visits = plan(api, &wanted).await?;
    let (command, correlation_id) = api.command(call, ());
    let move_id = if command.may_repeat {
        // Agreed on between processes that carry out the same request at once.
        MoveId::new(api.claims.claim(&command, wanted.agent_id.clone()).await?.id.uuid())
    } else {
        MoveId::new(api.new_id())
    };
    let Wanted { agent_id, range, to_agents, reason } = wanted;
    let (from, to) = (range.start, range.end);
    let start = StartBulkMove { move_id, agent_id, from, to, to_agents, reason, visits };
    let sent = CommandRecord { on: CarriedOutOn::BulkMove(move_id), digest: command.digest.clone() };
    let command = command.map(|()| BulkMoveCommand::StartBulkMove(start));
    let command_id = command.command_id;
    api.moves.writer(&move_id).execute(command, correlation_id, None).await?;
    api.directory.note_command(command_id, sent);
    Ok(move_id)
}
