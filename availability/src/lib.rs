//! What is free: from hours, blocks, external busy time, holds and appointments to slots.
//!
//! The pure engine behind every offer and every booking. `domain` asks it before it accepts, the projector and the
//! query side ask it what to show, so what is offered and what is accepted cannot differ: [`slots`] answers exactly
//! the starts for which [`check()`] says yes, because both put the same rules to each slot.
//!
//! It does no IO, reads no clock (`now` is passed in) and knows no event: an [`AgentCalendar`] and an
//! [`OfficeCalendar`] are filled by whoever folds events. It decides nothing either; it only says what is so.
//!
//! # What is free
//!
//! - **Hours.** An agent's time is divided at the midnights of the agent's zone, and hours are found for each day by
//!   itself. The hours of a day are the agent's own rules for that date together with, if the agent inherits them,
//!   what falls into that day of the office's rules, which are read on the office's dates in the office's zone. A date
//!   exception replaces all of that for its day. Overlapping and touching intervals of one day are one interval; hours
//!   never run on over midnight. Rules for one type count for that type only.
//! - **Clock changes.** Hours and blocks that begin or end in a gap do so at its end; in a fold they cover both passes.
//!   See [`zone`].
//! - **Slots.** A slot lies wholly in one interval of hours and starts a whole number of steps, in elapsed minutes,
//!   after that interval begins. It touches no block and no external busy time; its buffers may.
//! - **Appointments and live holds.** Between two of them lies at least what the earlier asks for after it, what the
//!   later asks for before it, and, if they are visits at different properties, the office's travel time, whichever is
//!   longest: the order of booking does not matter. A visit without a property is at a different one than any other.
//! - **Shared slots.** A slot has room for as many as the most generous rule it lies wholly in says (an exception: one).
//!   With room for more than one, appointments and live holds of the same type, the same property and exactly the same
//!   interval share it until it is full. Anything else that overlaps or comes too close is refused.
//! - **Limits.** Notice, horizon (in local dates of the agent) and the daily limit are those of the type.
//! - **Holds** count while `now < expires_at`. A lead's own hold on exactly the type and start asked for does not count.

mod agent;
mod appointment_type;
mod block;
mod day;
mod entry;
mod index;
mod inquiry;
mod interval;
mod office;
mod overview;
mod recurrence;
mod rule;
mod search;
mod slot;
mod timeline;
pub mod zone;

pub use agent::AgentCalendar;
pub use appointment_type::{InvalidType, validate_type};
pub use block::{InvalidBlock, block_occurrences, validate_block};
pub use entry::{Booking, ExternalBusy, Hold};
pub use index::{AgentSlot, FreeDays, InvalidFreeDays, SlotIndex};
pub use interval::{Interval, IntervalSet};
pub use office::OfficeCalendar;
pub use overview::{Conflict, busy, conflicts, free, hours};
pub use recurrence::{InvalidRecurrence, validate_recurrence};
pub use rule::{InvalidRule, validate_exception, validate_rule};
pub use search::{check, explain, nearest, slots};
pub use slot::{Cause, Finding, Reason, Slot, SlotQuery, SlotRequest};
pub use zone::{InvalidTime, OutOfReach};
