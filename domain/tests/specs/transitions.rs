//! Status changes of an appointment.

use domain::{Agent, AgentCommand, AgentRejection, Answer, AppointmentAnswer, Decision, Instead};
use schemas::Personal;
use schemas::event::AppointmentCancelled;
use schemas::value::AppointmentStatus::{self, Cancelled, Completed, Confirmed, NoShow, Scheduled};
use schemas::value::NoShowBy;

use crate::given::Given;
use crate::samples::{
    A, B, agent, agent_id, answer, book, booked, cancelled, completed, confirmed, dispatcher, lead, monday,
    no_show,
};

const CONFIRM: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };
const CANCEL: AgentCommand =
    AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
pub(crate) const COMPLETE: AgentCommand = AgentCommand::CompleteAppointment { appointment_id: A };
pub(crate) const NO_SHOW: AgentCommand = AgentCommand::MarkNoShow { appointment_id: A, by: NoShowBy::Lead };

fn reschedule() -> AgentCommand {
    crate::samples::reschedule(A, monday("15:00"))
}

/// A visit from 10:00 on, at 10:00.
pub(crate) fn begun(status: AppointmentStatus) -> Given<Agent> {
    let given = agent().and(booked(A, monday("10:00"))).at(monday("10:00"));
    match status {
        Scheduled => given,
        Confirmed => given.and(confirmed(A)),
        Completed => given.and(confirmed(A)).and(completed(A)),
        NoShow => given.and(confirmed(A)).and(no_show(A)),
        Cancelled => given.and(cancelled(A)),
    }
}

pub(crate) fn invalid(status: AppointmentStatus, wanted: &'static str) -> AgentRejection {
    AgentRejection::InvalidTransition { status, wanted, instead: Instead::Nothing }
}

pub(crate) fn stands(status: AppointmentStatus) -> Answer {
    answer(A, status, monday("10:00"))
}

#[test]
fn confirming() {
    begun(Scheduled).when(CONFIRM).then([confirmed(A)]);
    begun(Scheduled).when(CONFIRM).then_answer(stands(Confirmed));
    begun(Confirmed).when(CONFIRM).then_nothing(stands(Confirmed));
    for over in [Completed, NoShow, Cancelled] {
        begun(over).when(CONFIRM).then_refused(invalid(over, "confirmed"));
    }
}

#[test]
fn one_that_was_cancelled_says_until_when_it_can_be_taken_back() {
    let given = agent().and(booked(A, monday("10:00"))).and(cancelled(A));
    let (status, wanted) = (Cancelled, "confirmed");
    let instead = Instead::Reinstate { until: monday("10:00") };
    let refused = AgentRejection::InvalidTransition { status, wanted, instead };
    let said = "an appointment that is cancelled cannot be confirmed; reinstate it first, which is possible until 2026-12-14 13:00:00 UTC";
    assert_eq!(refused.to_string(), said);
    given.when(CONFIRM).then_refused(refused);
}

#[test]
fn cancelling() {
    for open in [Scheduled, Confirmed] {
        begun(open).when(CANCEL).then([cancelled(A)]);
        begun(open).when(CANCEL).then_answer(stands(Cancelled));
    }
    begun(Cancelled).when(CANCEL).then_nothing(stands(Cancelled));
    for over in [Completed, NoShow] {
        begun(over).when(CANCEL).then_refused(invalid(over, "cancelled"));
    }
}

#[test]
fn cancelling_says_who_and_why_and_whose_reason_it_is() {
    let why = "Encontró otro departamento".to_owned();
    let reason = Some(Personal::new(lead(1), why.clone()));
    begun(Confirmed)
        .when(AgentCommand::CancelAppointment { appointment_id: A, reason: Some(why), requested_by: None })
        .then([AppointmentCancelled {
            appointment_id: A,
            cancelled_by: dispatcher(),
            reason,
            requested_by: None,
        }]);
}

#[test]
fn what_is_over_is_not_moved() {
    for over in [Completed, NoShow, Cancelled] {
        begun(over).when(reschedule()).then_refused(invalid(over, "rescheduled"));
    }
}

#[test]
fn what_took_place_keeps_its_time_and_what_was_cancelled_does_not() {
    let half_past_eight = || agent().and(booked(A, monday("10:00"))).and(confirmed(A)).at(monday("08:30"));
    let book = || AgentCommand::BookAppointment(book(B, monday("10:00")));
    half_past_eight().and(cancelled(A)).when(book()).then_accepted();
    for event in [schemas::AgentEvent::from(completed(A)), no_show(A).into()] {
        let outcome = half_past_eight().and(event).when(book()).outcome;
        assert!(matches!(outcome, Err(domain::Refusal::Rejected(AgentRejection::SlotUnavailable { .. }))));
    }
}

#[test]
fn an_appointment_that_never_was_is_not_found() {
    let reassign = crate::two_agents::reassign(A, None);
    for command in [CONFIRM, CANCEL, COMPLETE, NO_SHOW, reschedule(), reassign] {
        agent()
            .and(booked(B, monday("10:00")))
            .when(command)
            .then_refused(AgentRejection::AppointmentNotFound);
    }
}

#[test]
fn an_appointment_that_is_over_is_no_longer_to_be_had() {
    assert!(begun(Confirmed).state.appointment(A).is_some());
    assert_eq!(begun(Completed).state.appointment(A), None);
    let when = begun(Completed).when(COMPLETE);
    let Ok(Decision::Unchanged {
        answer: Answer::Appointment(AppointmentAnswer { agent_id: said, .. }), ..
    }) = when.outcome
    else {
        panic!("{when:?}")
    };
    assert_eq!(said, agent_id());
}
