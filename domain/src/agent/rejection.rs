use availability::{Interval, InvalidBlock, InvalidRule, OutOfRange, Reason, Slot};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, PropertyId, ReservationId};
use std::fmt;
use thiserror::Error;

use super::NeededTime;

/// Why an agent's calendar refuses a command.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AgentRejection {
    /// Never registered.
    #[error("there is no such agent")]
    UnknownAgent,
    /// Already registered.
    #[error("the agent is registered already")]
    AgentExists,
    /// Deactivated.
    #[error("the agent takes no appointments; register the agent again first")]
    AgentInactive,
    /// A deactivation would leave these appointments behind.
    #[error("the agent has {} upcoming appointments; move them, or send keep_appointments", .0.len())]
    AgentHasUpcomingAppointments(Vec<Overlap>),
    /// Not a type that the office has in use.
    #[error("the office has no appointment type {0}")]
    UnknownAppointmentType(AppointmentTypeCode),
    /// Not in this calendar.
    #[error("there is no such appointment")]
    AppointmentNotFound,
    /// No rule has that id.
    #[error("there is no such availability rule")]
    RuleNotFound,
    /// That date has none.
    #[error("that date has no exception")]
    ExceptionNotFound,
    /// No block has that id.
    #[error("there is no such block")]
    BlockNotFound,
    /// The block does not begin on that date.
    #[error("the block has no occurrence on {0}")]
    OccurrenceNotFound(NaiveDate),
    /// No external busy time has that id.
    #[error("there is no such external busy time")]
    ExternalBusyNotFound,
    /// Invalid hours.
    #[error("the rule is not valid")]
    InvalidRule(#[from] InvalidRule),
    /// An invalid block.
    #[error("the block is not valid")]
    InvalidBlock(#[from] InvalidBlock),
    /// Busy time that ends at or before its start.
    #[error("end must be after start")]
    EndsBeforeStart,
    /// Busy time outside the supported range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// Appointments overlap the block.
    #[error("{} appointments overlap the block; move them, or send on_overlap: keep", .0.len())]
    BlockOverlapsAppointments(Vec<Overlap>),
    /// The lead has another appointment with the agent at that time.
    #[error("the lead has an appointment at that time already; move or cancel that one instead")]
    LeadHasAppointment(Overlap),
    /// The lead has an appointment of the same type for the same property, at another time.
    #[error("the lead has such an appointment for this property already; move or cancel that one instead")]
    AlreadyScheduled(Overlap),
    /// The slot cannot be booked.
    #[error("the slot is not available: {reason}")]
    SlotUnavailable {
        /// The first reason against it.
        reason: Reason,
        /// What was asked for.
        requested: Box<RequestedSlot>,
        /// Up to three free slots of the same agent and type, nearest first.
        alternatives: Vec<Slot>,
    },
    /// Expired, released or used up.
    #[error("the hold has expired, was released or used, or a later one took its place")]
    HoldExpired,
    /// Another lead's, whose holds are nobody else's business: as if there were none.
    #[error("there is no hold {0}, or not any more")]
    HoldNotFound(HoldId),
    /// The hold is on another slot.
    #[error("the hold is on another slot")]
    HoldOfAnotherSlot,
    /// Too many live holds.
    #[error("the lead has {max} live holds with this agent, as many as the office allows")]
    HoldLimit {
        /// The office's limit.
        max: u16,
    },
    /// Not possible from the appointment's status.
    #[error("an appointment that is {status} cannot be {wanted}{instead}")]
    InvalidTransition {
        /// The status.
        status: AppointmentStatus,
        /// The requested change.
        wanted: &'static str,
        /// What can be done about it.
        instead: Instead,
    },
    /// Not possible before the appointment's start.
    #[error("the appointment has not started; only then can it be {wanted}")]
    NotStarted {
        /// When it starts.
        start: DateTime<Utc>,
        /// The zone it was agreed in.
        time_zone: Tz,
        /// The requested change.
        wanted: &'static str,
    },
    /// Not possible once the appointment's time has come.
    #[error("the appointment's time has come; only before that can it be {wanted}")]
    Over {
        /// When it was to start.
        start: DateTime<Utc>,
        /// The zone it was agreed in.
        time_zone: Tz,
        /// The requested change.
        wanted: &'static str,
    },
    /// Not possible so long after it was released.
    #[error(
        "the appointment was released because it was not confirmed, too long ago to reinstate it; book it anew"
    )]
    ReleasedForGood {
        /// Until when it was possible.
        until: DateTime<Utc>,
        /// The zone it was agreed in.
        time_zone: Tz,
    },
    /// The hand-over needs this time reserved with the other agent first.
    #[error("the time has to be reserved with the other agent first")]
    NeedsReservation(Box<NeededTime>),
    /// The attempt at a hand-over has been overtaken: another one has to be made.
    #[error("the appointment is being changed by others as well")]
    AttemptOver,
    /// Reservations are in the way whose decisions have to be found out first.
    #[error("{otherwise}")]
    NeedsSettling {
        /// The reservations.
        in_the_way: Vec<InTheWay>,
        /// The refusal, if they stand.
        otherwise: Box<AgentRejection>,
    },
    /// The calendar has reached the limit for this kind of entry.
    #[error("the calendar has {max} {kind} already; remove some first")]
    CalendarFull {
        /// The kind of entry.
        kind: &'static str,
        /// The limit.
        max: usize,
    },
}

impl AgentRejection {
    /// Whether a newer state of the office could turn it into an acceptance.
    pub const fn depends_on_office(&self) -> bool {
        match self {
            Self::SlotUnavailable { .. }
            | Self::LeadHasAppointment(_)
            | Self::UnknownAppointmentType(_)
            | Self::HoldLimit { .. } => true,
            Self::NeedsSettling { otherwise, .. } => otherwise.depends_on_office(),
            _ => false,
        }
    }
}

/// A slot that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedSlot {
    /// The agent who was asked.
    pub agent_id: AgentId,
    /// The appointment type.
    pub appointment_type: AppointmentTypeCode,
    /// When it would be.
    pub interval: Interval,
    /// The property of the appointment.
    pub property_id: Option<PropertyId>,
    /// The lead.
    pub lead_id: Option<LeadId>,
    /// The appointment that would move there.
    pub moving: Option<AppointmentId>,
    /// The agent's zone.
    pub time_zone: Tz,
    /// The last date that the type can be booked on, if it is after that.
    pub last_date: Option<NaiveDate>,
    /// What the office says of the block that it lies in, such as the name of a holiday.
    pub block_reason: Option<String>,
}

/// What can be done where the status of an appointment does not allow a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// Nothing.
    Nothing,
    /// What was recorded of it can be corrected.
    CorrectOutcome,
    /// Its cancellation can be taken back.
    Reinstate {
        /// Until then.
        until: DateTime<Utc>,
    },
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::CorrectOutcome => f.write_str("; correct its outcome instead"),
            Self::Reinstate { until } => write!(f, "; reinstate it first, which is possible until {until}"),
        }
    }
}

/// An appointment that prevents a block, a deactivation, or another appointment of its lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The zone it was agreed in; of time reserved for another agent's appointment, the agent's own.
    pub time_zone: Tz,
}

/// A reservation that is in the way of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// The appointment it is for.
    pub appointment_id: AppointmentId,
    /// The stream on which it is decided.
    pub deciding_stream: String,
    /// From then on, whoever wants what it takes may have it decided.
    pub expires_at: DateTime<Utc>,
}
