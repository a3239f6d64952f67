//! Which agent a command goes to that names none, agreed on before it is made.
//!
//! One stream holds the claims of a day. A command that is sent twice, to two processes at once, is claimed once, and
//! both ask the same agent, whose stream knows its commands. Before a claim goes on to the next agent, the command is
//! ruled out on the stream of the one before: see [`reservation`](crate::reservation). There it stays so: a claim never
//! goes back to an agent, and a command that does is claimed anew. A command that all have refused leaves no claim.
//!
//! The day after, the stream is closed before anything is claimed in the next one: so nobody who slept claims in it.

mod command;
mod state;

pub use command::{ClaimAnswer, ClaimCommand, ClaimRejection};
pub use state::Claims;
