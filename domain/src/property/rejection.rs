use availability::{InvalidBlock, InvalidRule};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::AppointmentTypeCode;
use thiserror::Error;

use crate::Overlap;
use crate::visit_time::VisitRejection;

/// Why a command on a property is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PropertyRejection {
    /// Never registered.
    #[error("there is no such property")]
    UnknownProperty,
    /// Visit hours are for every type.
    #[error("visit hours are for every appointment type, so they must not name {0}")]
    HoursOfOneType(AppointmentTypeCode),
    /// The date has no hours of its own.
    #[error("the property has no hours of its own on that date")]
    ExceptionNotFound,
    /// No block has that id.
    #[error("the property has no such block")]
    BlockNotFound,
    /// The block does not begin on that date.
    #[error("the block has no occurrence on {0}")]
    OccurrenceNotFound(NaiveDate),
    /// Invalid hours.
    #[error("the rule is not valid")]
    InvalidRule(#[from] InvalidRule),
    /// An invalid block.
    #[error("the block is not valid")]
    InvalidBlock(#[from] InvalidBlock),
    /// Visits are in the time to be blocked.
    #[error("visits overlap the block; move them first, or keep them with on_overlap")]
    BlockOverlapsAppointments(Vec<Overlap>),
    /// The property has reached the limit for this kind of entry.
    #[error("the property has {max} {kind} already; remove some first")]
    CalendarFull {
        /// The kind of entry.
        kind: &'static str,
        /// The limit.
        max: usize,
    },
    /// Nobody is known to have the keys.
    #[error("no agent has the keys; name who brings them back")]
    KeysNotTaken,
    /// It is not known how to get in.
    #[error("the property has no access instructions")]
    NoAccessInstructions,
    /// The appointment is not a confirmed visit of the property.
    #[error("access instructions are for the agent of a confirmed visit of this property")]
    NotItsVisit,
    /// Its time is not to be had.
    #[error(transparent)]
    Visit(#[from] VisitRejection),
    /// The visit is not near, or over.
    #[error("access instructions are told from {from} until {until}")]
    NotNow {
        /// When they are told first.
        from: DateTime<Utc>,
        /// When they are told no more.
        until: DateTime<Utc>,
    },
}
