use schemas::value::{AppointmentStatus, PartOfDay};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, BlockId, HoldId, LeadId, MoveId};
use thiserror::Error;

/// Why a query fails.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// No such agent.
    #[error("there is no agent {0}")]
    UnknownAgent(AgentId),
    /// No such type, or a retired one.
    #[error("there is no appointment type {0}")]
    UnknownAppointmentType(AppointmentTypeCode),
    /// No such appointment.
    #[error("there is no appointment {0}")]
    AppointmentNotFound(AppointmentId),
    /// It can change no more.
    #[error("appointment {0} is {1}: it cannot be moved")]
    NotMovable(AppointmentId, AppointmentStatus),
    /// The appointment to be moved is of another type than the one named: of this one.
    #[error("the appointment is of type {0}: leave appointment_type out or correct it")]
    OtherType(AppointmentTypeCode),
    /// No live hold of this id.
    #[error("there is no hold {0}, or not any more")]
    HoldNotFound(HoldId),
    /// The agent has no block of this id.
    #[error("agent {0} has no block {1}")]
    BlockNotFound(AgentId, BlockId),
    /// The office has no block of this id.
    #[error("the office has no block {0}")]
    OfficeBlockNotFound(BlockId),
    /// No such bulk move.
    #[error("there is no bulk move {0}")]
    MoveNotFound(MoveId),
    /// It was never registered and never booked.
    #[error("there is no lead {0}")]
    LeadNotFound(LeadId),
    /// The office has not been set up.
    #[error("the office has not been set up yet")]
    OfficeNotSet,
    /// The answer would take more work than one may.
    #[error("the answer would take too much work: shorten the range, or name fewer agents")]
    TooCostly,
    /// A summary would have more groups than one may.
    #[error("the summary would have more than {0} groups: shorten the range, or count by less")]
    TooManyGroups(usize),
    /// Too many other costly queries are being answered.
    #[error("too many other costly queries are being answered")]
    Busy,
    /// Nobody waits for the answer any more.
    #[error("nobody waits for the answer any more")]
    Abandoned,
    /// The office does not have this part of the day.
    #[error("the office has no {part}; its parts of the day are: {known}")]
    UnknownPartOfDay {
        /// The part.
        part: PartOfDay,
        /// Those that it has.
        known: String,
    },
    /// Not a `next_cursor` of the same list in the same order.
    #[error("cursor must be a next_cursor of this list with the same sort")]
    BadCursor,
    /// The read model's database is unavailable.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The read model's database failed or could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the read model's database: {reason}")]
pub struct Unavailable {
    /// The error message of the database or its client, for the log.
    pub reason: String,
}

/// Why events could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProjectError {
    /// An event does not follow from the events before it; those are applied.
    #[error(transparent)]
    ApplyErrorReason(#[from] ApplyError),
    /// How many of the events were applied is unknown; they may be sent again.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// An event that does not follow from the events before it, or cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{event_type} at position {position}, revision {revision} of its stream: {reason}")]
pub struct ApplyError {
    /// Its position in the log.
    pub position: u64,
    /// Its revision in its stream.
    pub revision: u64,
    /// The name under which it is stored.
    pub event_type: &'static str,
    /// Why it cannot be applied.
    pub reason: ApplyErrorReason,
}

/// Why an event cannot be applied: it contradicts the events before it, or the database cannot store it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApplyErrorReason {
    /// The agent was never registered.
    #[error("agent {0} was not registered before it")]
    AgentNotRegistered(AgentId),
    /// The appointment was never booked.
    #[error("appointment {0} was not booked before it")]
    AppointmentNotBooked(AppointmentId),
    /// The bulk move was never started.
    #[error("bulk move {0} was not started before it")]
    MoveNotStarted(MoveId),
    /// Two appointments of the agent overlap, and neither shares its slot: the database's exclusion constraint is
    /// violated.
    #[error("two appointments of the agent overlap, and neither shares its slot")]
    Overlap,
    /// The database cannot store one of its values, such as a date before its calendar begins. Names the rule that is
    /// broken, without the value.
    #[error("the database cannot store one of its values: {0}")]
    NotKept(String),
}

/// The read model did not reach the required position in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the read model is at position {position}, before {min_position}")]
pub struct Behind {
    /// The read model's position.
    pub position: u64,
    /// The required position.
    pub min_position: u64,
}
