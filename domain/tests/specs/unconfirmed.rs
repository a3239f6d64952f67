//! Appointments that have to be confirmed in time, and are released if they are not.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Agent, AgentCommand, AgentRejection, BookAppointment, Instead, RescheduleAppointment};
use schemas::event::{AgentEvent, AppointmentReleased, AppointmentRescheduled, AppointmentTypeDefined};
use schemas::value::{AppointmentStatus, AppointmentType};

use crate::given::Given;
use crate::samples::{
    A, B, agent, agent_id, answer, answer_with, book, cancelled, completed, confirmed, day, no_show,
    other_agent, reschedule, visit,
};
use crate::two_agents::{R, hand_over, handed_over, needed, reassign, reserve, reserved, taker};

const RELEASE: AgentCommand = AgentCommand::ReleaseUnconfirmed { appointment_id: A };
const CONFIRM: AgentCommand = AgentCommand::ConfirmAppointment { appointment_id: A };

/// Visits are confirmed a day before they start.
fn to_confirm_a_day_before(given: Given<Agent>) -> Given<Agent> {
    confirm_before(given, Some(24 * 60))
}

fn confirm_before(given: Given<Agent>, confirm_before_minutes: Option<u32>) -> Given<Agent> {
    given.office(AppointmentTypeDefined {
        appointment_type: AppointmentType { confirm_before_minutes, ..visit() },
    })
}

/// A visit on Thursday at ten, to be confirmed by Wednesday at ten; booked on Monday.
fn on_thursday() -> Given<Agent> {
    let booking = AgentCommand::BookAppointment(book(A, day(3, "10:00")));
    to_confirm_a_day_before(agent()).done(booking)
}

fn confirm_by(given: &Given<Agent>) -> Option<DateTime<Utc>> {
    given.state.appointment(A).expect("it is live").confirm_by
}

fn stands(given: &Given<Agent>, status: AppointmentStatus) -> domain::Answer {
    let start = given.state.appointment(A).expect("it is live").start;
    answer(A, status, start)
}

fn released() -> AppointmentReleased {
    AppointmentReleased { appointment_id: A, confirm_by: day(2, "10:00") }
}

#[test]
fn the_moment_is_decided_with_the_time() {
    assert_eq!(confirm_by(&on_thursday()), Some(day(2, "10:00")));
    let friday = on_thursday().done(reschedule(A, day(4, "12:00")));
    assert_eq!(confirm_by(&friday), Some(day(3, "12:00")));
    let longer = RescheduleAppointment { duration_minutes: Some(90), ..RescheduleAppointment::of(A) };
    let longer = on_thursday().done(AgentCommand::RescheduleAppointment(longer));
    assert_eq!(confirm_by(&longer), Some(day(2, "10:00")));
}

#[test]
fn a_type_that_changes_later_changes_nothing_that_is_agreed() {
    for later in [None, Some(1), Some(3 * 24 * 60)] {
        let given = confirm_before(on_thursday(), later);
        assert_eq!(confirm_by(&given), Some(day(2, "10:00")));
        given.at(day(2, "10:00")).when(RELEASE).then([released()]);
    }
    // It holds for what is agreed from now on.
    let given = confirm_before(on_thursday(), Some(60)).done(reschedule(A, day(4, "12:00")));
    assert_eq!(confirm_by(&given), Some(day(4, "11:00")));
    let given = confirm_before(on_thursday(), None).done(reschedule(A, day(4, "12:00")));
    assert_eq!(confirm_by(&given), None);
}

#[test]
fn what_is_agreed_at_shorter_notice_need_not_be_confirmed() {
    let at_notice = |minutes: i64| {
        let now = day(2, "10:00") + TimeDelta::minutes(minutes);
        let booking = AgentCommand::BookAppointment(book(A, day(3, "10:00")));
        confirm_by(&to_confirm_a_day_before(agent()).at(now).done(booking))
    };
    assert_eq!(at_notice(-1), Some(day(2, "10:00")));
    assert_eq!((at_notice(0), at_notice(1)), (None, None));
    let moved = on_thursday().at(day(1, "12:00")).done(reschedule(A, day(2, "11:00")));
    assert_eq!(confirm_by(&moved), None);
    moved.at(day(2, "10:30")).when(RELEASE).then_nothing(answer_with(
        A,
        agent_id(),
        AppointmentStatus::Scheduled,
        day(2, "11:00"),
        1,
    ));
}

#[test]
fn what_is_confirmed_need_not_be_confirmed() {
    let booking = BookAppointment { confirm: true, ..book(A, day(3, "10:00")) };
    let booked = to_confirm_a_day_before(agent()).done(AgentCommand::BookAppointment(booking));
    assert_eq!(confirm_by(&booked), None);
    assert_eq!(confirm_by(&on_thursday().done(CONFIRM)), None);
    let kept = RescheduleAppointment {
        start: Some(day(4, "12:00")),
        keep_confirmed: true,
        ..RescheduleAppointment::of(A)
    };
    let kept = AgentCommand::RescheduleAppointment(kept);
    assert_eq!(confirm_by(&on_thursday().done(CONFIRM).done(kept.clone())), None);
    // One that is not confirmed is not kept so by that.
    assert_eq!(confirm_by(&on_thursday().done(kept)), Some(day(3, "12:00")));
    let moved = on_thursday().done(CONFIRM).done(reschedule(A, day(4, "12:00")));
    assert_eq!(confirm_by(&moved), Some(day(3, "12:00")), "it has to be confirmed again");
}

#[test]
fn a_type_that_says_nothing_releases_nothing() {
    let given = agent().done(AgentCommand::BookAppointment(book(A, day(3, "10:00"))));
    assert_eq!(confirm_by(&given), None);
    let stands = stands(&given, AppointmentStatus::Scheduled);
    given.at(day(3, "09:59")).when(RELEASE).then_nothing(stands);
}

#[test]
fn a_visit_is_released_from_its_moment_until_it_starts() {
    let scheduled = stands(&on_thursday(), AppointmentStatus::Scheduled);
    let second = TimeDelta::seconds(1);
    for not_then in [day(0, "09:00"), day(2, "10:00") - second, day(3, "10:00"), day(30, "10:00")] {
        on_thursday().at(not_then).when(RELEASE).then_nothing(scheduled.clone());
    }
    for then in [day(2, "10:00"), day(3, "10:00") - second] {
        on_thursday().at(then).when(RELEASE).then([released()]);
    }
}

#[test]
fn a_released_visit_is_cancelled_and_its_time_free() {
    let given = on_thursday().at(day(2, "10:00"));
    let (cancelled, given) = (stands(&given, AppointmentStatus::Cancelled), given.when(RELEASE));
    let given = given.then_answer(cancelled.clone());
    assert_eq!(given.state.appointment(A), None);
    given.clone().when(RELEASE).then_nothing(cancelled.clone());
    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    given.clone().when(cancel).then_nothing(cancelled);
    let again = AgentCommand::BookAppointment(book(B, day(3, "10:00")));
    given.clone().when(again).then_accepted();
    let instead = Instead::Reinstate { until: day(2, "10:30") };
    let status = AppointmentStatus::Cancelled;
    let invalid = |wanted| AgentRejection::InvalidTransition { status, wanted, instead };
    given.clone().when(CONFIRM).then_refused(invalid("confirmed"));
    given.when(reschedule(A, day(4, "12:00"))).then_refused(invalid("rescheduled"));
}

#[test]
fn a_visit_that_was_confirmed_moved_or_finished_meanwhile_is_not_released() {
    let due = || on_thursday().at(day(2, "12:00"));
    let nothing = |given: Given<Agent>, status| {
        let stands = stands(&due(), status);
        given.when(RELEASE).then_nothing(stands);
    };
    nothing(due().and(confirmed(A)), AppointmentStatus::Confirmed);
    nothing(due().and(cancelled(A)), AppointmentStatus::Cancelled);
    for (over, status) in [
        (AgentEvent::from(completed(A)), AppointmentStatus::Completed),
        (no_show(A).into(), AppointmentStatus::NoShow),
    ] {
        let instead = Instead::Nothing;
        let refused = AgentRejection::InvalidTransition { status, wanted: "released", instead };
        due().and(confirmed(A)).and(over).when(RELEASE).then_refused(refused);
    }
    let moved = due().done(reschedule(A, day(8, "12:00")));
    assert_eq!(confirm_by(&moved), Some(day(7, "12:00")));
    moved.clone().when(RELEASE).then_nothing(answer_with(
        A,
        agent_id(),
        AppointmentStatus::Scheduled,
        day(8, "12:00"),
        1,
    ));
    let released = AppointmentReleased { appointment_id: A, confirm_by: day(7, "12:00") };
    moved.at(day(7, "12:00")).when(RELEASE).then([released]);
}

#[test]
fn a_hand_over_at_the_same_time_leaves_the_moment() {
    let (giver, taker) = handed_over(confirm_before(on_thursday(), None), taker(), A);
    assert_eq!(confirm_by(&taker), Some(day(2, "10:00")));
    giver.at(day(2, "10:00")).when(RELEASE).then_refused(AgentRejection::AppointmentNotFound);
    taker.at(day(2, "10:00")).when(RELEASE).then([released()]);
}

#[test]
fn a_hand_over_at_another_time_decides_it_anew() {
    let at_friday = |given: Given<Agent>| {
        let asked = RescheduleAppointment {
            start: Some(day(4, "12:00")),
            to_agent_id: Some(other_agent()),
            ..RescheduleAppointment::of(A)
        };
        let present = needed(&given, A);
        let (start, end) = (day(4, "12:00"), day(4, "13:00"));
        let booking = availability::Booking { start, end, ..present };
        let asked = RescheduleAppointment { reserved: Some(reserved(R, booking)), ..asked };
        let when = given.when(AgentCommand::RescheduleAppointment(asked));
        when.handed_over().appointment.confirm_by
    };
    assert_eq!(at_friday(on_thursday()), Some(day(3, "12:00")));
    assert_eq!(at_friday(confirm_before(on_thursday(), None)), None);
}

#[test]
fn a_visit_on_its_way_to_another_agent_is_released_there() {
    let owner = on_thursday();
    let booking = needed(&owner, A);
    let taker = taker().done(AgentCommand::ReserveTime(reserve(R, booking.clone())));
    let when = owner.when(reassign(A, Some(reserved(R, booking))));
    let (giver, received) = hand_over(when, agent_id());
    giver.at(day(2, "10:00")).when(RELEASE).then_refused(AgentRejection::AppointmentNotFound);
    let taker = taker.done(AgentCommand::ReceiveAppointment(Box::new(received)));
    taker.at(day(2, "10:00")).when(RELEASE).then([released()]);
}

#[test]
fn an_appointment_that_never_was_is_not_found() {
    agent().when(RELEASE).then_refused(AgentRejection::AppointmentNotFound);
}

#[test]
fn the_event_of_a_move_says_the_moment() {
    let when = on_thursday().when(reschedule(A, day(4, "12:00")));
    when.then([AppointmentRescheduled {
        previous_start: day(3, "10:00"),
        previous_end: day(3, "11:00"),
        confirm_by: Some(day(3, "12:00")),
        ..fixtures::rescheduled(A, day(4, "12:00"), 60)
    }]);
}
