//! The events of the office.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{AppointmentType, AvailabilityRule, Block, OfficePolicy};
use crate::{AppointmentTypeCode, BlockId, RuleId};

use super::{BlockChanged, CommandHadNoEffect};

super::event_enum! {
    /// The events of the office.
    OfficeEvent {
        OfficePolicySet = 1,
        AppointmentTypeDefined = 1,
        AppointmentTypeRetired = 1,
        OfficeRuleAdded = 1,
        OfficeRuleRemoved = 1,
        OfficeHoursReplaced = 1,
        OfficeBlocked = 1,
        BlockChanged = 1,
        OfficeUnblocked = 1,
        CommandHadNoEffect = 1,
    }
}

/// The office's zone, language and policies were set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficePolicySet {
    /// The complete new policy.
    #[serde(flatten)]
    pub policy: OfficePolicy,
}

/// An appointment type was defined or redefined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeDefined {
    /// The complete new type.
    #[serde(flatten)]
    pub appointment_type: AppointmentType,
}

/// An appointment type was retired, and can no longer be booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTypeRetired {
    /// The type.
    pub code: AppointmentTypeCode,
}

/// Hours were added for every agent that inherits the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeRuleAdded {
    /// The rule.
    #[serde(flatten)]
    pub rule: AvailabilityRule,
}

/// Hours were removed for every agent that inherits the office's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeRuleRemoved {
    /// The rule.
    pub rule_id: RuleId,
}

/// All hours of the office were replaced, in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeHoursReplaced {
    /// The rules that apply from now on, and no others.
    pub rules: Vec<AvailabilityRule>,
}

/// Time was blocked for every agent, or for those that the block names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeBlocked {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block of the office was removed, or one of its occurrences left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfficeUnblocked {
    /// The block.
    pub block_id: BlockId,
    /// The date of the occurrence that is left out from now on; none if the whole block was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}
