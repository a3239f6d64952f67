use schemas::{AgentId, AppointmentId, AppointmentTypeCode};
use thiserror::Error;

/// Why a question has no answer.
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
    /// The office has not been set up.
    #[error("the office has not been set up yet")]
    OfficeNotSet,
    /// Not a `next_cursor` of the same list in the same order.
    #[error("cursor must be a next_cursor of this list, asked for with the same sort")]
    BadCursor,
    /// What keeps the answers cannot be asked right now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The database that keeps the read model did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the read model's database: {reason}")]
pub struct Unavailable {
    /// What it or its client said, for the log.
    pub reason: String,
}

/// Why events could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProjectError {
    /// One does not follow from those before it; those are applied.
    #[error(transparent)]
    Misfit(#[from] ApplyError),
    /// They may be applied later: nothing says how many of them are.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// An event that does not follow from the events before it, or cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{event_type} at position {position}, revision {revision} of its stream: {reason}")]
pub struct ApplyError {
    /// Where it is in the log.
    pub position: u64,
    /// Its number in its stream.
    pub revision: u64,
    /// The name under which it is stored.
    pub event_type: &'static str,
    /// What does not fit.
    pub reason: Misfit,
}

/// What an event presupposes and is not so: the events before it did not say it, or it cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    /// The agent was never registered.
    #[error("agent {0} was not registered before it")]
    AgentNotRegistered(AgentId),
    /// The appointment was never booked.
    #[error("appointment {0} was not booked before it")]
    AppointmentNotBooked(AppointmentId),
    /// Two appointments of the agent overlap, and neither shares its slot: the alarm of the database.
    #[error("two appointments of the agent overlap, and neither shares its slot")]
    Overlap,
    /// The database has no room for a value in it, such as a date before its calendar begins. Says which of its rules that
    /// breaks, without the value.
    #[error("the database cannot keep a value in it: {0}")]
    NotKept(String),
}

/// The projection did not come as far as asked for in the time given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the read model is at position {position}, before {min_position}")]
pub struct Behind {
    /// How far it is.
    pub position: u64,
    /// How far it should be.
    pub min_position: u64,
}
