//! How commands can fail, beside what every operation can answer.

use operation::Code;

/// Of commands that change where an appointment stands.
pub(super) const OF_TRANSITION: &[Code] =
    &[Code::AppointmentNotFound, Code::InvalidTransition, Code::UnknownAgent];

/// Of commands that say how an appointment went.
pub(super) const OF_OUTCOME: &[Code] =
    &[Code::AppointmentNotFound, Code::InvalidTransition, Code::NotStarted, Code::UnknownAgent];

/// Of commands that need a free slot for an appointment that there is.
pub(super) const OF_MOVE: &[Code] = &[
    Code::AppointmentNotFound,
    Code::InvalidTransition,
    Code::SlotUnavailable,
    Code::UnknownAgent,
    Code::AgentInactive,
    Code::UnknownAppointmentType,
    Code::InvalidTime,
    Code::HoldExpired,
];
