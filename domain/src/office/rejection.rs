use availability::{InvalidBlock, InvalidRule, InvalidType};
use thiserror::Error;

/// Why the office refuses a command.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OfficeRejection {
    /// Not one of the office's.
    #[error("the office has no such appointment type")]
    UnknownAppointmentType,
    /// Not among the rules.
    #[error("there is no such office rule")]
    RuleNotFound,
    /// Not among the blocks.
    #[error("there is no such office block")]
    BlockNotFound,
    /// A type that makes no sense.
    #[error("the appointment type is not valid")]
    InvalidType(#[from] InvalidType),
    /// Hours that make no sense.
    #[error("the rule is not valid")]
    InvalidRule(#[from] InvalidRule),
    /// A block that makes no sense.
    #[error("the block is not valid")]
    InvalidBlock(#[from] InvalidBlock),
    /// The office has as many of that kind as it should.
    #[error("the office has {max} {kind} already; remove some first")]
    CalendarFull {
        /// Of what.
        kind: &'static str,
        /// The most there may be.
        max: usize,
    },
}
