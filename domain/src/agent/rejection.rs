use availability::{InvalidBlock, InvalidRule, OutOfReach, Reason, Slot};
use chrono::{DateTime, Utc};
use schemas::AppointmentId;
use schemas::value::AppointmentStatus;
use serde::Serialize;
use thiserror::Error;

/// Why an agent's calendar refuses a command.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AgentRejection {
    /// Never registered.
    #[error("there is no such agent")]
    UnknownAgent,
    /// Registered already.
    #[error("the agent is registered already")]
    AgentExists,
    /// Deactivated.
    #[error("the agent takes no appointments; register the agent again first")]
    AgentInactive,
    /// A deactivation would strand these.
    #[error("{} appointments lie ahead; move them, or send keep_appointments", .0.len())]
    AgentHasUpcomingAppointments(Vec<Overlap>),
    /// Not one of the office's.
    #[error("the office has no such appointment type")]
    UnknownAppointmentType,
    /// Never in this calendar.
    #[error("there is no such appointment")]
    AppointmentNotFound,
    /// Not among the rules.
    #[error("there is no such availability rule")]
    RuleNotFound,
    /// That date has none.
    #[error("that date has no exception")]
    ExceptionNotFound,
    /// Not among the blocks.
    #[error("there is no such block")]
    BlockNotFound,
    /// Not among the external busy times.
    #[error("there is no such external busy time")]
    ExternalBusyNotFound,
    /// Hours that make no sense.
    #[error("the rule is not valid")]
    InvalidRule(#[from] InvalidRule),
    /// A block that makes no sense.
    #[error("the block is not valid")]
    InvalidBlock(#[from] InvalidBlock),
    /// Busy time that is none.
    #[error("end must be after start")]
    EndsBeforeStart,
    /// Busy time that no calendar reaches.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// A block may not hide appointments.
    #[error("{} appointments overlap the block; move them, or send on_overlap: keep", .0.len())]
    BlockOverlapsAppointments(Vec<Overlap>),
    /// Cannot be booked.
    #[error("the slot is not available: {reason}")]
    SlotUnavailable {
        /// The first rule that speaks against it.
        reason: Reason,
        /// Up to three free slots of the same agent and type, nearest first.
        alternatives: Vec<Slot>,
    },
    /// Expired, released or used up.
    #[error("the hold has expired, was released or was used")]
    HoldExpired,
    /// The hold is another lead's.
    #[error("the hold belongs to another lead")]
    HoldOfAnotherLead,
    /// The hold is on another slot.
    #[error("the hold is on another slot")]
    HoldOfAnotherSlot,
    /// Too many live holds.
    #[error("the lead has {max} live holds with this agent, as many as the office allows")]
    HoldLimit {
        /// The office's limit.
        max: u16,
    },
    /// Not from where it stands.
    #[error("an appointment that is {status} cannot be {wanted}")]
    InvalidTransition {
        /// Where it stands.
        status: AppointmentStatus,
        /// What was asked for.
        wanted: &'static str,
    },
    /// Not before its start.
    #[error("the appointment starts at {start}; only then can it be {wanted}")]
    NotStarted {
        /// When it starts.
        start: DateTime<Utc>,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The calendar holds as many of that kind as one should.
    #[error("the calendar has {max} {kind} already; remove some first")]
    CalendarFull {
        /// Of what.
        kind: &'static str,
        /// The most there may be.
        max: usize,
    },
}

impl AgentRejection {
    /// Whether news of the office could turn it into an acceptance.
    pub const fn rests_on_office(&self) -> bool {
        matches!(self, Self::SlotUnavailable { .. } | Self::UnknownAppointmentType | Self::HoldLimit { .. })
    }
}

/// An appointment that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// Which.
    pub appointment_id: AppointmentId,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
}
