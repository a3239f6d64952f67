//! The wire contract of Citas: ids, value objects, events and the metadata envelope around every event.
//!
//! Every other crate uses these types: the event store keeps them, the read models are built from them, the APIs return
//! them. A change here is a change of contract, so the JSON Schema of every event is committed under `schemas/json/`
//! and one frozen example of every event version ever written under `schemas/fixtures/`.
//!
//! This crate depends on no other crate of the workspace, decides nothing and does no IO.

mod error;
pub mod event;
mod id;
mod if_match;
mod invisible;
mod landmark;
mod local_time;
mod metadata;
mod origin;
mod personal;
mod stored_json;
pub mod stream;
mod time_input;
pub mod trace;
pub mod value;

pub use error::ParseError;
pub use event::{AgentEvent, BulkMoveEvent, ClaimEvent, DecodeError, LeadEvent, OfficeEvent};
pub use id::{
    AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, CommandId, EventId, HoldId, LeadId, MoveId,
    PropertyId, ReservationId, RuleId,
};
pub use if_match::IfMatch;
pub use invisible::is_invisible;
pub use landmark::Landmark;
pub use local_time::{DayOfWeek, LocalTime};
pub use metadata::{Actor, ActorKind, ClockReading, Metadata};
pub use origin::Origin;
pub use personal::Personal;
pub use time_input::{LocalDateTime, TimeInput};
pub use trace::TraceParent;
