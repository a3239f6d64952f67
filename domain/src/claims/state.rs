use std::collections::HashMap;

use chrono::{DateTime, Utc};
use schemas::event::{
    ClaimEvent as Event, ClaimPassedOn, ClaimReleased, ClaimsClosed, CommandClaimed, CommandHadNoEffect,
};
use schemas::{AgentId, CommandId, ReservationId};
use serde::{Deserialize, Serialize};

use super::{ClaimAnswer, ClaimCommand, ClaimRejection};
use crate::{Aggregate, Command, EventContext, Receipts, StreamTime};

/// The claims of one day, folded from its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    open: HashMap<CommandId, Claim>,
    is_closed: bool,
    time: StreamTime,
    receipts: Receipts<ClaimAnswer>,
    revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Claim {
    id: ReservationId,
    digest: String,
    agent_id: AgentId,
    /// Those before, on whose streams it is ruled out.
    passed_on_by: Vec<AgentId>,
}

impl Claims {
    fn answer(&self, command_id: CommandId) -> ClaimAnswer {
        let claim = self.open.get(&command_id);
        ClaimAnswer { claimed: claim.map(|claim| (claim.id, claim.agent_id.clone())) }
    }

    /// The claim, if it still goes to this agent.
    fn at(&self, command_id: CommandId, claim_id: ReservationId, agent_id: &AgentId) -> Option<&Claim> {
        let claim = self.open.get(&command_id);
        claim.filter(|claim| claim.id == claim_id && claim.agent_id == *agent_id)
    }
}

impl Aggregate for Claims {
    type Command = ClaimCommand;
    type Event = Event;
    type Answer = ClaimAnswer;
    type Rejection = ClaimRejection;
    type Context = ();

    const SNAPSHOT_VERSION: u16 = 1;

    fn evolve(&mut self, event: &Event, context: &EventContext) {
        let command_id = match event {
            Event::CommandClaimed(event) => {
                let claim = Claim {
                    id: event.claim_id,
                    digest: event.command_digest.clone(),
                    agent_id: event.agent_id.clone(),
                    passed_on_by: Vec::new(),
                };
                self.open.insert(event.command_id, claim);
                Some(event.command_id)
            }
            Event::ClaimPassedOn(event) => {
                if let Some(claim) = self.open.get_mut(&event.command_id) {
                    claim.passed_on_by.push(std::mem::replace(&mut claim.agent_id, event.agent_id.clone()));
                }
                Some(event.command_id)
            }
            Event::ClaimReleased(event) => {
                self.open.remove(&event.command_id);
                Some(event.command_id)
            }
            Event::ClaimsClosed(_) => {
                self.is_closed = true;
                None
            }
        };
        self.time.observe(context.clock_showed, context.recorded_at);
        self.revision = Some(context.revision);
        let answer = command_id.map_or(ClaimAnswer { claimed: None }, |id| self.answer(id));
        self.receipts.note(context, self.time.passed(), answer, 0);
    }

    fn decide(
        &self,
        command: &Command<ClaimCommand>,
        (): &(),
        _now: DateTime<Utc>,
    ) -> Result<Vec<Event>, ClaimRejection> {
        Ok(match &command.body {
            ClaimCommand::Find { command_id, digest } => match self.open.get(command_id) {
                Some(claim) if claim.digest != *digest => return Err(ClaimRejection::OtherContent),
                _ => Vec::new(),
            },
            ClaimCommand::Claim { command_id, digest, claim_id, agent_id } => {
                match self.open.get(command_id) {
                    Some(claim) if claim.digest != *digest => return Err(ClaimRejection::OtherContent),
                    Some(_) => Vec::new(),
                    None if self.is_closed => return Err(ClaimRejection::Closed),
                    None => vec![
                        CommandClaimed {
                            command_id: *command_id,
                            command_digest: digest.clone(),
                            claim_id: *claim_id,
                            agent_id: agent_id.clone(),
                        }
                        .into(),
                    ],
                }
            }
            ClaimCommand::PassOn { command_id, claim_id, from, to } => {
                match self.at(*command_id, *claim_id, from) {
                    // It is ruled out there, and for ever: it has to be claimed anew.
                    Some(claim) if to == from || claim.passed_on_by.contains(to) => {
                        vec![ClaimReleased { command_id: *command_id }.into()]
                    }
                    Some(_) => vec![ClaimPassedOn { command_id: *command_id, agent_id: to.clone() }.into()],
                    None => Vec::new(),
                }
            }
            ClaimCommand::Release { command_id, claim_id, from } => {
                match self.at(*command_id, *claim_id, from) {
                    Some(_) => vec![ClaimReleased { command_id: *command_id }.into()],
                    None => Vec::new(),
                }
            }
            ClaimCommand::Close if self.is_closed => Vec::new(),
            ClaimCommand::Close => vec![ClaimsClosed {}.into()],
        })
    }

    fn answer_unchanged(&self, command: &ClaimCommand) -> ClaimAnswer {
        match command {
            ClaimCommand::Find { command_id, .. }
            | ClaimCommand::Claim { command_id, .. }
            | ClaimCommand::PassOn { command_id, .. }
            | ClaimCommand::Release { command_id, .. } => self.answer(*command_id),
            ClaimCommand::Close => ClaimAnswer { claimed: None },
        }
    }

    /// Claims are never sent again under the same id.
    fn no_effect(_: CommandHadNoEffect) -> Option<Event> {
        None
    }

    fn version_of(&self, _: &ClaimCommand) -> Option<u64> {
        None
    }

    fn time(&self) -> &StreamTime {
        &self.time
    }

    fn receipts(&self) -> &Receipts<ClaimAnswer> {
        &self.receipts
    }

    fn record_position(&mut self, command_id: CommandId, position: u64) {
        self.receipts.set_position(command_id, position);
    }

    fn revision(&self) -> Option<u64> {
        self.revision
    }
}
