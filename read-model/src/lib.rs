//! The read model: the queries, and the rows and answers that they return.
//!
//! `projector` applies events in log order; `query-api` runs the queries. Rows and answers are plain types whose JSON
//! the API returns. [`ReadModel`] has every query; [`MemoryReadModel`] serves them from memory. It is the embedded
//! default, the reference for every other implementation, and what a replay up to any position builds.
//!
//! Every answer carries the log position that it reflects. The current time is the parameter `now`; what depends on it
//! (holds, notice, upcoming appointments) is computed by each query, never stored.
//!
//! This crate does not know how events are stored: they arrive decoded, as [`ProjectedEvent`]. It takes no decisions,
//! and only `availability` computes what is free. No other crate depends on a client of Postgres or Redis.

mod agent;
mod answer;
mod appointment;
mod appointment_summary;
mod block;
mod budget;
mod bulk_move;
mod calendar;
mod calendar_layers;
mod conflict;
mod context;
mod error;
mod event;
mod filter;
mod history;
mod hold;
mod index_search;
mod lead;
mod meeting_link;
mod memory;
mod model;
mod moving;
mod office;
mod page;
mod parked;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(test)]
mod sample;
mod slot_question;
mod slot_search;
mod slots;
mod sort;
mod spread;
mod start_filter;
mod summary;
mod wording;

pub use agent::{AgentDetail, AgentRow};
pub use answer::Answer;
pub use appointment::AppointmentRow;
pub use appointment_summary::{SummaryAnswer, SummaryGroup, SummaryKey, SummarySearch};
pub use block::BlockRow;
pub use budget::QueryBudget;
pub use bulk_move::{BulkMoveRow, BulkMoveSummary};
pub use calendar::{AgentCalendarAnswer, AvailabilityAnswer, BlockOwner, CalendarBlock, ExternalBusyRow};
pub use calendar_layers::{BlockOccurrence, CalendarLayer, CalendarRow, CalendarSearch};
pub use conflict::{ConflictRow, ConflictSearch};
pub use context::LeadContext;
pub use error::{ApplyError, ApplyErrorReason, Behind, ProjectError, QueryError, Unavailable};
pub use event::{Event, ProjectedEvent, StoredText};
pub use filter::{AppointmentFilter, Outcomes};
pub use history::{HistoryEntry, StoredJson};
pub use hold::HoldRow;
pub use lead::{ConsentRow, LeadRow, LeadSearch, UnusableSearch};
pub use memory::MemoryReadModel;
pub use model::ReadModel;
pub use moving::MoveSearch;
pub use office::{AppointmentTypeRow, OfficeRow};
pub use page::{Limit, Page, PageRequest};
pub use parked::ParkedStream;
#[cfg(feature = "postgres")]
pub use postgres::PostgresReadModel;
pub use slot_search::{Explain, SlotSearch};
pub use slots::{OfferedSlot, SlotExplanation, SlotsAnswer};
pub use sort::AppointmentSort;
pub use start_filter::{Dates, Shown, StartFilter};
pub use summary::{ReasonSummary, SlotsSummary};
