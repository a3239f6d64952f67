//! The commands on the office.

use chrono::NaiveDate;
use schemas::value::{AppointmentType, AvailabilityRule, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId, RuleId};
use serde::{Deserialize, Serialize};

use crate::answer::{AppointmentTypeAnswer, BlockAnswer, PolicyAnswer, RulesAnswer, answers};
use crate::{BlockRequest, BlockedTime};

/// The commands on the office.
#[derive(Debug, Clone, PartialEq)]
pub enum OfficeCommand {
    /// Set zone, language and policies.
    SetOfficePolicy {
        /// The complete new policy.
        policy: OfficePolicy,
    },
    /// Define or redefine an appointment type.
    DefineAppointmentType {
        /// The complete new type.
        appointment_type: AppointmentType,
    },
    /// Retire a type: it can no longer be booked.
    RetireAppointmentType {
        /// The type.
        code: AppointmentTypeCode,
    },
    /// Add hours for every agent that inherits the office's.
    AddOfficeRule {
        /// The hours.
        rule: AvailabilityRule,
    },
    /// Remove hours.
    RemoveOfficeRule {
        /// The hours.
        rule_id: RuleId,
    },
    /// Replace all hours.
    ReplaceOfficeHours {
        /// The new hours.
        rules: Vec<AvailabilityRule>,
    },
    /// Block time for every agent, or for those it names. Appointments in it stay, and show as conflicts.
    BlockOffice {
        /// The block; whole days are read in each agent's zone, any other recurrence in the office's.
        block: BlockRequest,
    },
    /// Change a block.
    ChangeBlock {
        /// The block as it is from now on. Occurrences that were left out or moved stay so.
        block: BlockRequest,
    },
    /// Remove a block.
    UnblockOffice {
        /// The block.
        block_id: BlockId,
    },
    /// Move one occurrence of a recurring block.
    MoveOccurrence {
        /// The block.
        block_id: BlockId,
        /// The date on which the occurrence begins by the recurrence.
        date: NaiveDate,
        /// When it is instead.
        time: BlockedTime,
    },
    /// Leave out one occurrence of a recurring block.
    SkipOccurrence {
        /// The block.
        block_id: BlockId,
        /// The date on which the occurrence begins by the recurrence.
        date: NaiveDate,
    },
}

impl OfficeCommand {
    /// Its name in metrics and traces, such as `set_office_policy`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SetOfficePolicy { .. } => "set_office_policy",
            Self::DefineAppointmentType { .. } => "define_appointment_type",
            Self::RetireAppointmentType { .. } => "retire_appointment_type",
            Self::AddOfficeRule { .. } => "add_office_rule",
            Self::RemoveOfficeRule { .. } => "remove_office_rule",
            Self::ReplaceOfficeHours { .. } => "replace_office_hours",
            Self::BlockOffice { .. } => "block_office",
            Self::ChangeBlock { .. } => "change_office_block",
            Self::UnblockOffice { .. } => "unblock_office",
            Self::MoveOccurrence { .. } => "move_office_occurrence",
            Self::SkipOccurrence { .. } => "skip_office_occurrence",
        }
    }
}

answers! {
    /// The answer of an accepted command on the office, without version and position.
    OfficeAnswer {
        AppointmentType(AppointmentTypeAnswer),
        Rules(RulesAnswer),
        Block(BlockAnswer),
        Policy(PolicyAnswer),
    }
}
