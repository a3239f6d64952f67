//! Bulk moves: an agent's visits of some days go to other agents, and can be taken back.
//!
//! - `plan.rs` says which agent takes which visit, and why others cannot be placed.
//! - `start.rs` stores a plan as a bulk move of its own, once for however many of the same request.
//! - `carry_out.rs` goes on with one, visit by visit, wherever it was left, or foresees what would come of it; `visit.rs`
//!   sees to one visit.
//! - `answers.rs` reads one from its stream, as commands answer with it.
//! - `unfinished.rs` goes on with those that a killed process has left.
//!
//! Each visit is moved by a hand-over ([`across_streams`](crate::across_streams)) whose command has an id made from those
//! of the bulk move and the visit: however often it is tried, and by however many processes, it has one effect.

mod answers;
mod carry_out;
mod plan;
mod start;
mod unfinished;
mod visit;

pub(crate) use carry_out::{foresee, go_on};
pub(crate) use plan::{Wanted, plan};
pub(crate) use start::start;
pub(crate) use unfinished::continue_unfinished;
