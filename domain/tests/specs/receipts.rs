//! Receipts: what is kept of commands, to answer them again for as long as they may be repeated.

use chrono::TimeDelta;
use domain::{
    Agent, AgentCommand, Aggregate, Answer, Command, Decision, OfficeCommand, RECEIPT_RETENTION_DAYS,
    Refusal, RulesAnswer,
};
use schemas::IfMatch;
use schemas::value::AppointmentStatus;

use crate::given::Given;
use crate::samples::{
    A, B, agent, answer, appointment_id, book, booked, confirmed, monday, office_events, rule, rule_id, said,
};

const CONFIRM: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };

/// A booking of A at 10:00 carried out at 08:00, and the command.
fn booked_by_command() -> (Given<Agent>, Command<AgentCommand>) {
    let when = agent().when(AgentCommand::BookAppointment(book(A, monday("10:00"))));
    let command = when.command.clone();
    (when.then_accepted().0, command)
}

#[test]
fn the_first_answer_is_given_again_whatever_happened_since() {
    let (given, command) = booked_by_command();
    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    let given =
        given.done(CONFIRM).done(cancel).done(AgentCommand::DeactivateAgent { keep_appointments: false });
    let Ok(Decision::Repeated(receipt)) = given.when_sent(command).outcome else { panic!("not repeated") };
    assert_eq!(said(&receipt.answer), said(&answer(A, AppointmentStatus::Scheduled, monday("10:00"))));
    assert_eq!((receipt.version, receipt.recorded_at), (1, monday("08:00")));
}

#[test]
fn a_repetition_is_found_before_anything_else_is_looked_at() {
    let (given, command) = booked_by_command();
    let given = given.done(CONFIRM);
    let late = Command { if_match: Some(IfMatch::version(0)), ..command };
    assert!(matches!(given.at(monday("23:00")).when_sent(late).outcome, Ok(Decision::Repeated(_))));
}

#[test]
fn an_id_used_for_other_content_is_found_out() {
    let (given, command) = booked_by_command();
    let other = Command { digest: "of something else".to_owned(), body: CONFIRM, ..command };
    assert_eq!(given.when_sent(other).outcome, Err(Refusal::IdempotencyMismatch));
}

#[test]
fn a_command_on_many_rules_has_one_receipt() {
    let rules = vec![rule(21, 0, "09:00", "13:00"), rule(22, 0, "15:00", "18:00")];
    let when = agent().when(AgentCommand::ReplaceWeeklyHours { rules });
    let command_id = when.command.command_id;
    let (mut given, first) = when.then_accepted();
    assert_eq!(first, Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(21), rule_id(22)] }));
    let receipt = given.state.receipts().get(command_id).unwrap();
    // Six events before it have made the agent and five rules.
    assert_eq!((receipt.version, receipt.position), (7, 60));
    given.state.record_position(command_id, 555);
    assert_eq!(given.state.receipts().get(command_id).unwrap().position, 555);
}

#[test]
fn settling_a_command_that_is_forgotten_changes_nothing() {
    let (mut given, command) = booked_by_command();
    let before = given.state.clone();
    let unknown = given.command(CONFIRM).command_id;
    given.state.record_position(unknown, 9);
    assert_eq!(given.state, before);
    assert!(given.state.receipts().get(command.command_id).is_some());
}

fn knows(given: &Given<Agent>, command: &Command<AgentCommand>) -> bool {
    given.state.receipts().get(command.command_id).is_some()
}

#[test]
fn receipts_are_kept_for_days_of_the_streams_own_time() {
    let (given, command) = booked_by_command();
    let still = given.and(booked(B, monday("12:00"))).busy_for(RECEIPT_RETENTION_DAYS);
    assert!(matches!(still.clone().when_sent(command.clone()).outcome, Ok(Decision::Repeated(_))));

    let forgotten = still.clone().at(still.now + TimeDelta::milliseconds(1)).and(confirmed(B));
    assert!(!knows(&forgotten, &command));
    // By then, the appointment's id shows that there is nothing to do.
    forgotten.when_sent(command.clone()).then_nothing(answer(
        A,
        AppointmentStatus::Scheduled,
        monday("10:00"),
    ));

    // Time alone removes no receipt, only events do, so that a fold gives the same state at any time.
    let quiet = still.at(monday("08:00") + TimeDelta::days(60)).when_sent(command).outcome;
    assert!(matches!(quiet, Ok(Decision::Repeated(_))));
}

#[test]
fn the_oldest_receipts_go_first_and_later_ones_stay() {
    let mut given = agent();
    let mut commands = Vec::new();
    for number in 0..4_u8 {
        let start = monday("10:00") + TimeDelta::hours(i64::from(number));
        let when = given
            .at(monday("08:00") + TimeDelta::minutes(i64::from(number)))
            .when(AgentCommand::BookAppointment(book(appointment_id(u128::from(number)), start)));
        commands.push(when.command.clone());
        given = when.then_accepted().0;
    }
    let given = given.at(monday("08:01")).busy_for(RECEIPT_RETENTION_DAYS);
    let given = given.clone().at(given.now + TimeDelta::seconds(1)).and(confirmed(appointment_id(3)));
    let known = commands.iter().map(|command| knows(&given, command));
    assert_eq!(known.collect::<Vec<_>>(), [false, false, true, true]);
}

#[test]
fn what_changes_nothing_and_what_is_refused_leaves_no_receipt() {
    let given = agent().and(booked(A, monday("10:00"))).and(confirmed(A));
    let unchanged = given.when(CONFIRM);
    let command_id = unchanged.command.command_id;
    let given = unchanged.then_nothing(answer(A, AppointmentStatus::Confirmed, monday("10:00")));
    assert_eq!(given.state.receipts().get(command_id), None);

    let taken = given.when(AgentCommand::BookAppointment(book(B, monday("10:00"))));
    let (command, given) = (taken.command.clone(), taken.given);
    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    given.done(cancel).when_sent(command).then_accepted();
}

#[test]
fn receipts_survive_a_snapshot() {
    let (given, command) = booked_by_command();
    let snapshot = serde_json::to_vec(&given.state).unwrap();
    let restored: Agent = serde_json::from_slice(&snapshot).unwrap();
    assert_eq!(restored.receipts().get(command.command_id), given.state.receipts().get(command.command_id));
    assert_eq!(restored, given.state);
}

#[test]
fn the_office_remembers_too() {
    let given = Given::office_of(office_events(), monday("08:00"));
    let rules = vec![rule(1, 0, "09:00", "18:00"), rule(2, 1, "09:00", "18:00")];
    let when = given.when(OfficeCommand::ReplaceOfficeHours { rules });
    let command = when.command.clone();
    let (given, first) = when.then_accepted();
    let given = given.done(OfficeCommand::RemoveOfficeRule { rule_id: rule_id(1) });
    let Ok(Decision::Repeated(receipt)) = given.clone().when_sent(command.clone()).outcome else {
        panic!("not repeated")
    };
    assert_eq!(receipt.answer, first);
    let mut settled = given;
    settled.state.record_position(command.command_id, 777);
    assert_eq!(settled.state.receipts().get(command.command_id).unwrap().position, 777);
}
