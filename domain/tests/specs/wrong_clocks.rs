//! Clocks that jump: they make nothing forgotten that is still needed, and nothing past that is to come.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Agent, AgentCommand, Aggregate as _, Command, Decision, RECEIPT_RETENTION_DAYS};
use schemas::value::NoShowBy;

use crate::given::Given;
use crate::samples::{A, B, agent, appointment_id, book, booked, confirmed, monday};

/// Ahead and back, by days and by centuries.
fn wrong_clocks() -> [DateTime<Utc>; 7] {
    let now = monday("08:00");
    let year = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    [
        now + TimeDelta::days(8),
        now - TimeDelta::days(1),
        year("1970-01-01T00:00:00Z"),
        year("1900-01-01T00:00:00Z"),
        year("2262-04-12T00:00:00Z"),
        year("2600-01-01T00:00:00Z"),
        year("8999-12-31T23:59:59Z"),
    ]
}

/// An agent with a booking for the next day, made by this command.
fn with_booking() -> (Given<Agent>, Command<AgentCommand>) {
    let start = monday("10:00") + TimeDelta::days(1);
    let when = agent().at(monday("08:00")).when(AgentCommand::BookAppointment(book(A, start)));
    let command = when.command.clone();
    (when.then_accepted().0, command)
}

#[test]
fn a_wrong_clock_forgets_no_command_and_frees_no_booked_time() {
    for wrong in wrong_clocks() {
        // One command by the wrong clock, and a thousand of them within a day.
        for times in [1, 1_000] {
            let (mut given, command) = with_booking();
            for minute in 0..times {
                given = given.at(wrong + TimeDelta::minutes(minute)).and(confirmed(A));
            }
            let given = given.at(monday("08:30")).and(confirmed(A));
            let again = given.clone().when_sent(command).outcome;
            assert!(matches!(again, Ok(Decision::Repeated(_))), "{wrong}, {times}: {again:?}");
            let other = book(B, monday("10:00") + TimeDelta::days(1));
            let taken = given.when(AgentCommand::BookAppointment(other));
            assert!(taken.outcome.is_err(), "{wrong}, {times}: booked twice");
        }
    }
}

#[test]
fn rules_go_by_the_clock_once_it_is_right_again() {
    for wrong in wrong_clocks() {
        let (given, _) = with_booking();
        let given = given.at(wrong).and(confirmed(A)).at(monday("08:30"));
        let start = monday("15:00") + TimeDelta::days(1);
        given.when(AgentCommand::BookAppointment(book(B, start))).then_accepted();
    }
}

#[test]
fn every_decision_has_an_outcome_by_any_clock() {
    for wrong in wrong_clocks() {
        let (given, _) = with_booking();
        let given = given.and(booked(appointment_id(9), monday("16:00"))).at(wrong);
        for body in [
            AgentCommand::BookAppointment(book(B, monday("12:00"))),
            AgentCommand::BookAppointment(book(B, wrong)),
            AgentCommand::ConfirmAppointment { appointment_id: A },
            AgentCommand::CompleteAppointment { appointment_id: A },
            AgentCommand::MarkNoShow { appointment_id: A, by: NoShowBy::Lead },
            AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None },
            AgentCommand::ReleaseUnconfirmed { appointment_id: A },
            AgentCommand::DeactivateAgent { keep_appointments: false },
        ] {
            let _ = given.clone().when(body).outcome;
        }
    }
}

#[test]
fn receipts_go_in_time_although_a_clock_was_once_in_2262() {
    let (given, command) = with_booking();
    let given = given.at("2262-04-12T00:00:00Z".parse().unwrap()).and(confirmed(A));
    let given = given.at(monday("08:30")).busy_for(2 * RECEIPT_RETENTION_DAYS + 1);
    assert!(given.state.receipts().get(command.command_id).is_none());
}
