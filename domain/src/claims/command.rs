use schemas::{AgentId, CommandId, ReservationId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The commands on the claims of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimCommand {
    /// Find whom a command goes to.
    Find {
        /// The command.
        command_id: CommandId,
        /// The digest of its content.
        digest: String,
    },
    /// Have a command go to an agent, unless it goes to one already.
    Claim {
        /// The command.
        command_id: CommandId,
        /// The digest of its content.
        digest: String,
        /// The id of a new claim.
        claim_id: ReservationId,
        /// The agent.
        agent_id: AgentId,
    },
    /// Have it go to another agent, if it still goes to this one. The claim is given up instead if it was at that agent
    /// before: it is ruled out there, so that the command has to be claimed anew.
    PassOn {
        /// The command.
        command_id: CommandId,
        /// The claim.
        claim_id: ReservationId,
        /// The agent on whose stream it was ruled out.
        from: AgentId,
        /// The next one.
        to: AgentId,
    },
    /// Give the claim up, if it still goes to this agent, on whose stream it was ruled out.
    Release {
        /// The command.
        command_id: CommandId,
        /// The claim.
        claim_id: ReservationId,
        /// The agent.
        from: AgentId,
    },
    /// Claim nothing here any more.
    Close,
}

impl ClaimCommand {
    /// Its name in metrics and traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Find { .. } => "find_claim",
            Self::Claim { .. } => "claim_command",
            Self::PassOn { .. } => "pass_claim_on",
            Self::Release { .. } => "release_claim",
            Self::Close => "close_claims",
        }
    }
}

/// Whom a command goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimAnswer {
    /// The claim and its agent; none if there is none, or not any more.
    pub claimed: Option<(ReservationId, AgentId)>,
}

/// Why a claim is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClaimRejection {
    /// Nothing is claimed here any more.
    #[error("the day is over")]
    Closed,
    /// The command was claimed with another content.
    #[error("the idempotency key was used for another request")]
    OtherContent,
}
