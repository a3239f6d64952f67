//! What can be asked: the rows, the questions and their answers.
//!
//! `projector` applies events in the order of the log; `query-api` asks. Rows and answers are plain types whose JSON is
//! what the API shows. [`ReadModel`] is every question there is; [`MemoryReadModel`] answers them from memory. It is
//! the embedded default, the measure of every other implementation, and what a replay up to any moment is asked.
//!
//! Every answer carries the position in the log that it is as of. Time comes in as `now`; what depends on it (holds,
//! notice, what is upcoming) is worked out when asked, never stored.
//!
//! This crate does not know how events are stored: they come decoded, as [`ProjectedEvent`]. It decides nothing, and
//! what is free is the business of `availability` alone. No other crate names a database or a cache.

mod agent;
mod answer;
mod appointment;
mod calendar;
mod context;
mod error;
mod event;
mod filter;
mod history;
mod memory;
mod model;
mod office;
mod page;
mod parked;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(test)]
mod sample;
mod slots;
mod slots_question;
mod sort;
mod summary;
mod timestamp;
mod wording;

pub use agent::{AgentDetail, AgentRow};
pub use answer::Answer;
pub use appointment::AppointmentRow;
pub use calendar::{AgentCalendarAnswer, AvailabilityAnswer, BlockOwner, CalendarBlock, ExternalBusyRow};
pub use context::LeadContext;
pub use error::{ApplyError, Behind, Misfit, ProjectError, QueryError, Unavailable};
pub use event::{Event, ProjectedEvent, StoredText};
pub use filter::AppointmentFilter;
pub use history::{HistoryEntry, StoredJson};
pub use memory::MemoryReadModel;
pub use model::ReadModel;
pub use office::OfficeRow;
pub use page::{Limit, Page, PageRequest};
pub use parked::ParkedStream;
#[cfg(feature = "postgres")]
pub use postgres::PostgresReadModel;
pub use slots::{OfferedSlot, SlotExplanation, SlotsAnswer};
pub use slots_question::{Explain, SlotsQuestion};
pub use sort::AppointmentSort;
pub use summary::{ReasonSummary, SlotsSummary};
