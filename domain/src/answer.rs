//! What accepted commands answer, each form with a name of its own.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, RuleId};
use serde::{Deserialize, Serialize};

/// Of commands on an appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentAnswer {
    /// Which.
    pub appointment_id: AppointmentId,
    /// In whose calendar.
    pub agent_id: AgentId,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// How often it has been moved.
    pub sequence: u32,
}

/// Of holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldAnswer {
    /// Which.
    pub hold_id: HoldId,
    /// In whose calendar.
    pub agent_id: AgentId,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Of a hold's release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedHoldAnswer {
    /// Which.
    pub hold_id: HoldId,
}

/// Of hours: an agent's or the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RulesAnswer {
    /// The rules that the command added.
    pub rule_ids: Vec<RuleId>,
}

/// Of date exceptions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionAnswer {
    /// Which date.
    pub date: NaiveDate,
}

/// Of blocks: an agent's or the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockAnswer {
    /// Which.
    pub block_id: BlockId,
}

/// Of external busy time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyAnswer {
    /// Which.
    pub busy_id: BusyId,
}

/// Of the agent itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentAnswer {
    /// Who.
    pub agent_id: AgentId,
    /// Whether new appointments are taken.
    pub active: bool,
}

/// Of appointment types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeAnswer {
    /// Which.
    pub code: AppointmentTypeCode,
}

/// Of the office's policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyAnswer {
    /// The office's zone now.
    #[schemars(with = "String")]
    pub time_zone: Tz,
}

/// Makes the enum of an aggregate's answers. Each form is told apart by its members, as it is kept in snapshots.
macro_rules! answers {
    ($(#[$doc:meta])* $name:ident { $($variant:ident($answer:ident),)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($answer), "`].")] $variant($answer),)+
        }

        $(impl TryFrom<$name> for $answer {
            type Error = $name;

            /// Gives any other form back.
            fn try_from(answer: $name) -> Result<Self, $name> {
                match answer {
                    $name::$variant(answer) => Ok(answer),
                    other => Err(other),
                }
            }
        })+
    };
}
pub(crate) use answers;
