//! Changing what is noted about an appointment, and the property it is about.

use availability::Reason;
use domain::{Agent, AgentCommand, AgentRejection, BookAppointment, Decision, DetailsChange, Refusal};
use schemas::event::{AppointmentDetailsChanged, AvailabilityRuleAdded, DateExceptionSet, OfficePolicySet};
use schemas::value::AppointmentStatus::{Cancelled, Completed, Confirmed, NoShow, Scheduled};
use schemas::value::{AppointmentDetail, AvailabilityRule, DateException, LeadContact};
use schemas::{AgentEvent, AppointmentId, Personal};

use crate::given::Given;
use crate::samples::{A, B, agent, answer, appointment_id, book, date, day, lead, monday, property, rule};
use crate::transitions::{begun, invalid};

fn change(id: AppointmentId, change: DetailsChange) -> AgentCommand {
    AgentCommand::ChangeAppointmentDetails { appointment_id: id, change: Box::new(change) }
}

fn notes(text: Option<&str>) -> DetailsChange {
    DetailsChange { notes: Some(text.map(str::to_owned)), ..DetailsChange::default() }
}

fn of_property(number: Option<u32>) -> DetailsChange {
    DetailsChange { property_id: Some(number.map(property)), ..DetailsChange::default() }
}

/// A visit with notes.
fn noted() -> Given<Agent> {
    agent().done(AgentCommand::BookAppointment(BookAppointment {
        notes: Some(Personal::new(lead(1), "Viene con su madre".to_owned())),
        property_id: Some(property(7)),
        ..book(A, monday("10:00"))
    }))
}

fn changed(given: Given<Agent>, command: AgentCommand) -> AppointmentDetailsChanged {
    let when = given.when(command);
    match &when.outcome {
        Ok(Decision::Accepted(events)) => match &events[..] {
            [AgentEvent::AppointmentDetailsChanged(event)] => event.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_named_changes_and_the_rest_stays() {
    let before = noted().state.appointment(A).unwrap().clone();
    let contact = LeadContact { name: Some("Joaquín Muñoz".to_owned()), ..LeadContact::default() };
    let asked = DetailsChange {
        location: Some(Some("Av. Irarrázaval 2821".to_owned())),
        lead_contact: Some(Some(contact.clone())),
        ..notes(None)
    };
    let event = changed(noted(), change(A, asked.clone()));
    let after = schemas::value::AppointmentSnapshot {
        notes: None,
        location: Some(Personal::new(lead(1), "Av. Irarrázaval 2821".to_owned())),
        lead_contact: Some(Personal::new(lead(1), contact)),
        version: 2,
        ..before
    };
    assert_eq!(event.appointment, after);
    let named = [AppointmentDetail::Location, AppointmentDetail::Notes, AppointmentDetail::LeadContact];
    assert_eq!(event.changed, named);
    let given = noted().done(change(A, asked.clone()));
    assert_eq!(given.state.appointment(A), Some(&after));
    given.when(change(A, asked)).then_nothing(answer(A, Scheduled, monday("10:00")));
}

#[test]
fn what_is_so_already_is_no_change() {
    let same = || change(A, notes(Some("Viene con su madre")));
    noted().when(same()).then_nothing(answer(A, Scheduled, monday("10:00")));
    noted().when(change(A, DetailsChange::default())).then_nothing(answer(A, Scheduled, monday("10:00")));
    let partly = DetailsChange { property_id: Some(None), ..notes(Some("Viene con su madre")) };
    assert_eq!(changed(noted(), change(A, partly)).changed, [AppointmentDetail::PropertyId]);
}

#[test]
fn status_time_and_sequence_stay() {
    let given = begun(Confirmed).done(change(A, notes(Some("Trae al perro"))));
    let appointment = given.state.appointment(A).unwrap();
    assert_eq!(
        (appointment.status, appointment.start, appointment.sequence),
        (Confirmed, monday("10:00"), 0)
    );
}

#[test]
fn what_is_over_is_not_changed() {
    for over in [Completed, NoShow, Cancelled] {
        begun(over).when(change(A, notes(None))).then_refused(invalid(over, "changed"));
    }
    agent().when(change(A, notes(None))).then_refused(AgentRejection::AppointmentNotFound);
}

fn reason(given: Given<Agent>, command: AgentCommand) -> Option<Reason> {
    match given.when(command).outcome {
        Ok(Decision::Accepted(_)) => None,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => Some(reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn with_another_property_it_may_no_longer_share_its_slot() {
    let shared = AvailabilityRule { max_appointments_per_slot: 2, ..rule(9, 5, "10:00", "13:00") };
    let visit = |number: u32| BookAppointment {
        lead_id: lead(number),
        property_id: Some(property(7)),
        ..book(appointment_id(number.into()), day(5, "10:00"))
    };
    let two = agent()
        .and(AvailabilityRuleAdded { rule: shared })
        .done(AgentCommand::BookAppointment(visit(1)))
        .done(AgentCommand::BookAppointment(visit(2)));
    let other = change(appointment_id(2), of_property(Some(8)));
    assert_eq!(reason(two.clone(), other), Some(Reason::AlreadyBooked));
    assert_eq!(
        reason(two.clone(), change(appointment_id(2), of_property(None))),
        Some(Reason::AlreadyBooked)
    );
    // Alone in it, it may.
    let alone = two.done(AgentCommand::CancelAppointment {
        appointment_id: appointment_id(1),
        reason: None,
        requested_by: None,
    });
    let given = alone.done(change(appointment_id(2), of_property(Some(8))));
    // From now on, the calendar has it at the other property.
    assert_eq!(reason(given, AgentCommand::BookAppointment(visit(3))), Some(Reason::AlreadyBooked));
}

#[test]
fn with_another_property_others_may_be_too_far() {
    let same_house = |id, time| BookAppointment { property_id: Some(property(7)), ..book(id, monday(time)) };
    let policy = schemas::value::OfficePolicy { travel_minutes: 30, ..fixtures::policy() };
    let given = agent()
        .office(OfficePolicySet { policy })
        .done(AgentCommand::BookAppointment(same_house(A, "10:00")))
        .done(AgentCommand::BookAppointment(same_house(B, "11:00")));
    assert_eq!(reason(given, change(B, of_property(Some(8)))), Some(Reason::AlreadyBooked));
}

#[test]
fn that_the_time_was_closed_since_does_not_matter() {
    let closed = DateException { date: date("2026-12-14"), intervals: Vec::new() };
    let given = noted().and(DateExceptionSet { exception: closed });
    assert_eq!(reason(given, change(A, of_property(Some(8)))), None);
}
