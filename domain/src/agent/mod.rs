//! One agent's calendar: profile, hours, blocks, holds and appointments.

mod agreed_time;
mod alternatives;
mod answer;
mod answers;
mod appointment;
mod block;
mod booking;
mod cancelled;
mod command;
mod decide;
mod details;
mod evolve;
mod hand_over;
mod hold;
mod hours;
mod impact;
mod lead_conflict;
mod meeting_place;
mod moving;
mod outcome;
mod place;
mod profile;
mod reinstating;
mod rejection;
mod request;
mod reserved_time;
mod settling;
mod state;
mod transitions;
mod unconfirmed;
mod versions;

pub use answer::Answer;
pub use command::{AgentCommand, OnOverlap};
pub use impact::ChangedCalendar;
pub use rejection::{AgentRejection, InTheWay, Instead, Overlap, RequestedSlot};
pub use request::{
    BookAppointment, Contact, DetailsChange, HoldSlot, ProfileChange, ReceiveAppointment,
    RescheduleAppointment, ReserveTime, Reserved,
};
pub use reserved_time::{NeededTime, ReservedTime};
pub use state::Agent;
