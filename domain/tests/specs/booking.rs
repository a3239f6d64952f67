//! Booking an appointment.

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::{AgentCommand, AgentRejection, BookAppointment, Instead};
use schemas::event::{AppointmentBooked, AppointmentTypeDefined, AppointmentTypeRetired};
use schemas::value::{AppointmentStatus, AppointmentType, LeadContact};
use schemas::{AppointmentId, Origin, Personal};

use crate::samples::{
    A, B, VISIT, agent, answer, book, booked, cancelled, code, completed, confirmed, lead, monday, property,
    visit,
};

fn booking(appointment_id: AppointmentId, start: &str) -> AgentCommand {
    AgentCommand::BookAppointment(book(appointment_id, monday(start)))
}

#[test]
fn a_free_slot_is_booked() {
    agent().when(booking(A, "10:00")).then([booked(A, monday("10:00"))]);
    agent().when(booking(A, "10:00")).then_answer(answer(A, AppointmentStatus::Scheduled, monday("10:00")));
}

#[test]
fn what_was_agreed_is_kept_and_so_is_what_the_type_asked_for_then() {
    let contact = LeadContact { name: Some("Joaquín Muñoz".to_owned()), ..LeadContact::default() };
    let contact = Personal::new(lead(1), contact);
    let address = Personal::new(lead(1), "Av. Irarrázaval 2821".to_owned());
    let notes = Personal::new(lead(1), "Viene con su madre".to_owned());
    let buffered = AppointmentType {
        buffer_before_minutes: 10,
        buffer_after_minutes: 15,
        duration_minutes: 45,
        ..visit()
    };
    let asked = BookAppointment {
        agreed_zone: Some(Tz::Asia__Tokyo),
        property_id: Some(property(7)),
        location: Some(address.clone()),
        notes: Some(notes.clone()),
        lead_contact: Some(contact.clone()),
        origin: Origin::Dashboard,
        ..book(A, monday("10:00"))
    };
    let given = agent()
        .office(AppointmentTypeDefined { appointment_type: buffered })
        .when(AgentCommand::BookAppointment(asked))
        .then([AppointmentBooked {
            end: monday("10:45"),
            duration_minutes: 45,
            local_start: "2026-12-14T22:00:00".parse().unwrap(),
            time_zone: Tz::Asia__Tokyo,
            buffer_before_minutes: 10,
            buffer_after_minutes: 15,
            location: Some(address),
            property_id: Some(property(7)),
            notes: Some(notes),
            lead_contact: Some(contact.clone()),
            origin: Origin::Dashboard,
            ..booked(A, monday("10:00"))
        }]);
    let appointment = given.state.appointment(A).unwrap();
    assert_eq!((&appointment.lead_contact, &appointment.lead_id), (&Some(contact), &lead(1)));
    // A later change of the type does not change this appointment: ten minutes before and fifteen after stay free.
    let given = given.office(AppointmentTypeDefined { appointment_type: visit() });
    assert!(given.clone().when(booking(B, "09:00")).outcome.is_err());
    assert!(given.clone().when(booking(B, "10:30")).outcome.is_err());
    given.when(booking(B, "11:00")).then_accepted();
}

#[test]
fn only_a_type_in_use_can_be_booked() {
    let unknown = BookAppointment { appointment_type: code("tasacion"), ..book(A, monday("10:00")) };
    agent()
        .when(AgentCommand::BookAppointment(unknown))
        .then_refused(AgentRejection::UnknownAppointmentType(code("tasacion")));
    agent()
        .office(AppointmentTypeRetired { code: code(VISIT) })
        .when(booking(A, "10:00"))
        .then_refused(AgentRejection::UnknownAppointmentType(code(VISIT)));
}

#[test]
fn an_appointment_is_booked_once() {
    let given = agent().and(booked(A, monday("10:00")));
    given.clone().when(booking(A, "10:00")).then_nothing(answer(
        A,
        AppointmentStatus::Scheduled,
        monday("10:00"),
    ));
    given.and(confirmed(A)).when(booking(A, "10:00")).then_nothing(answer(
        A,
        AppointmentStatus::Confirmed,
        monday("10:00"),
    ));
}

#[test]
fn an_id_is_never_given_to_another_appointment() {
    let again = |status| AgentRejection::InvalidTransition {
        status,
        wanted: "booked again",
        instead: Instead::Nothing,
    };
    let given = agent().and(booked(A, monday("10:00")));
    given.clone().when(booking(A, "12:00")).then_refused(again(AppointmentStatus::Scheduled));
    let of_another = BookAppointment { lead_id: lead(2), ..book(A, monday("10:00")) };
    given
        .clone()
        .when(AgentCommand::BookAppointment(of_another))
        .then_refused(again(AppointmentStatus::Scheduled));
    given
        .clone()
        .and(cancelled(A))
        .when(booking(A, "10:00"))
        .then_refused(again(AppointmentStatus::Cancelled));
    given
        .and(confirmed(A))
        .and(completed(A))
        .when(booking(A, "12:00"))
        .then_refused(again(AppointmentStatus::Completed));
}

#[test]
fn a_cancelled_appointment_makes_room() {
    let given = agent().and(booked(A, monday("10:00")));
    assert!(given.clone().when(booking(B, "10:00")).outcome.is_err());
    given.and(cancelled(A)).when(booking(B, "10:00")).then_accepted();
}

#[test]
fn the_past_is_forgotten_only_when_it_no_longer_matters() {
    let given = agent().and(booked(A, monday("10:00"))).and(confirmed(A)).and(completed(A));
    assert_eq!(given.state.calendar().bookings().count(), 1);
    let given = given.at(monday("11:00")).and(booked(B, monday("10:00") + TimeDelta::days(9)));
    let three_days_after = given.busy_for(3);
    assert_eq!(three_days_after.state.calendar().bookings().count(), 2);
    let a_week_after = three_days_after.busy_for(4);
    assert_eq!(
        a_week_after.state.calendar().bookings().map(|booking| booking.appointment_id).collect::<Vec<_>>(),
        [B]
    );
}
