//! One agent's calendar: profile, hours, blocks, holds and appointments.

mod answer;
mod answers;
mod appointment;
mod block;
mod booking;
mod command;
mod decide;
mod evolve;
mod hand_over;
mod hold;
mod hours;
mod place;
mod profile;
mod rejection;
mod reserved_time;
mod settling;
mod state;
mod transitions;
mod versions;

pub use answer::Answer;
pub use command::{
    AgentCommand, BookAppointment, HoldSlot, OnOverlap, ReceiveAppointment, ReserveTime, Reserved,
};
pub use rejection::{AgentRejection, InTheWay, Overlap};
pub use reserved_time::ReservedTime;
pub use state::Agent;
