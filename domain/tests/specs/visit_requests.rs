//! Visits that occupants or owners of the property have to approve.

use domain::{Agent, AgentCommand, AgentRejection, ApproverNamed, BookAppointment, Instead};
use schemas::event::{AgentEvent, AppointmentBooked, VisitApproved, VisitRequestExpired, VisitRequested};
use schemas::value::AppointmentStatus::{Cancelled, Confirmed, Requested, Scheduled};
use schemas::value::{AppointmentStatus, ApprovalRule, Approver, ApproverRole, NoShowBy, VisitApproval};

use crate::given::Given;
use crate::samples::{A, B, agent, answer, book, booked, confirmed, day, monday, reschedule};

const CONFIRM: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };
const RELEASE: AgentCommand = AgentCommand::ReleaseUnconfirmed { appointment_id: A };
const CANCEL: AgentCommand =
    AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
const REINSTATE: AgentCommand =
    AgentCommand::ReinstateAppointment { appointment_id: A, reason: None, requested_by: None };

fn approval(rule: ApprovalRule) -> VisitApproval {
    let approver = |id: &str, role| Approver { approver_id: id.to_owned(), role };
    let approvers = vec![approver("o1", ApproverRole::Occupant), approver("w1", ApproverRole::Owner)];
    VisitApproval { approvers, rule, expires_after_minutes: 60 }
}

fn booking(rule: ApprovalRule) -> BookAppointment {
    BookAppointment { approval: Some(approval(rule)), ..book(A, day(3, "10:00")) }
}

fn waiting(rule: ApprovalRule) -> Given<Agent> {
    agent().at(monday("08:00")).done(AgentCommand::BookAppointment(booking(rule)))
}

fn approve(by: &str) -> AgentCommand {
    AgentCommand::ApproveVisit { appointment_id: A, by: ApproverNamed::Id(by.to_owned()) }
}

fn decline(by: &str) -> AgentCommand {
    let by = ApproverNamed::Id(by.to_owned());
    AgentCommand::DeclineVisit { appointment_id: A, by, reason: None, proposal: Some(day(4, "12:00")) }
}

fn approved(by: &str, status: AppointmentStatus) -> VisitApproved {
    let approver_id = by.to_owned();
    VisitApproved { appointment_id: A, approver_id, status, start: day(3, "10:00"), confirm_by: None }
}

fn status(given: &Given<Agent>) -> AppointmentStatus {
    given.state.appointment(A).expect("it is live").status
}

fn invalid(status: AppointmentStatus, wanted: &'static str, instead: Instead) -> AgentRejection {
    AgentRejection::InvalidTransition { status, wanted, instead }
}

#[test]
fn a_booking_that_has_to_be_approved_is_requested_even_if_it_is_to_be_confirmed() {
    for confirm in [false, true] {
        let asked = BookAppointment { confirm, ..booking(ApprovalRule::Any) };
        let request = approval(ApprovalRule::Any).request(day(3, "10:00"), monday("08:00"));
        let expected: [AgentEvent; 2] = [
            AppointmentBooked { status: Requested, ..booked(A, day(3, "10:00")) }.into(),
            VisitRequested { appointment_id: A, request }.into(),
        ];
        let given = agent().at(monday("08:00"));
        let after = given.when(AgentCommand::BookAppointment(asked.clone())).then(expected);
        assert_eq!(after.state.appointment(A).expect("it is live").version, 1);
        after.when(AgentCommand::BookAppointment(asked)).then_nothing(answer(A, Requested, day(3, "10:00")));
    }
}

#[test]
fn one_of_any_is_enough_and_all_are_needed_of_all() {
    waiting(ApprovalRule::Any).when(approve("w1")).then([approved("w1", Scheduled)]);
    let half = waiting(ApprovalRule::All).when(approve("w1")).then([approved("w1", Requested)]);
    half.clone().when(approve("w1")).then_nothing(answer(A, Requested, day(3, "10:00")));
    let whole = half.when(approve("o1")).then([approved("o1", Scheduled)]);
    whole.when(approve("o1")).then_nothing(answer(A, Scheduled, day(3, "10:00")));
}

#[test]
fn who_is_not_asked_cannot_answer() {
    let unknown = |wanted| invalid(Requested, wanted, Instead::NameApprover);
    waiting(ApprovalRule::Any).when(approve("x")).then_refused(unknown("approved"));
    waiting(ApprovalRule::Any).when(decline("x")).then_refused(unknown("declined"));
    let automatic = agent().and(booked(A, day(3, "10:00")));
    automatic.when(approve("o1")).then_refused(invalid(Scheduled, "approved", Instead::Nothing));
}

#[test]
fn a_role_stands_for_its_next_approver() {
    let by = ApproverNamed::Role(ApproverRole::Owner);
    let by_owner = AgentCommand::ApproveVisit { appointment_id: A, by };
    waiting(ApprovalRule::Any).when(by_owner).then([approved("w1", Scheduled)]);
}

#[test]
fn a_declined_visit_is_cancelled_and_its_time_free() {
    let declined = waiting(ApprovalRule::Any).done(decline("o1"));
    assert!(declined.state.appointment(A).is_none());
    declined.clone().when(decline("o1")).then_nothing(answer(A, Cancelled, day(3, "10:00")));
    let other = AgentCommand::BookAppointment(book(B, day(3, "10:00")));
    assert!(declined.done(other).state.appointment(B).is_some());
    let approved = waiting(ApprovalRule::Any).done(approve("o1"));
    approved.when(decline("o1")).then_refused(invalid(Scheduled, "declined", Instead::Cancel));
}

#[test]
fn what_waits_is_neither_confirmed_nor_over() {
    let given = waiting(ApprovalRule::Any);
    given.clone().when(CONFIRM).then_refused(invalid(Requested, "confirmed", Instead::Approve));
    let complete = AgentCommand::CompleteAppointment { appointment_id: A };
    given.clone().when(complete).then_refused(invalid(Requested, "completed", Instead::Approve));
    let no_show = AgentCommand::MarkNoShow { appointment_id: A, by: NoShowBy::Lead };
    given.when(no_show).then_refused(invalid(Requested, "a no-show", Instead::Approve));
}

#[test]
fn a_request_ends_by_time_and_the_event_only_records_it() {
    let given = waiting(ApprovalRule::Any);
    let taken = AgentCommand::BookAppointment(book(B, day(3, "10:00")));
    assert!(given.clone().at(monday("08:59")).when(taken.clone()).outcome.is_err());
    let over = given.at(monday("09:00"));
    assert!(over.clone().done(taken).state.appointment(B).is_some());
    assert!(over.clone().when(approve("o1")).outcome.is_err());
    let expired = VisitRequestExpired { appointment_id: A, expires_at: monday("09:00") };
    over.clone().when(CANCEL).then([expired.clone()]);
    let recorded = over.when(RELEASE).then([expired]);
    recorded.clone().when(RELEASE).then_nothing(answer(A, Cancelled, day(3, "10:00")));
    // Reinstated, it is asked for anew.
    assert_eq!(status(&recorded.done(REINSTATE)), Requested);
}

#[test]
fn another_time_is_asked_for_again_unless_what_was_confirmed_is_kept() {
    let confirmed = waiting(ApprovalRule::Any).done(approve("o1")).and(confirmed(A));
    assert_eq!(status(&confirmed.clone().done(reschedule(A, day(4, "12:00")))), Requested);
    let kept = domain::RescheduleAppointment {
        start: Some(day(4, "12:00")),
        keep_confirmed: true,
        ..domain::RescheduleAppointment::of(A)
    };
    let kept = AgentCommand::RescheduleAppointment(kept);
    assert_eq!(status(&confirmed.done(kept.clone())), Confirmed);
    assert_eq!(status(&waiting(ApprovalRule::Any).done(kept)), Requested);
}
