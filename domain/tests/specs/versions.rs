//! If-Match: a command is refused if its subject has changed since its sender read it.

use domain::{Agent, AgentCommand, AgentRejection, Aggregate, Office, OfficeCommand};
use schemas::event::ExternalBusyRecorded;

use crate::given::Given;
use crate::samples::{
    A, B, HOLD, agent, agent_id, book, booked, busy_id, call, code, confirmed, day, held, hold, hold_id,
    lead, monday, nobody, office_events, profile, rule, visit,
};

const CONFIRM_A: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };
const CANCEL_A: AgentCommand = AgentCommand::CancelAppointment { appointment_id: A, reason: None };

/// A is booked at revision 6 and confirmed at 8, B is booked at 7.
fn two_appointments() -> Given<Agent> {
    agent().and(booked(A, monday("10:00"))).and(booked(B, monday("12:00"))).and(confirmed(A))
}

#[test]
fn whoever_has_seen_the_last_change_or_anything_later_may_go_on() {
    for seen in 8..=9 {
        let given = two_appointments().and(confirmed(B));
        given.when_having_seen(seen, CANCEL_A).then_accepted();
    }
}

#[test]
fn whoever_has_seen_less_is_told_the_version_that_is() {
    for seen in 0..8 {
        two_appointments().when_having_seen(seen, CANCEL_A).then_stale(Some(8));
    }
}

#[test]
fn a_version_from_the_future_matches_nothing() {
    assert_eq!(two_appointments().state.revision(), Some(8));
    two_appointments().when_having_seen(9, CANCEL_A).then_stale(Some(8));
}

#[test]
fn a_change_of_another_appointment_does_not_matter() {
    let given = agent().and(booked(A, monday("10:00"))).and(booked(B, monday("12:00"))).and(confirmed(B));
    given.when_having_seen(6, CONFIRM_A).then_accepted();
}

#[test]
fn every_change_of_an_appointment_is_a_new_version() {
    let given = two_appointments();
    let moved =
        AgentCommand::RescheduleAppointment { appointment_id: A, start: monday("15:00"), agreed_zone: None };
    let given = given.when_having_seen(8, moved).then_accepted().0;
    given.clone().when_having_seen(8, CANCEL_A).then_stale(Some(9));
    let given = given.when_having_seen(9, CANCEL_A).then_accepted().0;
    given.clone().when_having_seen(9, CANCEL_A).then_stale(Some(10));
    let answer = given.state.answer_unchanged(&CANCEL_A);
    given.when_having_seen(10, CANCEL_A).then_nothing(answer);
}

#[test]
fn that_there_is_no_such_appointment_says_more_than_that_it_changed() {
    agent().when_having_seen(5, CANCEL_A).then_refused(AgentRejection::AppointmentNotFound);
    nobody().when_having_seen(0, CANCEL_A).then_refused(AgentRejection::UnknownAgent);
}

#[test]
fn what_is_not_there_yet_has_no_version_to_match() {
    let register = AgentCommand::RegisterAgent { agent_id: agent_id(), profile: profile() };
    nobody().when_having_seen(0, register).then_stale(None);
    let define = OfficeCommand::DefineAppointmentType { appointment_type: visit() };
    Given::<Office>::nothing((), monday("08:00")).when_having_seen(0, define).then_stale(None);
}

#[test]
fn appointments_holds_and_other_calendars_leave_the_settings_as_they_were() {
    let given = two_appointments().and(held(HOLD, lead(2), monday("15:00"), monday("08:10"))).and(
        ExternalBusyRecorded {
            busy_id: busy_id("dentista"),
            source: "google_calendar".to_owned(),
            start: day(1, "09:00"),
            end: day(1, "10:00"),
        },
    );
    let add = AgentCommand::AddAvailabilityRule { rule: rule(9, 5, "10:00", "12:00") };
    given.clone().when_having_seen(5, add.clone()).then_accepted();
    given.clone().when_having_seen(4, add.clone()).then_stale(Some(5));
    let given = given.when_having_seen(5, add).then_accepted().0;
    let deactivate = AgentCommand::DeactivateAgent { keep_appointments: true };
    given.clone().when_having_seen(5, deactivate.clone()).then_stale(Some(11));
    given.when_having_seen(11, deactivate).then_accepted();
}

#[test]
fn what_is_new_in_a_calendar_rests_on_all_of_it() {
    let commands = [
        AgentCommand::BookAppointment(book(crate::samples::appointment_id(9), monday("16:00"))),
        AgentCommand::HoldSlot(hold(hold_id(2), lead(2), monday("16:00"))),
        AgentCommand::RecordExternalBusy {
            busy_id: busy_id("dentista"),
            source: "google_calendar".to_owned(),
            start: day(1, "09:00"),
            end: day(1, "10:00"),
        },
    ];
    for command in commands {
        two_appointments().when_having_seen(7, command.clone()).then_stale(Some(8));
        two_appointments().when_having_seen(8, command).then_accepted();
    }
}

#[test]
fn each_appointment_type_has_its_own_version_and_the_rest_of_the_office_one() {
    let given = Given::office_of(office_events(), monday("08:00"));
    let retire = |of: &str| OfficeCommand::RetireAppointmentType { code: code(of) };
    let given = given.when_having_seen(1, retire(crate::samples::VISIT)).then_accepted().0;
    given.clone().when_having_seen(1, retire(crate::samples::CALL)).then_stale(Some(2));
    let given = given.when_having_seen(2, retire(crate::samples::CALL)).then_accepted().0;
    let again = OfficeCommand::DefineAppointmentType { appointment_type: call() };
    given.clone().when_having_seen(3, again.clone()).then_stale(Some(4));
    let given = given.when_having_seen(4, again).then_accepted().0;
    let other = OfficeCommand::DefineAppointmentType { appointment_type: visit() };
    given.clone().when_having_seen(2, other.clone()).then_stale(Some(3));
    given.clone().when_having_seen(3, other).then_accepted();

    let add = OfficeCommand::AddOfficeRule { rule: rule(1, 0, "09:00", "18:00") };
    given.clone().when_having_seen(4, add.clone()).then_stale(Some(5));
    given.when_having_seen(5, add).then_accepted();
}
