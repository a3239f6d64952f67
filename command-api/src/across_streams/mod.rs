//! Decisions on one stream that need something of others: see [`domain::reservation`].
//!
//! - `decision.rs` makes one: asks, reserves, commits, settles.
//! - `guarded.rs` is such a decision: a booking, a hold or a change takes time of its lead and its property.
//! - `hand_over.rs` is such a decision: an appointment goes to another agent, perhaps at another time.
//! - `refused_move.rs` is the answer where it cannot.
//! - `side.rs` is what is sent to leads and properties, `verifying.rs` whether what is in the way there stands.
//! - `settling.rs` finds out what became of a reservation that is in the way, and completes or releases it.
//! - `unfinished.rs` does so for whatever a killed process has left.

mod decision;
mod guarded;
mod hand_over;
mod refused_move;
mod settling;
mod side;
mod unfinished;
mod verifying;

pub(crate) use hand_over::reschedule;
pub(crate) use unfinished::settle_unfinished;
