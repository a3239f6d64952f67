//! What became of an appointment.

use chrono::TimeDelta;
use domain::{AgentCommand, AgentRejection, Aggregate as _, Instead};
use schemas::event::{AppointmentNoShow, OutcomeCorrected};
use schemas::value::AppointmentStatus::{self, Cancelled, Completed, Confirmed, NoShow, Scheduled};
use schemas::value::{NoShowBy, Outcome};

use crate::samples::{A, completed, monday, no_show};
use crate::transitions::{COMPLETE, NO_SHOW, begun, invalid, stands};

fn correct(outcome: Outcome, by: NoShowBy) -> AgentCommand {
    AgentCommand::CorrectOutcome { appointment_id: A, outcome, by }
}

/// Refused, as it has an outcome that can be corrected.
fn recorded(status: AppointmentStatus, wanted: &'static str) -> AgentRejection {
    AgentRejection::InvalidTransition { status, wanted, instead: Instead::CorrectOutcome }
}

#[test]
fn completing() {
    for open in [Scheduled, Confirmed] {
        begun(open).when(COMPLETE).then([completed(A)]);
        begun(open).when(COMPLETE).then_answer(stands(Completed));
    }
    begun(Completed).when(COMPLETE).then_nothing(stands(Completed));
    begun(Cancelled).when(COMPLETE).then_refused(invalid(Cancelled, "completed"));
    begun(NoShow).when(COMPLETE).then_refused(recorded(NoShow, "completed"));
}

#[test]
fn marking_as_no_show() {
    for open in [Scheduled, Confirmed] {
        begun(open).when(NO_SHOW).then([no_show(A)]);
        begun(open).when(NO_SHOW).then_answer(stands(NoShow));
    }
    begun(NoShow).when(NO_SHOW).then_nothing(stands(NoShow));
    begun(Cancelled).when(NO_SHOW).then_refused(invalid(Cancelled, "a no-show"));
    begun(Completed).when(NO_SHOW).then_refused(recorded(Completed, "a no-show"));
}

#[test]
fn a_no_show_says_who_did_not_come() {
    for by in [NoShowBy::Lead, NoShowBy::Agent, NoShowBy::Occupant] {
        let mark = || AgentCommand::MarkNoShow { appointment_id: A, by };
        let given = begun(Confirmed).when(mark()).then([AppointmentNoShow { appointment_id: A, by }]);
        given.when(mark()).then_nothing(stands(NoShow));
    }
    // That it was somebody else is a correction.
    let by = NoShowBy::Occupant;
    begun(NoShow)
        .when(AgentCommand::MarkNoShow { appointment_id: A, by })
        .then_refused(recorded(NoShow, "a no-show"));
}

#[test]
fn nothing_has_taken_place_before_its_start() {
    let early = monday("10:00") - TimeDelta::milliseconds(1);
    let corrected = |outcome| correct(outcome, NoShowBy::Lead);
    for (command, wanted) in [
        (COMPLETE, "completed"),
        (NO_SHOW, "a no-show"),
        (corrected(Outcome::Completed), "completed"),
        (corrected(Outcome::NoShow), "a no-show"),
    ] {
        for open in [Scheduled, Confirmed] {
            let not_started =
                AgentRejection::NotStarted { start: monday("10:00"), time_zone: fixtures::ZONE, wanted };
            begun(open).at(early).when(command.clone()).then_refused(not_started);
        }
    }
}

#[test]
fn a_wrong_outcome_is_corrected() {
    let corrected = |outcome, by| OutcomeCorrected { appointment_id: A, outcome, by };
    let by_agent = || correct(Outcome::NoShow, NoShowBy::Agent);
    let given = begun(Completed).when(by_agent()).then([corrected(Outcome::NoShow, Some(NoShowBy::Agent))]);
    let given = given.when(by_agent()).then_nothing(stands(NoShow));
    let by_lead = || correct(Outcome::NoShow, NoShowBy::Lead);
    let given = given.when(by_lead()).then([corrected(Outcome::NoShow, Some(NoShowBy::Lead))]);
    let completed = || correct(Outcome::Completed, NoShowBy::Lead);
    let given = given.when(completed()).then([corrected(Outcome::Completed, None)]);
    given.when(completed()).then_nothing(stands(Completed));
}

#[test]
fn a_correction_records_an_outcome_where_there_was_none() {
    for open in [Scheduled, Confirmed] {
        begun(open).when(correct(Outcome::Completed, NoShowBy::Lead)).then([completed(A)]);
        begun(open).when(correct(Outcome::NoShow, NoShowBy::Lead)).then([no_show(A)]);
    }
    let refused = invalid(Cancelled, "completed");
    begun(Cancelled).when(correct(Outcome::Completed, NoShowBy::Lead)).then_refused(refused);
}

#[test]
fn every_correction_is_a_version_of_its_own() {
    let given = begun(Completed);
    let before = given.state.version_of(&COMPLETE).unwrap();
    let given = given.done(correct(Outcome::NoShow, NoShowBy::Lead));
    assert_eq!(given.state.version_of(&COMPLETE), Some(before + 1));
}
