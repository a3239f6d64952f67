//! The commands on an agent.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::event::AppointmentHandedOver;
use schemas::value::{
    AgentProfile, AppointmentReceipt, AvailabilityRule, DateException, ForcedRule, LeadContact, NoShowBy,
    Outcome, RequestedBy,
};
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, CommandId, HoldId, LeadId, Origin,
    Personal, PropertyId, ReservationId, RuleId,
};

use super::{NeededTime, ReservedTime};
use crate::BlockRequest;
use crate::reservation::Attempt;

/// The commands on an agent and the agent's calendar.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentCommand {
    /// Register, or register again after a deactivation.
    RegisterAgent {
        /// The agent.
        agent_id: AgentId,
        /// The profile.
        profile: AgentProfile,
    },
    /// Change the profile; registers an agent that is not registered.
    UpdateAgentProfile {
        /// The agent.
        agent_id: AgentId,
        /// The complete new profile.
        profile: AgentProfile,
    },
    /// Change members of the profile.
    ChangeAgentProfile {
        /// What changes.
        change: ProfileChange,
    },
    /// Stop taking new appointments.
    DeactivateAgent {
        /// Deactivate despite upcoming appointments, which stay.
        keep_appointments: bool,
    },
    /// Add hours.
    AddAvailabilityRule {
        /// The hours.
        rule: AvailabilityRule,
    },
    /// Remove hours.
    RemoveAvailabilityRule {
        /// The hours.
        rule_id: RuleId,
    },
    /// Replace all hours.
    ReplaceWeeklyHours {
        /// The new hours.
        rules: Vec<AvailabilityRule>,
    },
    /// Give one date hours of its own.
    SetDateException {
        /// The date and its hours.
        exception: DateException,
    },
    /// Remove the exception of one date.
    RemoveDateException {
        /// The date.
        date: NaiveDate,
    },
    /// Block time.
    BlockTime {
        /// The block; a recurrence is read in the agent's zone.
        block: BlockRequest,
        /// What to do about appointments in it.
        on_overlap: OnOverlap,
    },
    /// Remove a block.
    UnblockTime {
        /// The block.
        block_id: BlockId,
    },
    /// Hold a slot for a lead.
    HoldSlot(HoldSlot),
    /// Release a hold.
    ReleaseHold {
        /// The hold.
        hold_id: HoldId,
    },
    /// Make an appointment.
    BookAppointment(BookAppointment),
    /// The lead confirms an appointment.
    ConfirmAppointment {
        /// The appointment.
        appointment_id: AppointmentId,
    },
    /// Move an appointment to another time, length or agent; it keeps its id.
    RescheduleAppointment(RescheduleAppointment),
    /// Reserve time for an appointment that is another agent's.
    ReserveTime(ReserveTime),
    /// Take over an appointment that was handed over.
    ReceiveAppointment(Box<ReceiveAppointment>),
    /// Give up reserved time.
    ReleaseReservation {
        /// The reservation.
        reservation_id: ReservationId,
    },
    /// Rule out a decision that needs this reservation, unless it was made.
    FenceReservation {
        /// The reservation.
        reservation_id: ReservationId,
        /// The stream it is on.
        reserved_on: String,
        /// For a claim: the command that is claimed.
        of_command: Option<CommandId>,
    },
    /// Cancel an appointment.
    CancelAppointment {
        /// The appointment.
        appointment_id: AppointmentId,
        /// The reason.
        reason: Option<String>,
        /// On whose wish.
        requested_by: Option<RequestedBy>,
    },
    /// Take back the cancellation of an appointment.
    ReinstateAppointment {
        /// The appointment.
        appointment_id: AppointmentId,
        /// The reason.
        reason: Option<String>,
        /// On whose wish.
        requested_by: Option<RequestedBy>,
    },
    /// Change what is noted about an appointment, or the property it is about.
    ChangeAppointmentDetails {
        /// The appointment.
        appointment_id: AppointmentId,
        /// What changes.
        change: Box<DetailsChange>,
    },
    /// Cancel an appointment that the lead has not confirmed in time. Citas itself sends it; it does nothing to one that need
    /// not be released, or not yet.
    ReleaseUnconfirmed {
        /// The appointment.
        appointment_id: AppointmentId,
    },
    /// An appointment took place.
    CompleteAppointment {
        /// The appointment.
        appointment_id: AppointmentId,
    },
    /// Somebody did not come.
    MarkNoShow {
        /// The appointment.
        appointment_id: AppointmentId,
        /// Who.
        by: NoShowBy,
    },
    /// Record what became of an appointment, whatever was recorded before.
    CorrectOutcome {
        /// The appointment.
        appointment_id: AppointmentId,
        /// What became of it.
        outcome: Outcome,
        /// Who did not come, if somebody did not.
        by: NoShowBy,
    },
    /// An external calendar shows the agent busy.
    RecordExternalBusy {
        /// Its id in the external calendar.
        busy_id: BusyId,
        /// The external calendar.
        source: String,
        /// When it starts.
        start: DateTime<Utc>,
        /// When it ends.
        end: DateTime<Utc>,
    },
    /// An external calendar no longer shows that busy time.
    RemoveExternalBusy {
        /// The busy time.
        busy_id: BusyId,
    },
}

impl AgentCommand {
    /// Its name in metrics and traces, such as `book_appointment`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegisterAgent { .. } => "register_agent",
            Self::UpdateAgentProfile { .. } => "update_agent_profile",
            Self::ChangeAgentProfile { .. } => "change_agent_profile",
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
            Self::RescheduleAppointment(asked) if asked.is_reassignment() => "reassign_appointment",
            Self::RescheduleAppointment(_) => "reschedule_appointment",
            Self::ReserveTime(_) => "reserve_time",
            Self::ReceiveAppointment(_) => "receive_appointment",
            Self::ReleaseReservation { .. } => "release_reservation",
            Self::FenceReservation { .. } => "fence_reservation",
            Self::CancelAppointment { .. } => "cancel_appointment",
            Self::ReinstateAppointment { .. } => "reinstate_appointment",
            Self::ChangeAppointmentDetails { .. } => "change_appointment_details",
            Self::ReleaseUnconfirmed { .. } => "release_unconfirmed",
            Self::CompleteAppointment { .. } => "complete_appointment",
            Self::MarkNoShow { .. } => "mark_no_show",
            Self::CorrectOutcome { .. } => "correct_outcome",
            Self::RecordExternalBusy { .. } => "record_external_busy",
            Self::RemoveExternalBusy { .. } => "remove_external_busy",
        }
    }

    /// The appointment that it changes, for commands on an existing one.
    pub const fn appointment_id(&self) -> Option<AppointmentId> {
        match self {
            Self::ConfirmAppointment { appointment_id }
            | Self::RescheduleAppointment(RescheduleAppointment { appointment_id, .. })
            | Self::CancelAppointment { appointment_id, .. }
            | Self::ReinstateAppointment { appointment_id, .. }
            | Self::ChangeAppointmentDetails { appointment_id, .. }
            | Self::ReleaseUnconfirmed { appointment_id }
            | Self::CompleteAppointment { appointment_id }
            | Self::MarkNoShow { appointment_id, .. }
            | Self::CorrectOutcome { appointment_id, .. } => Some(*appointment_id),
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

/// What changes of a profile; members that are none stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new name.
    pub name: Option<String>,
    /// The new zone.
    pub time_zone: Option<Tz>,
    /// The new address, or that there is none.
    pub email: Option<Contact>,
    /// The new number, or that there is none.
    pub phone: Option<Contact>,
    /// The new room for video calls, or that there is none.
    pub meeting_room_url: Option<Contact>,
    /// Whether the office's hours are the agent's too.
    pub inherits_office_hours: Option<bool>,
}

/// How an agent can be reached from now on; none = not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(pub Option<String>);

/// What changes of an appointment's details; members that are none stay as they are, an inner none takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailsChange {
    /// The property it is about.
    pub property_id: Option<Option<PropertyId>>,
    /// Address or link.
    pub location: Option<Option<String>>,
    /// For the agent to read.
    pub notes: Option<Option<String>>,
    /// How to reach the lead.
    pub lead_contact: Option<Option<LeadContact>>,
}

/// Hold a slot for a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSlot {
    /// The id of the new hold.
    pub hold_id: HoldId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

/// Move an appointment; what is none stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescheduleAppointment {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The new start.
    pub start: Option<DateTime<Utc>>,
    /// The new length, at least 1.
    pub duration_minutes: Option<u16>,
    /// The agent who gets it.
    pub to_agent_id: Option<AgentId>,
    /// The time that is reserved with that agent; none = ask what has to be reserved.
    pub reserved: Option<Reserved>,
    /// The zone in which the new time was agreed on; none = that of the time before.
    pub agreed_zone: Option<Tz>,
    /// Whether a confirmed appointment stays confirmed at a new time.
    pub keep_confirmed: bool,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
    /// Why.
    pub reason: Option<String>,
    /// On whose wish.
    pub requested_by: Option<RequestedBy>,
}

impl RescheduleAppointment {
    /// A move that changes nothing yet.
    pub const fn of(appointment_id: AppointmentId) -> Self {
        Self {
            appointment_id,
            start: None,
            duration_minutes: None,
            to_agent_id: None,
            reserved: None,
            agreed_zone: None,
            keep_confirmed: false,
            force: Vec::new(),
            reason: None,
            requested_by: None,
        }
    }

    /// Whether it changes the agent alone.
    pub const fn is_reassignment(&self) -> bool {
        self.to_agent_id.is_some() && self.start.is_none() && self.duration_minutes.is_none()
    }
}

/// Time that was reserved with another agent, for one attempt at a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The attempt.
    pub attempt: Attempt,
    /// The time.
    pub time: ReservedTime,
}

/// Reserve time for an appointment that is another agent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveTime {
    /// The id of the new reservation.
    pub reservation_id: ReservationId,
    /// The stream on which it is decided.
    pub deciding_stream: String,
    /// From then on, others may have it decided.
    pub expires_at: DateTime<Utc>,
    /// What it takes.
    pub needed: NeededTime,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
}

/// Take over an appointment that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiveAppointment {
    /// The agent who handed it over.
    pub from_agent_id: AgentId,
    /// The decision.
    pub handed_over: AppointmentHandedOver,
    /// The command that the decision was on, with its answer.
    pub receipt: AppointmentReceipt,
    /// Whether that command may be sent again, and so has to be remembered.
    pub may_repeat: bool,
}

/// Make an appointment.
#[derive(Debug, Clone, PartialEq)]
pub struct BookAppointment {
    /// The id of the new appointment.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts.
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
    /// Whether it is confirmed at once.
    pub confirm: bool,
    /// The claim by which it goes to this agent, if it named none.
    pub claim: Option<Attempt>,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
    /// Whether a refusal offers other slots; finding them takes longer than the decision.
    pub offers_alternatives: bool,
}
