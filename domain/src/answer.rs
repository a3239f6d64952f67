//! The answers of accepted commands, one struct for each form.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::{
    AgentProfile, AppointmentStatus, AppointmentTerms, AppointmentType, Block, ForcedRule, OfficePolicy,
};
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, Origin, PropertyId,
    ReservationId, RuleId,
};
use serde::{Deserialize, Serialize};

/// The answer of commands on an appointment: all of it but what is personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentAnswer {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// The agent whose calendar it is in.
    pub agent_id: AgentId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// Its status.
    pub status: AppointmentStatus,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// How often it has been moved.
    pub sequence: u32,
    /// The channel it came through.
    pub origin: Origin,
    /// When it was first booked.
    pub created_at: DateTime<Utc>,
    /// What else of it can change.
    #[serde(flatten)]
    pub terms: AppointmentTerms,
}

/// The answer of commands that hold a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldAnswer {
    /// The hold.
    pub hold_id: HoldId,
    /// The agent whose calendar it is in.
    pub agent_id: AgentId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The agent's zone, in which a booking of it is agreed on.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// The lead's earlier holds on the same slot, in whose place it is: they have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<HoldId>,
}

/// The answer of commands that release a hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleasedHoldAnswer {
    /// The hold.
    pub hold_id: HoldId,
}

/// The answer of commands on a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationAnswer {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// What became of it, as far as this stream knows.
    pub outcome: ReservationOutcome,
}

/// What became of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationOutcome {
    /// It is open on this stream.
    Reserved {
        /// Free time that is kept before it, in minutes.
        buffer_before_minutes: u16,
        /// Free time that is kept after it, in minutes.
        buffer_after_minutes: u16,
        /// How many appointments its slot has room for.
        max_appointments_per_slot: u16,
        /// The rules that were passed over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        forced: Vec<ForcedRule>,
        /// The agent's own room for video calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meeting_room_url: Option<String>,
    },
    /// It was settled or released, or never made.
    Closed,
    /// The decision was made with it.
    Committed {
        /// The revision of the deciding event.
        revision: u64,
    },
    /// The decision was ruled out.
    Fenced,
}

/// The answer of commands on hours, an agent's or the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RulesAnswer {
    /// The rules that the command added.
    pub rule_ids: Vec<RuleId>,
}

/// The answer of commands on date exceptions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionAnswer {
    /// The date.
    pub date: NaiveDate,
}

/// The answer of commands on blocks, an agent's or the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockAnswer {
    /// The block, as it is now; as it was last, if it was removed.
    #[serde(flatten)]
    pub block: Box<Block>,
}

/// The answer of commands on external busy time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyAnswer {
    /// The busy time.
    pub busy_id: BusyId,
}

/// The answer of commands on the agent itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentAnswer {
    /// The agent.
    pub agent_id: AgentId,
    /// The profile, as it is now.
    #[serde(flatten)]
    pub profile: Box<AgentProfile>,
    /// Whether the agent takes new appointments.
    pub active: bool,
    /// The members of the profile that had a value of their own and have their default again, as they were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// What another zone of the agent touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_change: Option<ZoneChange>,
}

/// What a change of an agent's or the office's zone touches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneChange {
    /// The zone before.
    #[schemars(with = "String")]
    pub from: Tz,
    /// The zone now.
    #[schemars(with = "String")]
    pub to: Tz,
    /// The hours, which are read in the new zone.
    pub rule_ids: Vec<RuleId>,
    /// The dates with hours of their own, which are read in the new zone.
    pub exceptions: Vec<NaiveDate>,
    /// The blocks that recur or are of whole days, which keep their wall-clock times in the new zone.
    pub block_ids: Vec<BlockId>,
    /// Of an agent: the appointments to come, which keep their instants and so are at another hour of the new wall clock;
    /// the first 200. Which of them stand against the rules now, a dry run and `GET /v1/conflicts` say.
    pub appointment_ids: Vec<AppointmentId>,
}

/// The answer of commands on appointment types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeAnswer {
    /// The appointment type, as it is now; as it was last, if it was retired.
    #[serde(flatten)]
    pub appointment_type: AppointmentType,
    /// The members that had a value of their own and have their default again, as they were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
}

/// The answer of commands on the office's policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyAnswer {
    /// The policies, as they are now.
    #[serde(flatten)]
    pub policy: OfficePolicy,
    /// The members that had a value of their own and have their default again, as they were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// What another zone of the office touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_change: Option<ZoneChange>,
}

/// Defines the enum of an aggregate's answers. In snapshots, the variants are told apart by their members.
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

            /// Returns any other variant as the error.
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
