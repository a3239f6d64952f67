//! Slots that several appointments may share: the same type and property at exactly the same time, until they are full.

use availability::Reason;
use domain::{Agent, AgentCommand, AgentRejection, BookAppointment, Decision, HoldSlot, Refusal};
use schemas::event::AvailabilityRuleAdded;
use schemas::value::AvailabilityRule;
use schemas::{AgentEvent, HoldId};

use crate::given::Given;
use crate::samples::{
    CALL, agent, appointment_id, book, code, day, hold, hold_id, lead, monday, property, reschedule, rule,
};

/// Saturdays from 10:00 to 13:00 for three at a time.
fn open_house() -> Given<Agent> {
    let rule = AvailabilityRule { max_appointments_per_slot: 3, ..rule(9, 5, "10:00", "13:00") };
    agent().and(AvailabilityRuleAdded { rule })
}

fn visit(number: u32) -> BookAppointment {
    BookAppointment {
        lead_id: lead(number),
        property_id: Some(property(7)),
        ..book(appointment_id(u128::from(number)), day(5, "10:00"))
    }
}

fn held(number: u32) -> HoldSlot {
    let id: HoldId = hold_id(u128::from(number));
    HoldSlot { property_id: Some(property(7)), ..hold(id, lead(number), day(5, "10:00")) }
}

fn reason(given: Given<Agent>, command: AgentCommand) -> Option<Reason> {
    match given.when(command).outcome {
        Ok(Decision::Accepted(_)) => None,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => Some(reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn as_many_as_the_rule_says_share_a_slot() {
    let mut given = open_house();
    for number in 1..=3 {
        given = given.done(AgentCommand::BookAppointment(visit(number)));
    }
    assert_eq!(reason(given.clone(), AgentCommand::BookAppointment(visit(4))), Some(Reason::SlotFull));
    assert_eq!(reason(given.clone(), AgentCommand::HoldSlot(held(4))), Some(Reason::SlotFull));
    let cancel = AgentCommand::CancelAppointment {
        appointment_id: appointment_id(2),
        reason: None,
        requested_by: None,
    };
    given.done(cancel).when(AgentCommand::BookAppointment(visit(4))).then_accepted();
}

#[test]
fn the_room_of_the_slot_is_kept_with_the_appointment() {
    let when = open_house().when(AgentCommand::BookAppointment(visit(1)));
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
    assert!(
        matches!(&events[..], [AgentEvent::AppointmentBooked(booked)] if booked.max_appointments_per_slot == 3)
    );
}

#[test]
fn holds_take_up_room_while_they_last() {
    let given = open_house()
        .done(AgentCommand::BookAppointment(visit(1)))
        .done(AgentCommand::HoldSlot(held(2)))
        .done(AgentCommand::HoldSlot(held(3)));
    assert_eq!(reason(given.clone(), AgentCommand::BookAppointment(visit(4))), Some(Reason::SlotFull));
    given.clone().when(AgentCommand::BookAppointment(visit(2))).then_accepted();
    given.at(monday("08:10")).when(AgentCommand::BookAppointment(visit(4))).then_accepted();
}

#[test]
fn whatever_is_not_the_same_thing_at_the_same_time_is_refused() {
    let given = open_house().done(AgentCommand::BookAppointment(visit(1)));
    let others = [
        BookAppointment { property_id: Some(property(8)), ..visit(2) },
        BookAppointment { property_id: None, ..visit(2) },
        BookAppointment { start: day(5, "10:30"), ..visit(2) },
        BookAppointment { appointment_type: code(CALL), ..visit(2) },
    ];
    for other in others {
        assert_eq!(reason(given.clone(), AgentCommand::BookAppointment(other)), Some(Reason::AlreadyBooked));
    }
    let next = BookAppointment { property_id: Some(property(8)), start: day(5, "11:00"), ..visit(2) };
    given.when(AgentCommand::BookAppointment(next)).then_accepted();
}

#[test]
fn moving_within_an_open_house_counts_once() {
    let mut given = open_house();
    for number in 1..=3 {
        given = given.done(AgentCommand::BookAppointment(visit(number)));
    }
    let there_and_back = |start| reschedule(appointment_id(1), start);
    let given = given.done(there_and_back(day(5, "11:00")));
    given.clone().when(there_and_back(day(5, "10:00"))).then_accepted();
    let given = given.done(AgentCommand::BookAppointment(visit(4)));
    assert_eq!(reason(given, there_and_back(day(5, "10:00"))), Some(Reason::SlotFull));
}
