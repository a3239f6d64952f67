use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::value::{AgentProfile, AvailabilityRule, DateException, LeadContact};
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, Origin, Personal,
    PropertyId, RuleId,
};

use crate::BlockRequest;

/// What can be asked of an agent's calendar.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "the largest is the most frequent; a box would only add to it")]
pub enum AgentCommand {
    /// Register, or register again after a deactivation.
    RegisterAgent {
        /// Who.
        agent_id: AgentId,
        /// What is known of the agent.
        profile: AgentProfile,
    },
    /// Change what is known of the agent; registers an agent that is not registered.
    UpdateAgentProfile {
        /// Who.
        agent_id: AgentId,
        /// All of it, as it shall be.
        profile: AgentProfile,
    },
    /// Take no new appointments any more.
    DeactivateAgent {
        /// Go ahead although appointments lie ahead; they stay.
        keep_appointments: bool,
    },
    /// Add hours.
    AddAvailabilityRule {
        /// The hours.
        rule: AvailabilityRule,
    },
    /// Take hours away.
    RemoveAvailabilityRule {
        /// Which.
        rule_id: RuleId,
    },
    /// Put these hours in the place of all others.
    ReplaceWeeklyHours {
        /// The hours.
        rules: Vec<AvailabilityRule>,
    },
    /// Give one date hours of its own.
    SetDateException {
        /// The date and its hours.
        exception: DateException,
    },
    /// Give one date the weekly hours again.
    RemoveDateException {
        /// Which date.
        date: NaiveDate,
    },
    /// Take time out of the calendar.
    BlockTime {
        /// Which time; a recurrence is read in the agent's zone.
        block: BlockRequest,
        /// What to do about appointments in it.
        on_overlap: OnOverlap,
    },
    /// Lift a block.
    UnblockTime {
        /// Which.
        block_id: BlockId,
    },
    /// Set a slot aside for a lead.
    HoldSlot(HoldSlot),
    /// Give a hold back.
    ReleaseHold {
        /// Which.
        hold_id: HoldId,
    },
    /// Make an appointment.
    BookAppointment(BookAppointment),
    /// The lead says yes.
    ConfirmAppointment {
        /// Which appointment.
        appointment_id: AppointmentId,
    },
    /// Move an appointment; it keeps its id.
    RescheduleAppointment {
        /// Which appointment.
        appointment_id: AppointmentId,
        /// To when.
        start: DateTime<Utc>,
        /// The zone in which the new time was agreed on; none = the agent's.
        agreed_zone: Option<Tz>,
    },
    /// Let go of an appointment that has been booked with another agent.
    ReassignAppointment {
        /// Which appointment.
        appointment_id: AppointmentId,
        /// Who has it now.
        to_agent_id: AgentId,
    },
    /// Call an appointment off.
    CancelAppointment {
        /// Which appointment.
        appointment_id: AppointmentId,
        /// Why.
        reason: Option<String>,
    },
    /// It took place.
    CompleteAppointment {
        /// Which appointment.
        appointment_id: AppointmentId,
    },
    /// The lead did not come.
    MarkNoShow {
        /// Which appointment.
        appointment_id: AppointmentId,
    },
    /// An external calendar shows the agent busy.
    RecordExternalBusy {
        /// The calendar's name of it.
        busy_id: BusyId,
        /// Which calendar.
        source: String,
        /// From when.
        start: DateTime<Utc>,
        /// Until when.
        end: DateTime<Utc>,
    },
    /// An external calendar no longer shows that.
    RemoveExternalBusy {
        /// Which.
        busy_id: BusyId,
    },
}

impl AgentCommand {
    /// What it is called in metrics and traces, such as `book_appointment`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegisterAgent { .. } => "register_agent",
            Self::UpdateAgentProfile { .. } => "update_agent_profile",
            Self::DeactivateAgent { .. } => "deactivate_agent",
            Self::AddAvailabilityRule { .. } => "add_availability_rule",
            Self::RemoveAvailabilityRule { .. } => "remove_availability_rule",
            Self::ReplaceWeeklyHours { .. } => "replace_weekly_hours",
            Self::SetDateException { .. } => "set_date_exception",
            Self::RemoveDateException { .. } => "remove_date_exception",
            Self::BlockTime { .. } => "block_time",
            Self::UnblockTime { .. } => "unblock_time",
            Self::HoldSlot(_) => "hold_slot",
            Self::ReleaseHold { .. } => "release_hold",
            Self::BookAppointment(_) => "book_appointment",
            Self::ConfirmAppointment { .. } => "confirm_appointment",
            Self::RescheduleAppointment { .. } => "reschedule_appointment",
            Self::ReassignAppointment { .. } => "reassign_appointment",
            Self::CancelAppointment { .. } => "cancel_appointment",
            Self::CompleteAppointment { .. } => "complete_appointment",
            Self::MarkNoShow { .. } => "mark_no_show",
            Self::RecordExternalBusy { .. } => "record_external_busy",
            Self::RemoveExternalBusy { .. } => "remove_external_busy",
        }
    }

    /// The appointment that it changes, if it is about one that should exist already.
    pub const fn appointment_id(&self) -> Option<AppointmentId> {
        match self {
            Self::ConfirmAppointment { appointment_id }
            | Self::RescheduleAppointment { appointment_id, .. }
            | Self::ReassignAppointment { appointment_id, .. }
            | Self::CancelAppointment { appointment_id, .. }
            | Self::CompleteAppointment { appointment_id }
            | Self::MarkNoShow { appointment_id } => Some(*appointment_id),
            _ => None,
        }
    }
}

/// What to do about appointments that a new block overlaps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnOverlap {
    /// Refuse the block and list them.
    #[default]
    Refuse,
    /// Block the time and leave them: the calendar shows them as conflicts.
    Keep,
}

/// Set a slot aside for a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSlot {
    /// The id it gets.
    pub hold_id: HoldId,
    /// For whom.
    pub lead_id: LeadId,
    /// For what.
    pub appointment_type: AppointmentTypeCode,
    /// At which property.
    pub property_id: Option<PropertyId>,
    /// From when.
    pub start: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Make an appointment.
#[derive(Debug, Clone, PartialEq)]
pub struct BookAppointment {
    /// The id it gets.
    pub appointment_id: AppointmentId,
    /// With whom.
    pub lead_id: LeadId,
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// From when.
    pub start: DateTime<Utc>,
    /// The zone in which the time was agreed on; none = the agent's.
    pub agreed_zone: Option<Tz>,
    /// The hold to use up.
    pub hold_id: Option<HoldId>,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// Address or link.
    pub location: Option<Personal<String>>,
    /// For the agent to read.
    pub notes: Option<Personal<String>>,
    /// How to reach the lead.
    pub lead_contact: Option<Personal<LeadContact>>,
    /// The channel it came through.
    pub origin: Origin,
    /// The agent it is taken over from, and how often it has been moved so far.
    pub taken_over: Option<(AgentId, u32)>,
}
