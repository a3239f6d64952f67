use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{AppointmentType, AvailabilityRule, Block, OfficePolicy};
use crate::{AppointmentTypeCode, BlockId, RuleId};

super::event_enum! {
    /// What can have happened to the office.
    OfficeEvent {
        OfficePolicySet = 1,
        AppointmentTypeDefined = 1,
        AppointmentTypeRetired = 1,
        OfficeRuleAdded = 1,
        OfficeRuleRemoved = 1,
        OfficeBlocked = 1,
        OfficeUnblocked = 1,
    }
}

/// The office's zone, language and policies were set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficePolicySet {
    /// All of them, as they are from now on.
    #[serde(flatten)]
    pub policy: OfficePolicy,
}

/// An appointment type was defined, or defined anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeDefined {
    /// The whole type, as it is from now on.
    #[serde(flatten)]
    pub appointment_type: AppointmentType,
}

/// An appointment type can no longer be booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeRetired {
    /// Which one.
    pub code: AppointmentTypeCode,
}

/// Hours were added for every agent that inherits the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeRuleAdded {
    /// The rule.
    #[serde(flatten)]
    pub rule: AvailabilityRule,
}

/// Hours were taken away from every agent that inherits the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeRuleRemoved {
    /// Which rule.
    pub rule_id: RuleId,
}

/// Time was blocked for every agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeBlocked {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block for every agent was lifted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeUnblocked {
    /// Which block.
    pub block_id: BlockId,
}
