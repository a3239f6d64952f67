//! One agent's calendar: profile, hours, blocks, holds and appointments.

mod answer;
mod answers;
mod appointment;
mod block;
mod booking;
mod command;
mod decide;
mod evolve;
mod hold;
mod hours;
mod place;
mod profile;
mod rejection;
mod state;
mod transitions;
mod versions;

pub use answer::Answer;
pub use appointment::Appointment;
pub use command::{AgentCommand, BookAppointment, HoldSlot, OnOverlap, TakenOver};
pub use rejection::{AgentRejection, Overlap};
pub use state::Agent;
