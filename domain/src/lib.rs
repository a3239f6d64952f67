//! Decides commands: from the events of one stream and a command follow new events or a rejection, and nothing else.
//!
//! Five aggregates: [`Agent`], one for each agent's stream, [`Office`], [`Lead`], [`Claims`], which says whom a command goes
//! to that names no agent, and [`BulkMove`], the plan and outcomes of an agent's visits that go to others. All are pure and
//! synchronous: time comes in as `now`, ids come in with the command, and no IO happens here. `command-api` loads the events, decides with this
//! crate and appends the new events.
//!
//! Agent and office are divided alike: `command`, `state`, `decide` and `rejection`.

mod agent;
mod aggregate;
mod answer;
mod block;
mod bulk_move;
mod claims;
mod event_context;
mod hours;
mod lead;
mod meeting_link;
mod office;
mod receipt;
pub mod reservation;

pub use agent::{
    Agent, AgentCommand, AgentRejection, Answer, BookAppointment, ChangedCalendar, Contact, DetailsChange,
    HoldSlot, InTheWay, Instead, NeededTime, OnOverlap, Overlap, ProfileChange, ReceiveAppointment,
    RequestedSlot, RescheduleAppointment, ReserveTime, Reserved, ReservedTime,
};
pub use aggregate::{Aggregate, Command, Decision, Refusal};
pub use answer::{
    AgentAnswer, AppointmentAnswer, AppointmentTypeAnswer, BlockAnswer, ExceptionAnswer, ExternalBusyAnswer,
    HoldAnswer, PolicyAnswer, ReleasedHoldAnswer, ReservationAnswer, ReservationOutcome, RulesAnswer,
    ZoneChange,
};
pub use block::{BlockRequest, BlockScope, BlockedTime};
pub use bulk_move::{BulkMove, BulkMoveAnswer, BulkMoveCommand, BulkMoveRejection, StartBulkMove};
pub use calendar_fold::{MoveProgress, MoveStatus, StreamTime, Visit, VisitCounts, VisitOutcome};
pub use claims::{ClaimAnswer, ClaimCommand, ClaimRejection, Claims};
pub use event_context::EventContext;
pub use lead::{
    Change, ConsentAnswer, ConsentStatement, Lead, LeadAnswer, LeadChange, LeadCommand, LeadRejection,
};
pub use meeting_link::{InvalidMeetingLink, check_meeting_link_template, check_meeting_room};
pub use office::{DEFAULT_HORIZON_DAYS, Office, OfficeAnswer, OfficeCommand, OfficeRejection};
pub use receipt::{RECEIPT_RETENTION_DAYS, Receipt, Receipts};
