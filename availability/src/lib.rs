//! Computes free slots from hours, blocks, external busy time, holds and appointments.
//!
//! The pure engine behind every offer and every booking. `domain` calls it before it accepts a command, the projector
//! and the query side to find what they show, so offers and bookings cannot differ: [`slots`] returns exactly the
//! starts that [`check()`] accepts, because both apply the same rules to each slot.
//!
//! It does no IO, reads no clock (`now` is passed in) and knows no events: `calendar-fold` fills an [`AgentCalendar`]
//! and an [`OfficeCalendar`] from them. Nor does it decide anything; it only reports what is free.
//!
//! Times are also written here for people to read, in their zone and language: [`Wording`].
//!
//! # What is free
//!
//! - **Hours.** They are the agent's own rules and, if the agent inherits them, the office's, which apply to the office's
//!   dates in the office's zone. Hours that end before they start, as by the clock, go on over midnight; they are those of
//!   the date they begin on. A date exception replaces all that begins on its date in the agent's zone; what reaches into
//!   it from the evening before stays. Overlapping and touching hours are merged, at midnight too. Rules for one type
//!   count for that type only.
//! - **Clock changes.** Hours that begin or end in a gap do so at its end; recurring blocks are shifted by the gap. In a
//!   fold both cover both passes. See [`zone`].
//! - **Blocks.** Whole days are dates of the agent's zone, in blocks of the office too. Recurring blocks are read in the
//!   zone of their owner, as it is now. A block of the office may be for some regions or agents only.
//! - **Slots.** A slot lies wholly in one interval of hours, which may be over midnight; it belongs to the date on which
//!   it starts. It starts a whole number of steps, in elapsed minutes, from where the office's hours begin, or, without
//!   these beside them, the agent's own (`grid.rs`). It touches no block and no external busy time; its buffers may.
//! - **Appointments and live holds.** The gap between two of them is at least the earlier one's buffer after, the later
//!   one's buffer before and, for visits at different properties, the office's travel time, whichever is longest. The
//!   order of booking does not matter. A visit without a property counts as being at a different one from any other.
//! - **Shared slots.** A slot has the highest capacity of the rules that enclose it (in a date exception: one). With a
//!   capacity above one, appointments and live holds of the same type, the same property and exactly the same interval
//!   share it until it is full. Anything else that overlaps or comes too close is refused.
//! - **Limits.** Notice, horizon (in local dates of the agent) and the daily limit come from the type.
//! - **Holds** count while `now < expires_at`. A lead's own hold on exactly the requested type and start does not
//!   count; and it guarantees its slot: [`check_held`] applies only what its owner can take away.
//! - **Another agent's appointment**, at the time agreed on: [`check_agreed`] leaves out notice, horizon, grid and daily
//!   limit, and a type that has changed or was retired.

mod agent;
mod appointment_type;
mod block;
mod block_time;
mod blocked;
mod bookings;
mod claim;
mod conflict;
mod day;
mod forced;
mod grid;
mod held;
mod index;
mod interval;
mod kept;
pub mod lead_bookings;
mod office;
mod overview;
mod recurrence;
mod rule;
mod search;
mod slot;
mod slot_rules;
mod time_text;
mod timeline;
pub mod timestamp;
mod windows;
mod wording;
pub mod zone;
mod zone_rules;

pub use agent::AgentCalendar;
pub use appointment_type::{InvalidType, validate_type};
pub use block::{InvalidBlock, validate_block};
pub use block_time::{block_occurrences, local_occurrence, occurs_on};
pub use claim::{Booking, ExternalBusy, Hold};
pub use conflict::{Conflict, against_zone_rules, conflict_of, conflicts};
pub use forced::{Taken, check_agreed_forced, check_forced, check_held_forced};
pub use held::{check_held, explain_held};
pub use index::{AgentSlot, FoundSlots, FreeDays, InvalidFreeDays, OnePer, Searched, Selection, SlotIndex};
pub use interval::{Interval, IntervalSet};
pub use kept::{check_agreed, check_beside_others, explain_agreed};
pub use office::OfficeCalendar;
pub use overview::{busy, free, grid_starts, hours};
pub use recurrence::{InvalidRecurrence, validate_recurrence};
pub use rule::{InvalidRule, validate_exception, validate_rule};
pub use search::{check, explain, nearest, slots};
pub use slot::{Cause, Finding, Reason, Slot, SlotQuery, SlotRequest};
pub use time_text::{InWords, Localized, LocalizedInterval, TimeText};
pub use windows::Windows;
pub use wording::{TimeWriter, Wording};
pub use zone::{InvalidTime, OutOfRange};
