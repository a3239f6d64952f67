//! A lead: how to reach it, and what it has agreed to be written to for.
//!
//! Nobody has to register a lead before it books, and a consent may come before its contact does. What is personal is
//! carried unopened: it is compared, and decides nothing else.

mod command;
mod decide;
mod rejection;
mod state;

pub use command::{Change, ConsentAnswer, ConsentStatement, LeadAnswer, LeadChange, LeadCommand};
pub use rejection::LeadRejection;
pub use state::Lead;
