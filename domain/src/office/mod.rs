//! The office: zone, language and policies, appointment types, and the hours and blocks of every agent.

mod command;
mod decide;
mod impact;
mod rejection;
mod state;

pub use command::{OfficeAnswer, OfficeCommand};
pub use rejection::OfficeRejection;
pub use state::{DEFAULT_HORIZON_DAYS, Office};
