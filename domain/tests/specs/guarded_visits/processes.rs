//! The processes: each sends one command after the other, and reserves what each of them takes.

use domain::visit_time::ClaimInTheWay;
use domain::{AgentCommand, BookAppointment, ClaimedVisit, HoldSlot, NeededVisit};
use schemas::{AppointmentId, HoldId, PropertyId, ReservationId};
use uuid::Uuid;

use crate::samples::{self, lead, monday, property};

/// A process, and what it does with one agent. All visits are at ten.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) agent: usize,
    pub(crate) lead: u32,
    pub(crate) property: u32,
    pub(crate) steps: Vec<AgentCommand>,
}

/// Where a process is.
#[derive(Debug, Clone)]
pub(crate) struct At {
    /// Which of its commands.
    pub(crate) step: usize,
    pub(crate) place: Place,
}

/// What it does next about that.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Ask,
    /// On the stream of this number among those of the lead and the property.
    Reserve(usize, Box<NeededVisit>),
    Commit(Box<NeededVisit>, ClaimedVisit),
    Verify(Met),
    /// It has expired, by the clock of this process.
    RuleOut(Met),
    ReleaseClaim(Met),
    /// Its own, from this stream back.
    Release(usize),
    Ended(End),
}

/// A claim that is in the way, and where.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) side: usize,
    pub(crate) claim: ClaimInTheWay,
    pub(crate) needed: Box<NeededVisit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Refused,
}

impl Process {
    /// The reservation that it makes for a step on one of the two streams: one attempt at each.
    pub(crate) fn reservation_id(number: usize, step: usize, side: usize) -> ReservationId {
        let number = (number as u128) << 16 | (step as u128) << 8 | side as u128;
        ReservationId::new(Uuid::from_u128(0xee << 64 | number))
    }
}

pub(crate) fn appointment(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(number))
}

fn hold_id(number: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(0x40 + number))
}

fn property_id(number: u32) -> PropertyId {
    property(number)
}

pub(crate) fn book(number: u128, lead_number: u32, of_property: u32) -> AgentCommand {
    AgentCommand::BookAppointment(BookAppointment {
        lead_id: lead(lead_number),
        property_id: Some(property_id(of_property)),
        offers_alternatives: false,
        ..samples::book(appointment(number), monday("10:00"))
    })
}

pub(crate) fn hold(number: u128, lead_number: u32, of_property: u32) -> AgentCommand {
    let property_id = Some(property_id(of_property));
    let held = samples::hold(hold_id(number), lead(lead_number), monday("10:00"));
    AgentCommand::HoldSlot(HoldSlot { property_id, ..held })
}

pub(crate) fn book_by_hold(number: u128, lead_number: u32, of_property: u32) -> AgentCommand {
    let AgentCommand::BookAppointment(booking) = book(number, lead_number, of_property) else {
        unreachable!("it is a booking")
    };
    AgentCommand::BookAppointment(BookAppointment { hold_id: Some(hold_id(number)), ..booking })
}

pub(crate) fn cancel(number: u128) -> AgentCommand {
    let appointment_id = appointment(number);
    AgentCommand::CancelAppointment { appointment_id, reason: None, requested_by: None }
}

pub(crate) fn reinstate(number: u128) -> AgentCommand {
    let appointment_id = appointment(number);
    AgentCommand::ReinstateAppointment { appointment_id, reason: None, requested_by: None }
}
