//! The events of claims: which agent a booking that names none goes to, agreed on before it is made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AgentId, CommandId, ReservationId};

super::event_enum! {
    /// The events of the claims of one day.
    ClaimEvent {
        CommandClaimed = 1,
        ClaimPassedOn = 1,
        ClaimReleased = 1,
        ClaimsClosed = 1,
    }
}

/// A command that names no agent goes to this one. Every process that carries out the same command asks this agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandClaimed {
    /// The command.
    pub command_id: CommandId,
    /// The digest of its content.
    pub command_digest: String,
    /// The claim, under which an agent's stream can rule the command out.
    pub claim_id: ReservationId,
    /// The agent.
    pub agent_id: AgentId,
}

/// A claimed command goes to another agent: the one before has refused it, and it was ruled out there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimPassedOn {
    /// The command.
    pub command_id: CommandId,
    /// The agent whom it goes to now.
    pub agent_id: AgentId,
}

/// A claim was given up: the command was ruled out at its agent, and was refused by all or has to be claimed anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReleased {
    /// The command.
    pub command_id: CommandId,
}

/// The day is over: no command is claimed here any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimsClosed {}
