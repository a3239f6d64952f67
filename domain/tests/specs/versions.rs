//! Versions: each thing counts its own changes, and a command that expects another version is refused.

use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Command, Decision, Office, OfficeCommand, Refusal,
};
use schemas::IfMatch;
use schemas::event::ExternalBusyRecorded;
use schemas::value::{DateException, LocalInterval};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, agent, agent_id, book, booked, busy_id, call, code, confirmed, date, day, held, hold,
    hold_id, lead, monday, nobody, office_events, policy, profile, reschedule, rule, time, visit,
};
use crate::two_agents::{R, fence, hand_over, needed, reassign, reserve, reserved, taker, time_reserved};

const CONFIRM_A: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };
const CANCEL_A: AgentCommand =
    AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };

/// A is booked and confirmed, B is booked.
fn two_appointments() -> Given<Agent> {
    agent().and(booked(A, monday("10:00"))).and(booked(B, monday("12:00"))).and(confirmed(A))
}

/// The version that the command was answered with.
fn answered<T>(when: When<T>) -> (Given<T>, u64)
where
    T: Aggregate + Clone,
    T::Event: PartialEq,
    T::Context: Sized + Clone + std::fmt::Debug,
{
    let command_id = when.command.command_id;
    let given = when.then_accepted().0;
    let version = given.state.receipts().get(command_id).expect("just carried out").version;
    (given, version)
}

#[test]
fn an_appointment_counts_its_own_changes_from_one() {
    let (given, version) = answered(agent().when(AgentCommand::BookAppointment(book(A, monday("10:00")))));
    assert_eq!(version, 1);
    let given = given.and(booked(B, monday("12:00"))).and(confirmed(B));
    let (given, version) = answered(given.when_at(1, CONFIRM_A));
    assert_eq!(version, 2, "changes of others do not count");
    let moved = reschedule(A, monday("15:00"));
    let (given, version) = answered(given.when_at(2, moved));
    assert_eq!(version, 3);
    let (given, version) = answered(given.when_at(3, CANCEL_A));
    assert_eq!(version, 4);
    let answer = given.state.answer_unchanged(&CANCEL_A);
    given.clone().when_at(3, CANCEL_A).then_stale(Some(4));
    given.when_at(4, CANCEL_A).then_nothing(answer);
}

#[test]
fn no_version_but_the_present_one_matches() {
    for other in [0, 1, 3, 8, 18, 999_999] {
        two_appointments().when_at(other, CANCEL_A).then_stale(Some(2));
    }
    two_appointments().when_at(2, CANCEL_A).then_accepted();
}

#[test]
fn any_version_matches_what_exists() {
    let sent = |mut given: Given<Agent>, body: AgentCommand| {
        let command = Command { if_match: Some(IfMatch::Any), ..given.command(body) };
        given.when_sent(command)
    };
    sent(two_appointments(), CANCEL_A).then_accepted();
    sent(agent(), CANCEL_A).then_refused(AgentRejection::AppointmentNotFound);
    let update = AgentCommand::UpdateAgentProfile { agent_id: agent_id(), profile: profile() };
    sent(nobody(), update).then_stale(None);
}

#[test]
fn that_there_is_no_such_appointment_says_more_than_that_it_changed() {
    agent().when_at(5, CANCEL_A).then_refused(AgentRejection::AppointmentNotFound);
    nobody().when_at(0, CANCEL_A).then_refused(AgentRejection::UnknownAgent);
}

#[test]
fn what_is_not_there_yet_has_no_version_to_match() {
    let register = AgentCommand::RegisterAgent { agent_id: agent_id(), profile: profile() };
    nobody().when_at(0, register).then_stale(None);
    let define = OfficeCommand::DefineAppointmentType { appointment_type: visit() };
    Given::<Office>::nothing((), monday("08:00")).when_at(0, define).then_stale(None);
    for new in [
        AgentCommand::BookAppointment(book(crate::samples::appointment_id(9), monday("16:00"))),
        AgentCommand::HoldSlot(hold(hold_id(2), lead(2), monday("16:00"))),
    ] {
        two_appointments().when_at(1, new).then_stale(None);
    }
}

#[test]
fn profile_hours_exceptions_and_blocks_are_the_agents_and_nothing_else_is() {
    let given = two_appointments().and(held(HOLD, lead(2), monday("15:00"), monday("08:10"))).and(
        ExternalBusyRecorded {
            busy_id: busy_id("dentista"),
            source: "google_calendar".to_owned(),
            start: day(1, "09:00"),
            end: day(1, "10:00"),
        },
    );
    // The registration and five rules.
    let add = AgentCommand::AddAvailabilityRule { rule: rule(9, 5, "10:00", "12:00") };
    given.clone().when_at(5, add.clone()).then_stale(Some(6));
    let (given, version) = answered(given.when_at(6, add));
    assert_eq!(version, 7);
    let deactivate = AgentCommand::DeactivateAgent { keep_appointments: true };
    given.clone().when_at(6, deactivate.clone()).then_stale(Some(7));
    given.when_at(7, deactivate).then_accepted();
}

#[test]
fn a_hold_is_made_and_ends() {
    let (given, version) =
        answered(agent().when(AgentCommand::HoldSlot(hold(HOLD, lead(2), monday("10:00")))));
    assert_eq!(version, 1);
    let release = AgentCommand::ReleaseHold { hold_id: HOLD };
    given.clone().when_at(2, release.clone()).then_stale(Some(1));
    let (_, version) = answered(given.when_at(1, release));
    assert_eq!(version, 2);
}

#[test]
fn each_appointment_type_has_its_own_version_and_the_office_one_for_all_that_it_has() {
    let given = Given::office_of(office_events(), monday("08:00"));
    let retire = |of: &str| OfficeCommand::RetireAppointmentType { code: code(of) };
    let (given, version) = answered(given.when_at(1, retire(crate::samples::VISIT)));
    assert_eq!(version, 2);
    let (given, version) = answered(given.when_at(1, retire(crate::samples::CALL)));
    assert_eq!(version, 2);
    let again = OfficeCommand::DefineAppointmentType { appointment_type: call() };
    given.clone().when_at(1, again.clone()).then_stale(Some(2));
    let (given, version) = answered(given.when_at(2, again));
    assert_eq!(version, 3, "a type that is defined again goes on where it was");

    // One policy and five changes of types so far.
    let add = OfficeCommand::AddOfficeRule { rule: rule(1, 0, "09:00", "18:00") };
    given.clone().when_at(5, add.clone()).then_stale(Some(6));
    let (given, version) = answered(given.when_at(6, add));
    assert_eq!(version, 7);
    let policy = OfficeCommand::SetOfficePolicy {
        policy: schemas::value::OfficePolicy { travel_minutes: 9, ..policy() },
    };
    given.clone().when_at(6, policy.clone()).then_stale(Some(7));
    given.when_at(7, policy).then_accepted();
}

#[test]
fn a_hand_over_is_a_change_and_the_appointment_counts_on_from_it() {
    let wanted = needed(&two_appointments(), A);
    let when = two_appointments().when_at(2, reassign(A, Some(reserved(R, wanted.clone()))));
    let (giver, receive) = hand_over(when, agent_id());
    assert_eq!(receive.receipt.version, 3);
    assert_eq!(giver.state.version_of(&CANCEL_A), None, "it has others with its new agent");
    let taker = taker().and(time_reserved(R, wanted));
    let (taker, version) = answered(taker.when(AgentCommand::ReceiveAppointment(Box::new(receive))));
    assert_eq!(version, 3, "the receipt is no change of its own");
    taker.clone().when_at(2, CANCEL_A).then_stale(Some(3));
    let (_, version) = answered(taker.when_at(3, CANCEL_A));
    assert_eq!(version, 4);
}

#[test]
fn reservations_have_no_version() {
    let wanted = needed(&two_appointments(), A);
    let reserve = AgentCommand::ReserveTime(reserve(R, wanted));
    taker().when_at(1, reserve.clone()).then_stale(None);
    let (given, version) = answered(taker().when(reserve));
    assert_eq!(version, 0);
    let (_, version) = answered(given.when(AgentCommand::ReleaseReservation { reservation_id: R }));
    assert_eq!(version, 0);
    let (given, version) = answered(two_appointments().when(fence(R)));
    assert_eq!(version, 0);
    assert_eq!(given.state.version_of(&CANCEL_A), Some(2));
}

/// A command that finds nothing to do is answered with the version as it is at its turn, not with a later one; and changes
/// it for nobody.
#[test]
fn what_changes_nothing_is_answered_with_the_version_that_is() {
    let when = two_appointments().when(CONFIRM_A);
    let Ok(Decision::Unchanged { version, .. }) = when.outcome else { panic!("{when:?}") };
    assert_eq!(version, 2);
    let stale = when.given.when_at(1, CONFIRM_A);
    assert_eq!(stale.outcome, Err(Refusal::StaleVersion { current: Some(2) }));

    let mut given = two_appointments();
    let keyed = Command { may_repeat: true, ..given.command(CONFIRM_A) };
    let stale = Command { if_match: Some(IfMatch::version(1)), ..keyed.clone() };
    let given = given.when_sent(stale).then_stale(Some(2));
    let seen = Command { if_match: Some(IfMatch::version(2)), ..keyed };
    let (given, version) = answered(given.when_sent(seen));
    assert_eq!(version, 2);
    let (_, version) = answered(given.when_at(2, CANCEL_A));
    assert_eq!(version, 3);
}

/// The hours of a date have the version of their agent, and are there or not by themselves.
#[test]
fn the_hours_of_a_date_are_made_only_if_there_are_none() {
    let set = |intervals| AgentCommand::SetDateException {
        exception: DateException { date: date("2026-12-15"), intervals },
    };
    let unless_there = |mut given: Given<Agent>, body| {
        let command = Command { if_none_match: Some(IfMatch::Any), ..given.command(body) };
        given.when_sent(command)
    };
    let given = unless_there(agent(), set(Vec::new())).then_accepted().0;
    let version = given.state.version_of(&set(Vec::new()));
    let morning = LocalInterval { start_time: time("09:00"), end_time: time("12:00") };
    unless_there(given.clone(), set(vec![morning])).then_stale(version);
    let other = AgentCommand::SetDateException {
        exception: DateException { date: date("2026-12-16"), intervals: Vec::new() },
    };
    unless_there(given.clone(), other.clone()).then_accepted();
    let mut given = given;
    let command = Command { if_match: Some(IfMatch::Any), ..given.command(other) };
    given.when_sent(command).then_stale(version);
}
