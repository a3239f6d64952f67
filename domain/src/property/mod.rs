//! A property: where it is, who shows it, when it can be visited, who has its keys, and who was told how to get in.

mod access;
mod block;
mod command;
mod decide;
mod hours;
mod keys;
mod rejection;
mod state;

pub use access::VisitToEnter;
pub use command::{
    AccessAnswer, Area, KeyAnswer, PropertyAnswer, PropertyChange, PropertyCommand, PropertyDetails,
};
pub use rejection::PropertyRejection;
pub use state::Property;
