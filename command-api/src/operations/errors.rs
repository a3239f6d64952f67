//! The error codes of commands, beside those that every operation has.

use operation::Code;

/// Of commands that change the status of an appointment.
pub(super) const OF_TRANSITION: &[Code] =
    &[Code::AppointmentNotFound, Code::InvalidTransition, Code::UnknownAgent];

/// Of commands that take back a cancellation.
pub(super) const OF_REINSTATEMENT: &[Code] = &[
    Code::LeadHasAppointment,
    Code::AlreadyScheduled,
    Code::AppointmentNotFound,
    Code::InvalidTransition,
    Code::SlotUnavailable,
    Code::UnknownAgent,
    Code::AgentInactive,
];

/// Of commands that settle what a new rule of a zone has done.
pub(super) const OF_SETTLEMENT: &[Code] = &[
    Code::LeadHasAppointment,
    Code::AppointmentNotFound,
    Code::InvalidTransition,
    Code::SlotUnavailable,
    Code::UnknownAgent,
    Code::AgentInactive,
];

/// Of commands that record the outcome of an appointment.
pub(super) const OF_OUTCOME: &[Code] =
    &[Code::AppointmentNotFound, Code::InvalidTransition, Code::NotStarted, Code::UnknownAgent];

/// Of commands that move an appointment to another slot.
pub(super) const OF_MOVE: &[Code] = &[
    Code::AppointmentNotFound,
    Code::InvalidTransition,
    Code::LeadHasAppointment,
    Code::SlotUnavailable,
    Code::UnknownAgent,
    Code::AgentInactive,
    Code::UnknownAppointmentType,
    Code::InvalidTime,
    Code::HoldExpired,
];
