//! One file for each query: its target, request, answer and tests. `routes.rs` has its HTTP path.

mod agent;
mod agent_availability;
mod agent_blocks;
mod agent_calendar;
mod agents;
mod appointment;
mod appointment_history;
mod appointments;
mod block_page;
mod bulk_move;
mod calendar;
mod conflicts;
mod hold;
mod lead_context;
mod office;
mod office_blocks;
mod slots;
mod summary;
mod targets;

pub(crate) use agent::GetAgent;
pub(crate) use agent_availability::GetAgentAvailability;
pub(crate) use agent_blocks::{GetAgentBlock, ListAgentBlocks};
pub(crate) use agent_calendar::GetAgentCalendar;
pub(crate) use agents::ListAgents;
pub(crate) use appointment::GetAppointment;
pub(crate) use appointment_history::GetAppointmentHistory;
pub(crate) use appointments::ListAppointments;
pub(crate) use bulk_move::GetMove;
pub(crate) use calendar::GetCalendar;
pub(crate) use conflicts::ListConflicts;
pub(crate) use hold::GetHold;
pub(crate) use lead_context::GetLeadContext;
pub(crate) use office::GetOffice;
pub(crate) use office_blocks::{GetOfficeBlock, ListOfficeBlocks};
pub(crate) use slots::FindSlots;
pub(crate) use summary::GetSummary;
