//! The commands on an agent.

use chrono::{DateTime, NaiveDate, Utc};
use schemas::value::{
    AgentProfile, AvailabilityRule, DateException, KeptTime, NoShowBy, Outcome, RequestedBy,
};
use schemas::{AgentId, AppointmentId, BlockId, BusyId, CommandId, HoldId, ReservationId, RuleId};

use super::request::{
    BookAppointment, DetailsChange, HoldSlot, ProfileChange, ReceiveAppointment, RescheduleAppointment,
    ReserveTime,
};
use crate::{BlockRequest, BlockedTime};

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
    /// Change a block.
    ChangeBlock {
        /// The block as it is from now on. Occurrences that were left out or moved stay so.
        block: BlockRequest,
        /// What to do about appointments that it did not overlap before.
        on_overlap: OnOverlap,
    },
    /// Remove a block.
    UnblockTime {
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
        /// What to do about appointments that the block did not overlap before.
        on_overlap: OnOverlap,
    },
    /// Leave out one occurrence of a recurring block.
    SkipOccurrence {
        /// The block.
        block_id: BlockId,
        /// The date on which the occurrence begins by the recurrence.
        date: NaiveDate,
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
    /// Keep the wall-clock time or the instant of an appointment whose zone has other rules than when it was agreed on.
    SettleConflict {
        /// The appointment.
        appointment_id: AppointmentId,
        /// What it keeps.
        keep: KeptTime,
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
            Self::ChangeBlock { .. } => "change_block",
            Self::UnblockTime { .. } => "unblock_time",
            Self::MoveOccurrence { .. } => "move_occurrence",
            Self::SkipOccurrence { .. } => "skip_occurrence",
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
            Self::SettleConflict { .. } => "settle_conflict",
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
            | Self::SettleConflict { appointment_id, .. }
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
