//! Reassigning an appointment to another agent: first booked there, then given up here, each step as often as needed.

use domain::{
    Agent, AgentCommand, AgentRejection, Answer, AppointmentAnswer, BookAppointment, Decision, TakenOver,
};
use schemas::AgentId;
use schemas::event::{AgentRegistered, AppointmentBooked, AppointmentReassigned, AvailabilityRuleAdded};
use schemas::value::AppointmentStatus;

use crate::given::Given;
use crate::samples::{
    A, B, agent, agent_id, answer, book, booked, cancelled, code, completed, confirmed, monday, nobody,
    other_agent, profile, rule,
};

fn reassign(to_agent_id: AgentId) -> AgentCommand {
    AgentCommand::ReassignAppointment { appointment_id: A, to_agent_id }
}

/// From this agent, moved once, at this version.
fn from(from: AgentId, version: u64) -> TakenOver {
    TakenOver { from, sequence: 1, version }
}

/// The booking that the other agent gets, of an appointment that has been moved once.
fn take_over() -> BookAppointment {
    BookAppointment { taken_over: Some(from(agent_id(), 1)), ..book(A, monday("10:00")) }
}

fn take_over_command() -> AgentCommand {
    AgentCommand::BookAppointment(take_over())
}

/// The agent that takes over, with the same hours.
fn taker() -> Given<Agent> {
    (0..5)
        .fold(nobody().and(AgentRegistered { agent_id: other_agent(), profile: profile() }), |given, day| {
            given.and(AvailabilityRuleAdded { rule: rule(u128::from(day), day, "09:00", "18:00") })
        })
}

fn giver() -> Given<Agent> {
    agent().and(AppointmentBooked { sequence: 1, ..booked(A, monday("10:00")) })
}

fn taken() -> AppointmentBooked {
    AppointmentBooked {
        agent_id: other_agent(),
        sequence: 1,
        version: 2,
        reassigned_from: Some(agent_id()),
        ..booked(A, monday("10:00"))
    }
}

fn let_go() -> AppointmentReassigned {
    AppointmentReassigned { appointment_id: A, to_agent_id: other_agent() }
}

fn stands_with_taker(status: AppointmentStatus) -> Answer {
    Answer::Appointment(AppointmentAnswer {
        appointment_id: A,
        agent_id: other_agent(),
        status,
        start: monday("10:00"),
        end: monday("11:00"),
        sequence: 1,
    })
}

#[test]
fn the_taker_books_it_under_its_own_id_with_its_past() {
    taker().when(take_over_command()).then([taken()]);
    taker().when(take_over_command()).then_answer(stands_with_taker(AppointmentStatus::Scheduled));
}

#[test]
fn the_taker_must_be_free() {
    let when = taker().and(booked(B, monday("10:30"))).when(take_over_command());
    assert!(format!("{:?}", when.outcome).contains("AlreadyBooked"));
}

#[test]
fn the_giver_lets_go_and_is_free_then() {
    let given = giver().when(reassign(other_agent())).then([let_go()]);
    given.clone().when(AgentCommand::BookAppointment(book(B, monday("10:00")))).then_accepted();
    assert_eq!(given.state.appointment(A), None);
    assert!(
        given.state.was_reassigned_to(A, &other_agent()) && !given.state.was_reassigned_to(A, &agent_id())
    );
    giver().when(reassign(other_agent())).then_answer(stands_with_taker(AppointmentStatus::Scheduled));
}

#[test]
fn letting_go_again_changes_nothing() {
    let given = giver().and(confirmed(A)).done(reassign(other_agent()));
    given.clone().when(reassign(other_agent())).then_nothing(stands_with_taker(AppointmentStatus::Scheduled));
    let third = AgentId::parse("600").unwrap();
    given.clone().when(reassign(third)).then_refused(AgentRejection::AppointmentNotFound);
    given
        .when(AgentCommand::ConfirmAppointment { appointment_id: A })
        .then_refused(AgentRejection::AppointmentNotFound);
}

#[test]
fn what_is_over_is_not_handed_on() {
    let over = giver().and(cancelled(A)).when(reassign(other_agent()));
    let invalid = |status| AgentRejection::InvalidTransition { status, wanted: "reassigned" };
    over.then_refused(invalid(AppointmentStatus::Cancelled));
    let over = giver().and(confirmed(A)).and(completed(A)).when(reassign(other_agent()));
    over.then_refused(invalid(AppointmentStatus::Completed));
}

#[test]
fn an_appointment_handed_to_the_agent_that_has_it_stays() {
    let given = agent().and(booked(A, monday("10:00"))).when(reassign(agent_id())).then_nothing(answer(
        A,
        AppointmentStatus::Scheduled,
        monday("10:00"),
    ));
    assert!(given.state.appointment(A).is_some());
}

#[test]
fn taking_over_again_finds_what_was_taken_whatever_became_of_it() {
    let given = taker().and(taken());
    given.clone().when(take_over_command()).then_nothing(stands_with_taker(AppointmentStatus::Scheduled));
    given
        .clone()
        .and(confirmed(A))
        .when(take_over_command())
        .then_nothing(stands_with_taker(AppointmentStatus::Confirmed));
    given
        .clone()
        .and(cancelled(A))
        .when(take_over_command())
        .then_nothing(stands_with_taker(AppointmentStatus::Cancelled));
    let moved =
        AgentCommand::RescheduleAppointment { appointment_id: A, start: monday("15:00"), agreed_zone: None };
    let when = given.done(moved).when(take_over_command());
    assert!(matches!(
        when.outcome,
        Ok(Decision::Unchanged {
            answer: Answer::Appointment(AppointmentAnswer { sequence: 2, .. }),
            version: 3
        })
    ));
}

#[test]
fn a_deactivated_taker_still_has_what_it_took() {
    let gone = schemas::event::AgentDeactivated { agent_id: other_agent() };
    taker()
        .and(taken())
        .and(gone.clone())
        .when(take_over_command())
        .then_nothing(stands_with_taker(AppointmentStatus::Scheduled));
    taker().and(gone).when(take_over_command()).then_refused(AgentRejection::AgentInactive);
}

#[test]
fn an_appointment_can_come_back() {
    let given = giver().and(let_go());
    let back = BookAppointment { taken_over: Some(from(other_agent(), 4)), ..book(A, monday("10:00")) };
    let given = given.when(AgentCommand::BookAppointment(back)).then([AppointmentBooked {
        sequence: 1,
        version: 5,
        reassigned_from: Some(other_agent()),
        ..booked(A, monday("10:00"))
    }]);
    given.when(reassign(other_agent())).then([let_go()]);
    // Only a takeover brings it back: a booking that names its id by chance does not.
    giver().and(let_go()).when(AgentCommand::BookAppointment(book(A, monday("12:00")))).then_refused(
        AgentRejection::InvalidTransition { status: AppointmentStatus::Scheduled, wanted: "booked again" },
    );
}

#[test]
fn each_step_may_happen_any_number_of_times() {
    for (books, releases) in [(1, 1), (2, 1), (1, 2), (3, 3)] {
        let (mut from, mut to) = (giver(), taker());
        for time in 0..books {
            to = match to.when(take_over_command()) {
                first if time == 0 => first.then([taken()]),
                again => again.then_nothing(stands_with_taker(AppointmentStatus::Scheduled)),
            };
        }
        for time in 0..releases {
            from = match from.when(reassign(other_agent())) {
                first if time == 0 => first.then([let_go()]),
                again => again.then_nothing(stands_with_taker(AppointmentStatus::Scheduled)),
            };
        }
        let live = [&from, &to].map(|given| given.state.calendar().bookings().count());
        assert_eq!(live, [0, 1]);
    }
}

#[test]
fn only_the_same_leads_appointment_counts_as_taken() {
    let other = BookAppointment { lead_id: crate::samples::lead(9), ..take_over() };
    assert_eq!(other.appointment_type, code(crate::samples::VISIT));
    taker().and(taken()).when(AgentCommand::BookAppointment(other)).then_refused(
        AgentRejection::InvalidTransition { status: AppointmentStatus::Scheduled, wanted: "booked again" },
    );
}
