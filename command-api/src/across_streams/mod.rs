//! Decisions on one stream that need something of others: see [`domain::reservation`].
//!
//! - `decision.rs` makes one: asks, reserves, commits, settles.
//! - `hand_over.rs` is such a decision: an appointment goes to another agent, perhaps at another time.
//! - `refused_move.rs` is the answer where it cannot.
//! - `settling.rs` finds out what became of a reservation that is in the way, and completes or releases it.
//! - `unfinished.rs` does so for whatever a killed process has left.

mod decision;
mod hand_over;
mod refused_move;
mod settling;
mod unfinished;

pub(crate) use hand_over::reschedule;
pub(crate) use unfinished::settle_unfinished;
