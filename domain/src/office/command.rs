use schemas::value::{AppointmentType, AvailabilityRule, OfficePolicy};
use schemas::{AppointmentTypeCode, BlockId, RuleId};
use serde::{Deserialize, Serialize};

use crate::BlockRequest;
use crate::answer::{AppointmentTypeAnswer, BlockAnswer, PolicyAnswer, RulesAnswer, answers};

/// What can be asked of the office.
#[derive(Debug, Clone, PartialEq)]
pub enum OfficeCommand {
    /// Set zone, language and policies.
    SetOfficePolicy {
        /// All of them, as they shall be.
        policy: OfficePolicy,
    },
    /// Define an appointment type, or define it anew.
    DefineAppointmentType {
        /// The whole type, as it shall be.
        appointment_type: AppointmentType,
    },
    /// Let a type no longer be booked.
    RetireAppointmentType {
        /// Which.
        code: AppointmentTypeCode,
    },
    /// Add hours for every agent that inherits the office's.
    AddOfficeRule {
        /// The hours.
        rule: AvailabilityRule,
    },
    /// Take hours away again.
    RemoveOfficeRule {
        /// Which.
        rule_id: RuleId,
    },
    /// Put these hours in the place of all others.
    ReplaceOfficeHours {
        /// The hours.
        rules: Vec<AvailabilityRule>,
    },
    /// Block time for every agent. Appointments in it stay, and show as conflicts.
    BlockOffice {
        /// Which time; a recurrence is read in the office's zone.
        block: BlockRequest,
    },
    /// Lift a block.
    UnblockOffice {
        /// Which.
        block_id: BlockId,
    },
}

impl OfficeCommand {
    /// What it is called in metrics and traces, such as `set_office_policy`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SetOfficePolicy { .. } => "set_office_policy",
            Self::DefineAppointmentType { .. } => "define_appointment_type",
            Self::RetireAppointmentType { .. } => "retire_appointment_type",
            Self::AddOfficeRule { .. } => "add_office_rule",
            Self::RemoveOfficeRule { .. } => "remove_office_rule",
            Self::ReplaceOfficeHours { .. } => "replace_office_hours",
            Self::BlockOffice { .. } => "block_office",
            Self::UnblockOffice { .. } => "unblock_office",
        }
    }
}

answers! {
    /// What an accepted command on the office answers, beside version and position.
    OfficeAnswer {
        AppointmentType(AppointmentTypeAnswer),
        Rules(RulesAnswer),
        Block(BlockAnswer),
        Policy(PolicyAnswer),
    }
}
