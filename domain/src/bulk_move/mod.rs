//! A bulk move: an agent's visits go to other agents by a plan, one after the other, and can be taken back.
//!
//! Its stream holds the plan and the outcome of each visit, and decides nothing about an appointment: each visit is moved
//! by a hand-over of its own, whose command is the same for every attempt. So whoever goes on with a bulk move that was
//! left half done, perhaps while another process does, moves no visit twice.

mod command;
mod decide;
mod rejection;
mod state;

pub use command::{BulkMoveAnswer, BulkMoveCommand, StartBulkMove};
pub use rejection::BulkMoveRejection;
pub use state::BulkMove;
