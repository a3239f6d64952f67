//! Every command as an operation, one file for each or for a few that belong together: its target, its request, its
//! execution. `routes.rs` has the HTTP address of each, `intake/messages.rs` the Kafka messages.

mod agents;
mod answer;
mod appointment_types;
mod blocks;
mod book;
mod bulk_moves;
mod cancel;
mod conditions;
mod details;
mod errors;
mod exceptions;
mod force;
mod holds;
mod named;
mod office;
mod office_calendar;
mod office_change;
mod outcome;
mod reason;
mod reassign;
mod reschedule;
mod slot;
mod targets;
mod transitions;
mod weekly_hours;

pub(crate) use agents::{ChangeAgentProfile, DeactivateAgent, UpdateAgentProfile};
pub(crate) use appointment_types::{ChangeAppointmentType, DefineAppointmentType, RetireAppointmentType};
pub(crate) use blocks::{BlockTime, UnblockTime};
pub(crate) use book::BookAppointment;
pub(crate) use bulk_moves::{MoveAppointments, ResumeMove, UndoMove};
pub(crate) use cancel::{CancelAppointment, ReinstateAppointment};
pub(crate) use details::ChangeAppointmentDetails;
pub(crate) use exceptions::{RemoveDateException, SetDateException};
pub(crate) use holds::{HoldSlot, ReleaseHold};
pub(crate) use office::{ChangeOfficePolicy, SetOfficePolicy};
pub(crate) use office_calendar::{BlockOffice, ReplaceOfficeHours, UnblockOffice};
pub(crate) use outcome::{CorrectOutcome, MarkNoShow};
pub(crate) use reassign::ReassignAppointment;
pub(crate) use reschedule::RescheduleAppointment;
pub(crate) use transitions::{CompleteAppointment, ConfirmAppointment};
pub(crate) use weekly_hours::{AddAvailabilityRule, RemoveAvailabilityRule, ReplaceWeeklyHours};
