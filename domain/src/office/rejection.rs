use availability::{InvalidBlock, InvalidRule, InvalidType};
use chrono::NaiveDate;
use schemas::AppointmentTypeCode;
use thiserror::Error;

/// Why the office refuses a command.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OfficeRejection {
    /// Not a type that the office has in use.
    #[error("the office has no appointment type {0}")]
    UnknownAppointmentType(AppointmentTypeCode),
    /// No rule has that id.
    #[error("there is no such office rule")]
    RuleNotFound,
    /// No block has that id.
    #[error("there is no such office block")]
    BlockNotFound,
    /// The block does not begin on that date.
    #[error("the office block has no occurrence on {0}")]
    OccurrenceNotFound(NaiveDate),
    /// An invalid appointment type.
    #[error("the appointment type is not valid")]
    InvalidType(#[from] InvalidType),
    /// Invalid hours.
    #[error("the rule is not valid")]
    InvalidRule(#[from] InvalidRule),
    /// An invalid block.
    #[error("the block is not valid")]
    InvalidBlock(#[from] InvalidBlock),
    /// The office has reached the limit for this kind of entry.
    #[error("the office has {max} {kind} already; remove some first")]
    CalendarFull {
        /// The kind of entry.
        kind: &'static str,
        /// The limit.
        max: usize,
    },
}
