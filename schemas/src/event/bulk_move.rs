//! The events of a bulk move: an agent's visits of some days go to other agents, and may come back.
//!
//! What happens to each appointment is in the events of its agents. These say what was planned and what came of it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CommandHadNoEffect;
use crate::value::{NotMovedBecause, PlannedVisit, stored};
use crate::{Actor, AgentId, AppointmentId, MoveId, Origin};

super::event_enum! {
    /// The events of a bulk move.
    BulkMoveEvent {
        BulkMoveStarted = 1,
        VisitMoved = 1,
        VisitNotMoved = 1,
        BulkMoveCompleted = 1,
        BulkMoveUndoStarted = 1,
        VisitMovedBack = 1,
        VisitNotMovedBack = 1,
        BulkMoveUndone = 1,
        CommandHadNoEffect = 1,
    }
}

/// An agent's visits are to go to others, as planned here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkMoveStarted {
    /// The bulk move.
    pub move_id: MoveId,
    /// The agent whose visits they are.
    pub agent_id: AgentId,
    /// The visits overlap the time from here.
    #[serde(deserialize_with = "stored::micros")]
    pub from: DateTime<Utc>,
    /// To here.
    #[serde(deserialize_with = "stored::micros")]
    pub to: DateTime<Utc>,
    /// The only agents who may get them; none = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_agents: Option<Vec<AgentId>>,
    /// Why, for people to read.
    pub reason: String,
    /// Who started it: each visit is moved in this name.
    pub started_by: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// The visits, earliest first, and whom each is to go to.
    pub visits: Vec<PlannedVisit>,
}

/// A visit has gone to another agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitMoved {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The agent who has it now: the planned one, or the next who could take it.
    pub to_agent_id: AgentId,
    /// The appointment's version after that.
    pub version: u64,
}

/// A visit stays where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitNotMoved {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Why.
    pub because: NotMovedBecause,
}

/// Every visit has its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkMoveCompleted {
    /// The bulk move.
    pub move_id: MoveId,
}

/// The visits are to come back, and those that were not moved yet stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkMoveUndoStarted {
    /// The bulk move.
    pub move_id: MoveId,
}

/// A visit has come back to its agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitMovedBack {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The appointment's version after that.
    pub version: u64,
}

/// A visit was moved and does not come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitNotMovedBack {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Why.
    pub because: NotMovedBecause,
}

/// Everything that could be taken back was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkMoveUndone {
    /// The bulk move.
    pub move_id: MoveId,
}
