//! Refusals and failures as problem documents.

use std::error::Error;

use availability::InvalidBlock;
use domain::{AgentRejection, BulkMoveRejection, ClaimRejection, LeadRejection, OfficeRejection, Refusal};
use operation::{Code, Problem, error_chain};
use schemas::value::AppointmentStatus;

use crate::failure::Failure;

/// A rejection as a problem document: its code and the members that belong to it.
pub(crate) trait Rejection: Error + 'static {
    fn code(&self) -> Code;
    fn members(&self, problem: Problem) -> Problem;
}

impl Rejection for AgentRejection {
    fn code(&self) -> Code {
        match self {
            Self::UnknownAgent => Code::UnknownAgent,
            Self::AgentExists => Code::AgentExists,
            Self::AgentInactive => Code::AgentInactive,
            Self::AgentHasUpcomingAppointments(_) => Code::AgentHasUpcomingAppointments,
            Self::UnknownAppointmentType(_) => Code::UnknownAppointmentType,
            Self::AppointmentNotFound => Code::AppointmentNotFound,
            Self::RuleNotFound => Code::RuleNotFound,
            Self::ExceptionNotFound => Code::ExceptionNotFound,
            Self::BlockNotFound | Self::OccurrenceNotFound(_) => Code::BlockNotFound,
            Self::ExternalBusyNotFound => Code::NotFound,
            Self::InvalidRule(_) => Code::InvalidRule,
            Self::InvalidBlock(_) | Self::EndsBeforeStart | Self::OutOfRange(_) => Code::MalformedRequest,
            Self::BlockOverlapsAppointments(_) => Code::BlockOverlapsAppointments,
            Self::LeadHasAppointment(_) => Code::LeadHasAppointment,
            Self::AlreadyScheduled(_) => Code::AlreadyScheduled,
            Self::SlotUnavailable { .. } => Code::SlotUnavailable,
            Self::HoldNotFound(_) => Code::HoldNotFound,
            Self::HoldExpired | Self::HoldOfAnotherSlot => Code::HoldExpired,
            Self::HoldLimit { .. } => Code::HoldLimit,
            Self::InvalidTransition { .. } | Self::Over { .. } | Self::ReleasedForGood { .. } => {
                Code::InvalidTransition
            }
            Self::NotStarted { .. } => Code::NotStarted,
            Self::CalendarFull { .. } => Code::CalendarFull,
            // Its sender settles it, and tries again.
            Self::NeedsSettling { otherwise, .. } => otherwise.code(),
            Self::NeedsReservation(_) | Self::AttemptOver => Code::Overloaded,
        }
    }

    fn members(&self, problem: Problem) -> Problem {
        match self {
            Self::NeedsSettling { otherwise, .. } => otherwise.members(problem),
            // Times and alternatives are added in `agent_refusal.rs`.
            Self::SlotUnavailable { reason, .. } => problem.with("reason", reason),
            Self::InvalidTransition { status, .. } => problem.with("appointment_status", status),
            Self::Over { .. } | Self::ReleasedForGood { .. } => {
                problem.with("appointment_status", AppointmentStatus::Cancelled)
            }
            Self::HoldLimit { max } => problem.with("max", max),
            Self::UnknownAppointmentType(code) => problem.with("appointment_type", code),
            Self::InvalidBlock(error) => problem.with("field", field(error)),
            Self::OccurrenceNotFound(date) => problem.with("date", date),
            Self::CalendarFull { max, .. } => problem.with("max", max),
            _ => problem,
        }
    }
}

impl Rejection for ClaimRejection {
    fn code(&self) -> Code {
        match self {
            Self::Closed => Code::Overloaded,
            Self::OtherContent => Code::IdempotencyMismatch,
        }
    }

    fn members(&self, problem: Problem) -> Problem {
        match self {
            Self::Closed => problem,
            Self::OtherContent => idempotency_mismatch(),
        }
    }
}

impl Rejection for BulkMoveRejection {
    fn code(&self) -> Code {
        match self {
            Self::MoveNotFound => Code::MoveNotFound,
            // Only Citas itself records what came of a visit.
            Self::VisitNotFound(_) => Code::Internal,
        }
    }

    fn members(&self, problem: Problem) -> Problem {
        problem
    }
}

impl Rejection for LeadRejection {
    fn code(&self) -> Code {
        match self {
            Self::SaidInTheFuture => Code::MalformedRequest,
        }
    }

    fn members(&self, problem: Problem) -> Problem {
        match self {
            Self::SaidInTheFuture => problem.with("field", "at"),
        }
    }
}

impl Rejection for OfficeRejection {
    fn code(&self) -> Code {
        match self {
            Self::UnknownAppointmentType(_) => Code::UnknownAppointmentType,
            Self::RuleNotFound => Code::RuleNotFound,
            Self::BlockNotFound | Self::OccurrenceNotFound(_) => Code::BlockNotFound,
            Self::InvalidType(_) => Code::InvalidType,
            Self::InvalidRule(_) => Code::InvalidRule,
            Self::InvalidBlock(_) => Code::MalformedRequest,
            Self::CalendarFull { .. } => Code::CalendarFull,
        }
    }

    fn members(&self, problem: Problem) -> Problem {
        match self {
            Self::CalendarFull { max, .. } => problem.with("max", max),
            Self::UnknownAppointmentType(code) => problem.with("appointment_type", code),
            Self::InvalidBlock(error) => problem.with("field", field(error)),
            Self::OccurrenceNotFound(date) => problem.with("date", date),
            _ => problem,
        }
    }
}

/// The member of a block that is wrong.
const fn field(error: &InvalidBlock) -> &'static str {
    match error {
        InvalidBlock::Empty | InvalidBlock::Length => "end",
        // Start or end: which of them is found out where the request is read.
        InvalidBlock::OutOfRange(_) | InvalidBlock::OtherKind => "start",
        InvalidBlock::OverlapsItself | InvalidBlock::Recurrence(_) => "recurrence",
    }
}

impl<R: Rejection> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refused(&refusal),
            Failure::Overloaded => Self::new(
                Code::Overloaded,
                "Too many commands wait for this calendar; nothing was done. Send it again in a moment.",
            ),
            Failure::Stopping => {
                Self::new(Code::NotReady, "The service is stopping; nothing was done. Send it again.")
            }
            Failure::StoreUnavailable => Self::new(
                Code::StoreUnavailable,
                "The event store cannot be reached; nothing was done. Send it again in a moment.",
            ),
            Failure::StorageFull => Self::new(
                Code::StorageFull,
                "The disk of the event store is full; nothing was done. Send it again once the operator has freed space.",
            ),
            Failure::OutcomeUnknown => Self::new(
                Code::OutcomeUnknown,
                "The event store did not say whether it was done. Send it again with the same Idempotency-Key: \
                 it is done at most once.",
            ),
            Failure::BrokenDown => Self::new(
                Code::Internal,
                "The command failed by a defect; the log of the service has the details. It may have been done: \
                 send it again with the same Idempotency-Key to find out.",
            ),
            Failure::Broken => {
                Self::new(Code::Internal, "The log of the service has the details; nothing was done.")
            }
        }
    }
}

fn refused<R: Rejection>(refusal: &Refusal<R>) -> Problem {
    match refusal {
        Refusal::IdempotencyMismatch => idempotency_mismatch(),
        Refusal::StaleVersion { current } => Problem::new(
            Code::StaleVersion,
            match current {
                Some(current) => format!("It is at version {current} now; read it again before you retry."),
                None => "It does not exist, or not any more.".to_owned(),
            },
        )
        .with("current_version", current),
        Refusal::Rejected(rejection) => rejected(rejection),
    }
}

/// A rejection as a problem document.
pub(crate) fn rejected<R: Rejection>(rejection: &R) -> Problem {
    rejection.members(Problem::new(rejection.code(), sentence(&error_chain(rejection))))
}

pub(crate) fn idempotency_mismatch() -> Problem {
    Problem::new(
        Code::IdempotencyMismatch,
        "This Idempotency-Key was used for another request. Use a new key for a new request.",
    )
}

/// Rejections are clauses; a problem's detail is a sentence.
fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let capital = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if clause.ends_with('.') { "" } else { "." };
    format!("{capital}{}{stop}", characters.as_str())
}
