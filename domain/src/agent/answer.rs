use chrono::{DateTime, NaiveDate, Utc};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, BlockId, BusyId, HoldId, RuleId};
use serde::{Deserialize, Serialize};

/// What an accepted command answers, beside version and position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of commands on an appointment.
    Appointment {
        /// Which.
        appointment_id: AppointmentId,
        /// In whose calendar.
        agent_id: AgentId,
        /// Where it stands.
        status: AppointmentStatus,
        /// From when.
        start: DateTime<Utc>,
        /// Until when.
        end: DateTime<Utc>,
        /// How often it has been moved.
        sequence: u32,
    },
    /// Of holds.
    Hold {
        /// Which.
        hold_id: HoldId,
        /// In whose calendar.
        agent_id: AgentId,
        /// From when.
        start: DateTime<Utc>,
        /// Until when.
        end: DateTime<Utc>,
        /// When it ends by itself.
        expires_at: DateTime<Utc>,
    },
    /// Of a hold's release.
    ReleasedHold {
        /// Which.
        hold_id: HoldId,
    },
    /// Of weekly hours and single rules.
    Rules {
        /// The rules that the command added.
        rule_ids: Vec<RuleId>,
    },
    /// Of date exceptions.
    Exception {
        /// Which date.
        date: NaiveDate,
    },
    /// Of blocks.
    Block {
        /// Which.
        block_id: BlockId,
    },
    /// Of external busy time.
    ExternalBusy {
        /// Which.
        busy_id: BusyId,
    },
    /// Of the agent itself.
    Agent {
        /// Who.
        agent_id: AgentId,
        /// Whether new appointments are taken.
        active: bool,
    },
}
