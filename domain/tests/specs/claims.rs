//! Claims: whom a booking goes to that names no agent; and the bookings that are made by one.

use chrono::TimeDelta;
use domain::reservation::{Attempt, LONGEST_ATTEMPT, REMEMBERED};
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, BookAppointment, ClaimAnswer, ClaimCommand,
    ClaimRejection, Claims, Decision, ReservationAnswer, ReservationOutcome,
};
use schemas::event::{
    AgentDeactivated, ClaimPassedOn, ClaimReleased, ClaimsClosed, CommandClaimed, ReservationFenced,
};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, ClaimEvent, CommandId, ReservationId};
use uuid::Uuid;

use crate::given::Given;
use crate::samples::{A, B, agent, agent_id, answer, book, booked, day, monday, other_agent, said};
use crate::two_agents::{R, reservation_id};

const WANTED: CommandId = CommandId::new(Uuid::from_u128(0xe1));
const OTHER: CommandId = CommandId::new(Uuid::from_u128(0xe2));

fn third() -> AgentId {
    AgentId::parse("600").expect("a number is an id")
}

fn nothing() -> Given<Claims> {
    Given::nothing((), monday("08:00"))
}

fn find(command_id: CommandId) -> ClaimCommand {
    ClaimCommand::Find { command_id, digest: "d".to_owned() }
}

fn claim(command_id: CommandId, claim_id: ReservationId, agent_id: AgentId) -> ClaimCommand {
    ClaimCommand::Claim { command_id, digest: "d".to_owned(), claim_id, agent_id }
}

fn claimed(command_id: CommandId, claim_id: ReservationId, agent_id: AgentId) -> CommandClaimed {
    CommandClaimed { command_id, command_digest: "d".to_owned(), claim_id, agent_id }
}

fn pass_on(claim_id: ReservationId, from: AgentId, to: AgentId) -> ClaimCommand {
    ClaimCommand::PassOn { command_id: WANTED, claim_id, from, to }
}

fn passed_on(agent_id: AgentId) -> ClaimPassedOn {
    ClaimPassedOn { command_id: WANTED, agent_id }
}

fn release(claim_id: ReservationId, from: AgentId) -> ClaimCommand {
    ClaimCommand::Release { command_id: WANTED, claim_id, from }
}

const RELEASED: ClaimReleased = ClaimReleased { command_id: WANTED };

fn goes_to(claim_id: ReservationId, agent_id: AgentId) -> ClaimAnswer {
    ClaimAnswer { claimed: Some((claim_id, agent_id)) }
}

const NOBODY: ClaimAnswer = ClaimAnswer { claimed: None };

/// Claimed for the first agent.
fn one_claim() -> Given<Claims> {
    nothing().and(claimed(WANTED, R, agent_id()))
}

#[test]
fn a_command_is_claimed_once() {
    nothing().when(find(WANTED)).then_nothing(NOBODY);
    let given = nothing().when(claim(WANTED, R, agent_id())).then([claimed(WANTED, R, agent_id())]);
    let given = given.when(find(WANTED)).then_nothing(goes_to(R, agent_id()));
    let another = claim(WANTED, reservation_id(2), other_agent());
    let given = given.when(another).then_nothing(goes_to(R, agent_id()));
    given
        .when(claim(OTHER, reservation_id(2), other_agent()))
        .then_answer(goes_to(reservation_id(2), other_agent()));
}

#[test]
fn it_is_found_and_claimed_with_the_same_content_only() {
    let digest = "of something else".to_owned();
    one_claim()
        .when(ClaimCommand::Find { command_id: WANTED, digest: digest.clone() })
        .then_refused(ClaimRejection::OtherContent);
    let (claim_id, agent_id) = (reservation_id(2), other_agent());
    one_claim()
        .when(ClaimCommand::Claim { command_id: WANTED, digest, claim_id, agent_id })
        .then_refused(ClaimRejection::OtherContent);
}

#[test]
fn once_the_day_is_closed_nothing_is_claimed_and_all_else_goes_on() {
    let given = one_claim().when(ClaimCommand::Close).then([ClaimsClosed {}]);
    let given = given.when(ClaimCommand::Close).then_nothing(NOBODY);
    one_claim().when(ClaimCommand::Close).then_answer(NOBODY);
    let new = claim(OTHER, reservation_id(2), agent_id());
    let given = given.when(new).then_refused(ClaimRejection::Closed);
    // What was claimed before is found.
    let given = given.when(find(WANTED)).then_nothing(goes_to(R, agent_id()));
    let given = given.when(claim(WANTED, reservation_id(2), third())).then_nothing(goes_to(R, agent_id()));
    let given = given.when(pass_on(R, agent_id(), other_agent())).then([passed_on(other_agent())]);
    let given = given.when(release(R, other_agent())).then([RELEASED]);
    given.when(claim(WANTED, reservation_id(2), agent_id())).then_refused(ClaimRejection::Closed);
}

#[test]
fn it_is_passed_on_only_by_those_who_know_whom_it_is_at() {
    let given = one_claim().when(pass_on(R, agent_id(), other_agent())).then([passed_on(other_agent())]);
    let at_other = goes_to(R, other_agent());
    one_claim().when(pass_on(R, agent_id(), other_agent())).then_answer(at_other.clone());
    for late in [
        pass_on(R, agent_id(), third()),
        pass_on(R, third(), agent_id()),
        pass_on(reservation_id(2), other_agent(), third()),
        release(R, agent_id()),
        release(reservation_id(2), other_agent()),
    ] {
        given.clone().when(late).then_nothing(at_other.clone());
    }
    given.when(pass_on(R, other_agent(), third())).then([passed_on(third())]);
    nothing().when(pass_on(R, agent_id(), third())).then_nothing(NOBODY);
    nothing().when(release(R, agent_id())).then_nothing(NOBODY);
}

/// It is ruled out there, so that it could never be booked.
#[test]
fn it_is_given_up_rather_than_passed_on_to_one_who_had_it() {
    let at_third = one_claim().and(passed_on(other_agent())).and(passed_on(third()));
    for had_it in [agent_id(), other_agent(), third()] {
        let given = at_third.clone().when(pass_on(R, third(), had_it.clone())).then([RELEASED]);
        at_third.clone().when(pass_on(R, third(), had_it.clone())).then_answer(NOBODY);
        given.when(claim(WANTED, reservation_id(2), had_it)).then_accepted();
    }
}

#[test]
fn a_released_one_is_claimed_anew() {
    let given = one_claim().and(passed_on(other_agent()));
    given.clone().when(release(R, other_agent())).then_answer(NOBODY);
    let given = given.when(release(R, other_agent())).then([RELEASED]);
    let given = given.when(find(WANTED)).then_nothing(NOBODY);
    let anew = reservation_id(2);
    let given = given.when(claim(WANTED, anew, agent_id())).then([claimed(WANTED, anew, agent_id())]);
    // Those who know of the first claim change nothing about the second.
    let given = given.when(pass_on(R, agent_id(), third())).then_nothing(goes_to(anew, agent_id()));
    let given = given.when(release(R, agent_id())).then_nothing(goes_to(anew, agent_id()));
    // And it goes on to whomever the first one was at.
    given.when(pass_on(anew, agent_id(), other_agent())).then([passed_on(other_agent())]);
}

#[test]
fn claims_are_kept_in_snapshots() {
    let given = one_claim().and(passed_on(other_agent())).and(claimed(OTHER, reservation_id(2), third()));
    let given = given.and(ClaimEvent::from(ClaimsClosed {}));
    let snapshot = serde_json::to_vec(&given.state).unwrap();
    let restored: Claims = serde_json::from_slice(&snapshot).unwrap();
    assert_eq!(restored, given.state);
    assert_eq!((restored.revision(), restored.version_of(&find(WANTED))), (Some(3), None));
}

/// Books B at ten by a claim, as it was read at 08:00.
fn book_claimed(claim_id: ReservationId) -> AgentCommand {
    let claim = Some(Attempt { reservation_id: claim_id, made_at: monday("08:00") });
    AgentCommand::BookAppointment(BookAppointment { claim, ..book(B, monday("10:00")) })
}

fn rule_out(claim_id: ReservationId, of_command: CommandId) -> AgentCommand {
    AgentCommand::FenceReservation {
        reservation_id: claim_id,
        reserved_on: "claimed-2026-12-14".to_owned(),
        of_command: Some(of_command),
    }
}

fn ruled_out(claim_id: ReservationId) -> ReservationFenced {
    ReservationFenced { reservation_id: claim_id, reserved_on: "claimed-2026-12-14".to_owned() }
}

fn outcome(reservation_id: ReservationId, outcome: ReservationOutcome) -> Answer {
    Answer::Reservation(ReservationAnswer { reservation_id, outcome })
}

#[test]
fn a_booking_is_made_by_a_claim_unless_it_is_ruled_out() {
    agent().when(book_claimed(R)).then_answer(answer(B, AppointmentStatus::Scheduled, monday("10:00")));
    let given = agent().when(rule_out(R, WANTED)).then([ruled_out(R)]);
    let given = given.when(rule_out(R, WANTED)).then_nothing(outcome(R, ReservationOutcome::Fenced));
    let given = given.when(book_claimed(R)).then_refused(AgentRejection::AttemptOver);
    given.clone().when(book_claimed(reservation_id(2))).then_accepted();
    // By no claim, the agent is named: nothing has ruled that out.
    given.when(AgentCommand::BookAppointment(book(B, monday("10:00")))).then_accepted();
}

#[test]
fn that_it_is_ruled_out_says_more_than_that_the_agent_is_not_free() {
    let taken = agent().and(booked(A, monday("10:00")));
    assert!(taken.clone().when(book_claimed(R)).outcome.is_err());
    taken.and(ruled_out(R)).when(book_claimed(R)).then_refused(AgentRejection::AttemptOver);
    let gone = agent().and(ruled_out(R)).and(AgentDeactivated { agent_id: agent_id() });
    gone.when(book_claimed(R)).then_refused(AgentRejection::AttemptOver);
}

#[test]
fn one_who_has_read_the_claim_too_long_ago_books_nothing() {
    let at = |passed: TimeDelta| agent().at(monday("08:00") + passed).when(book_claimed(R));
    let moment = TimeDelta::microseconds(1);
    at(LONGEST_ATTEMPT).then_accepted();
    at(-LONGEST_ATTEMPT).then_accepted();
    at(LONGEST_ATTEMPT + moment).then_refused(AgentRejection::AttemptOver);
    at(-LONGEST_ATTEMPT - moment).then_refused(AgentRejection::AttemptOver);
}

/// A fence is forgotten long after everybody who has read the claim is too late.
#[test]
fn the_fence_outlives_every_attempt() {
    let remembers = |given: &Given<Agent>| {
        let told = given.state.answer_unchanged(&rule_out(R, WANTED));
        told == outcome(R, ReservationOutcome::Fenced)
    };
    let given = agent().and(ruled_out(R)).and(booked(B, day(4, "12:00")));
    let later = given.busy_for(1);
    assert!(remembers(&later.clone().and(ruled_out(reservation_id(2)))));
    let much_later = later.clone().at(later.now + TimeDelta::minutes(1)).and(ruled_out(reservation_id(3)));
    assert!(!remembers(&much_later));
    assert!(LONGEST_ATTEMPT < REMEMBERED);
}

#[test]
fn what_was_carried_out_is_not_ruled_out() {
    let when = agent().when(book_claimed(R));
    let command = when.command.clone();
    let given = when.then_accepted().0;
    let of_it = rule_out(R, command.command_id);
    let given = given.when(of_it.clone()).then_nothing(outcome(R, ReservationOutcome::Closed));
    // Whoever asks again is answered, whatever has become of the appointment.
    let cancel = AgentCommand::CancelAppointment { appointment_id: B, reason: None, requested_by: None };
    let given = given.done(cancel).when(of_it).then_nothing(outcome(R, ReservationOutcome::Closed));
    let again = given.clone().when_sent(command);
    let Ok(Decision::Repeated(receipt)) = again.outcome else { panic!("{again:?}") };
    assert_eq!(said(&receipt.answer), said(&answer(B, AppointmentStatus::Scheduled, monday("10:00"))));
    given.when(rule_out(R, OTHER)).then([ruled_out(R)]);
}
