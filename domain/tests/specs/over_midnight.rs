//! Hours over midnight, and own hours beside the office's.

use availability::Reason;
use domain::{Agent, AgentCommand, Answer, RulesAnswer};
use schemas::event::{
    AgentProfileUpdated, AppointmentTypeDefined, AvailabilityRuleAdded, DateExceptionSet, OfficeRuleAdded,
};
use schemas::value::{AgentProfile, AppointmentType, AvailabilityRule, DateException, LocalInterval};

use crate::given::{Given, When};
use crate::samples::{
    A, B, agent_id, book, booked, date, day, monday, newcomer, profile, rule, rule_id, time, visit,
};

/// From ten on Monday evening to two in the night.
fn evening() -> AvailabilityRule {
    rule(1, 0, "22:00", "02:00")
}

fn given() -> Given<Agent> {
    newcomer().and(AvailabilityRuleAdded { rule: evening() })
}

fn book_at(given: Given<Agent>, start: chrono::DateTime<chrono::Utc>) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(A, start)))
}

#[test]
fn hours_over_midnight_are_one_rule() {
    let add = || AgentCommand::AddAvailabilityRule { rule: evening() };
    let given = newcomer().when(add()).then([AvailabilityRuleAdded { rule: evening() }]);
    given.when(add()).then_nothing(Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(1)] }));
    let until_midnight = AgentCommand::AddAvailabilityRule { rule: rule(1, 0, "22:00", "00:00") };
    newcomer().when(until_midnight).then_accepted();
}

#[test]
fn a_visit_over_midnight_is_booked_in_them_and_nothing_that_runs_past_them() {
    let given = given().done(AgentCommand::BookAppointment(book(A, monday("23:30"))));
    let found: Vec<_> = given.state.calendar().bookings().map(availability::Booking::interval).collect();
    assert_eq!((found[0].start, found[0].end), (monday("23:30"), day(1, "00:30")));
    let alternatives = [day(1, "01:00"), day(1, "00:30"), monday("22:30")];
    let late = AgentCommand::BookAppointment(book(B, day(1, "01:30")));
    given.when(late).then_unavailable(Reason::OutsideHours, &alternatives);
}

#[test]
fn its_grid_goes_on_over_midnight() {
    let alternatives = [day(1, "00:30"), day(1, "01:00"), day(1, "00:00")];
    book_at(given(), day(1, "00:40")).then_unavailable(Reason::OffGrid, &alternatives);
    book_at(given(), day(1, "00:30")).then_accepted();
}

#[test]
fn it_counts_on_the_date_of_its_start() {
    let appointment_type = AppointmentType { daily_limit: Some(1), ..visit() };
    let given = given().office(AppointmentTypeDefined { appointment_type }).and(booked(B, monday("23:30")));
    let alternatives = [day(1, "00:30"), day(1, "01:00"), day(7, "22:00")];
    book_at(given.clone(), monday("22:00")).then_unavailable(Reason::DailyLimit, &alternatives);
    book_at(given, day(1, "00:30")).then_accepted();
}

#[test]
fn a_date_with_hours_of_its_own_keeps_the_evening_before() {
    let set =
        |on: &str, intervals| DateExceptionSet { exception: DateException { date: date(on), intervals } };
    let tuesday = given().and(set("2026-12-15", Vec::new()));
    book_at(tuesday, monday("23:30")).then_accepted();
    let closed = given().and(set("2026-12-14", Vec::new()));
    assert!(book_at(closed, day(1, "00:30")).outcome.is_err(), "the evening that begins on it is gone");
    let later = LocalInterval { start_time: time("23:15"), end_time: time("00:45") };
    let later = given().and(set("2026-12-14", vec![later]));
    book_at(later.clone(), monday("23:45")).then_accepted();
    assert!(book_at(later, monday("23:30")).outcome.is_err(), "its own hours have a grid of their own");
}

#[test]
fn own_hours_beside_the_offices_go_on_with_its_grid() {
    let inherits = AgentProfile { inherits_office_hours: true, ..profile() };
    let given = newcomer()
        .and(AgentProfileUpdated { agent_id: agent_id(), profile: inherits })
        .office(OfficeRuleAdded { rule: rule(100, 0, "10:00", "13:00") })
        .and(AvailabilityRuleAdded { rule: rule(1, 0, "09:45", "10:00") })
        .and(AvailabilityRuleAdded { rule: rule(2, 0, "12:15", "15:00") });
    for start in ["10:00", "12:00", "12:30", "14:00"] {
        book_at(given.clone(), monday(start)).then_accepted();
    }
    for start in ["09:45", "10:15", "12:15", "12:45"] {
        let when = book_at(given.clone(), monday(start));
        assert!(format!("{:?}", when.outcome).contains("OffGrid"), "{start}: {when:?}");
    }
}
