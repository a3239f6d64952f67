//! The commands on a bulk move.

use calendar_fold::MoveStatus;
use chrono::{DateTime, Utc};
use schemas::value::{NotMovedBecause, PlannedVisit};
use schemas::{AgentId, AppointmentId, MoveId};
use serde::{Deserialize, Serialize};

/// The commands on a bulk move.
#[derive(Debug, Clone, PartialEq)]
pub enum BulkMoveCommand {
    /// Start it, with its plan.
    StartBulkMove(StartBulkMove),
    /// Go on with it; changes nothing by itself.
    ResumeBulkMove,
    /// A visit went to this agent.
    RecordMoved {
        /// The appointment.
        appointment_id: AppointmentId,
        /// The agent who has it now.
        to_agent_id: AgentId,
        /// The appointment's version after that.
        version: u64,
    },
    /// A visit stays where it is.
    RecordNotMoved {
        /// The appointment.
        appointment_id: AppointmentId,
        /// Why.
        because: NotMovedBecause,
    },
    /// Take it back.
    UndoBulkMove,
    /// A visit came back.
    RecordMovedBack {
        /// The appointment.
        appointment_id: AppointmentId,
        /// The appointment's version after that.
        version: u64,
    },
    /// A visit that was moved does not come back.
    RecordNotMovedBack {
        /// The appointment.
        appointment_id: AppointmentId,
        /// Why.
        because: NotMovedBecause,
    },
}

/// Start a bulk move.
#[derive(Debug, Clone, PartialEq)]
pub struct StartBulkMove {
    /// Its id.
    pub move_id: MoveId,
    /// The agent whose visits they are.
    pub agent_id: AgentId,
    /// The visits overlap the time from here.
    pub from: DateTime<Utc>,
    /// To here.
    pub to: DateTime<Utc>,
    /// The only agents who may get them; none = any.
    pub to_agents: Option<Vec<AgentId>>,
    /// Why, for people to read.
    pub reason: String,
    /// The visits, earliest first, and whom each is to go to.
    pub visits: Vec<PlannedVisit>,
}

impl BulkMoveCommand {
    /// Its name in metrics and traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StartBulkMove(_) => "start_bulk_move",
            Self::ResumeBulkMove => "resume_bulk_move",
            Self::RecordMoved { .. } => "record_moved_visit",
            Self::RecordNotMoved { .. } => "record_not_moved_visit",
            Self::UndoBulkMove => "undo_bulk_move",
            Self::RecordMovedBack { .. } => "record_moved_back_visit",
            Self::RecordNotMovedBack { .. } => "record_not_moved_back_visit",
        }
    }
}

/// The answer of an accepted command on a bulk move; the whole of it is read from its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkMoveAnswer {
    /// How far it is.
    pub status: MoveStatus,
}
