use std::sync::Arc;

use availability::Interval;
use chrono::TimeDelta;
use domain::{BulkMoveCommand, BulkMoveRejection, MoveProgress};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem, check_name};
use schemars::JsonSchema;
use schemas::{AgentId, MoveId, TimeInput};
use serde::{Deserialize, Serialize};

use super::reason::MAX_REASON;
use super::targets::{OfAgent, OfMove};
use crate::bulk_move::{Wanted, foresee, go_on, plan, start};
use crate::failure::Failure;
use crate::{CommandApi, time_problems};

const MAX_RANGE_DAYS: i64 = 366;
const MAX_AGENTS: usize = 100;

/// Moves an agent's appointments of some days to other agents.
pub(crate) struct MoveAppointments;

/// Which appointments go to whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkMoveRequest {
    /// The appointments overlap the time from here.
    from: TimeInput,
    /// To here, at most 366 days later.
    to: TimeInput,
    /// The only agents who may get them, up to 100; any active agent if left out.
    to_agents: Option<Vec<AgentId>>,
    /// The reason, for people to read.
    reason: String,
}

impl BulkMoveRequest {
    fn wanted(self, agent_id: AgentId) -> Result<Wanted, Problem> {
        let (start, _) = time_problems::resolve("from", &self.from)?;
        let (end, _) = time_problems::resolve("to", &self.to)?;
        if end <= start {
            return Err(Problem::malformed("to", "must be after from"));
        }
        if end - start > TimeDelta::days(MAX_RANGE_DAYS) {
            return Err(Problem::malformed(
                "to",
                format!("must be at most {MAX_RANGE_DAYS} days after from"),
            ));
        }
        check_name("reason", &self.reason, MAX_REASON)?;
        if let Some(to_agents) = &self.to_agents {
            if to_agents.is_empty() {
                return Err(Problem::malformed("to_agents", "must name an agent, or be left out"));
            }
            if to_agents.len() > MAX_AGENTS {
                return Err(Problem::malformed("to_agents", format!("may name {MAX_AGENTS} agents at most")));
            }
            if to_agents.contains(&agent_id) {
                return Err(Problem::malformed(
                    "to_agents",
                    "must not name the agent whose appointments they are",
                ));
            }
        }
        let (range, to_agents, reason) = (Interval::new(start, end), self.to_agents, self.reason);
        Ok(Wanted { agent_id, range, to_agents, reason })
    }
}

impl Operation for MoveAppointments {
    const NAME: &'static str = "MoveAppointments";
    const SUMMARY: &'static str =
        "Moves an agent's appointments of some days to others, by load; the plan alone as a dry run.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::InvalidTime];
    type Target = OfAgent;
    type Request = BulkMoveRequest;
    type Answer = MoveProgress;
}

impl Command for MoveAppointments {
    type Api = CommandApi;
    const CREATES: bool = true;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAgent { agent_id }: OfAgent,
        request: BulkMoveRequest,
    ) -> Result<Accepted<MoveProgress>, Problem> {
        let wanted = request.wanted(agent_id)?;
        if call.delivery.dry_run {
            let visits = plan(api, &wanted).await?;
            let move_id = MoveId::new(api.new_id());
            let Wanted { agent_id, range, reason, .. } = wanted;
            let planned = MoveProgress::planned(
                move_id,
                agent_id,
                (range.start, range.end),
                reason,
                &visits,
                api.now(),
            );
            let answer = api.as_told(planned);
            return Ok(Accepted { answer, version: 0, position: 0, repeated: false });
        }
        let move_id = start(api, call, wanted).await?;
        go_on(api, move_id).await;
        api.started_move(move_id).await.map_err(was_started)
    }
}

/// It is stored and goes on, whatever becomes of its answer.
fn was_started(problem: Problem) -> Problem {
    match problem.code() {
        Code::StoreUnavailable => Failure::<BulkMoveRejection>::OutcomeUnknown.into(),
        _ => problem,
    }
}

/// Goes on with a bulk move that was left half done.
pub(crate) struct ResumeMove;

impl Operation for ResumeMove {
    const NAME: &'static str = "ResumeMove";
    const SUMMARY: &'static str = "Goes on with a bulk move, or its undo, that was left half done.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[Code::MoveNotFound];
    type Target = OfMove;
    type Request = Nothing;
    type Answer = MoveProgress;
}

impl Command for ResumeMove {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfMove { move_id }: OfMove,
        _: Nothing,
    ) -> Result<Accepted<MoveProgress>, Problem> {
        sent(api, call, move_id, BulkMoveCommand::ResumeBulkMove).await
    }
}

/// Takes a bulk move back.
pub(crate) struct UndoMove;

impl Operation for UndoMove {
    const NAME: &'static str = "UndoMove";
    const SUMMARY: &'static str = "Takes a bulk move back; an appointment that somebody has moved, handed over or cancelled since stays as it is.";
    const ACCESS: Access = Access::APPOINTMENTS;
    const ERRORS: &'static [Code] = &[Code::MoveNotFound];
    type Target = OfMove;
    type Request = Nothing;
    type Answer = MoveProgress;
}

impl Command for UndoMove {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfMove { move_id }: OfMove,
        _: Nothing,
    ) -> Result<Accepted<MoveProgress>, Problem> {
        sent(api, call, move_id, BulkMoveCommand::UndoBulkMove).await
    }
}

/// Sends the command, goes on with the bulk move and answers with it. A dry run tells what would come of each visit, as far
/// as that can be known now.
async fn sent(
    api: &Arc<CommandApi>,
    call: &CommandCall,
    move_id: MoveId,
    body: BulkMoveCommand,
) -> Result<Accepted<MoveProgress>, Problem> {
    if call.delivery.dry_run {
        let (command, _) = api.command(call, body.clone());
        let Accepted { version, position, .. } = api.send_to_move(call, move_id, body).await?;
        let answer = api.as_told(foresee(api, move_id, command).await?);
        return Ok(Accepted { answer, version, position, repeated: false });
    }
    api.send_to_move(call, move_id, body).await?;
    go_on(api, move_id).await;
    api.present_move(move_id).await
}
