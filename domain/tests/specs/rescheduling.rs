//! Moving an appointment.

use availability::{Reason, zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::{Punta_Arenas, Santiago};
use domain::{Agent, AgentCommand, AgentRejection, Refusal};
use schemas::event::{
    AppointmentBooked, AppointmentRescheduled, AppointmentTypeDefined, AppointmentTypeRetired, SlotHeld,
};
use schemas::value::{AppointmentStatus, AppointmentType};

use crate::given::Given;
use crate::samples::{
    A, B, HOLD, VISIT, agent, agent_id, answer, answer_with, book, booked, code, confirmed, day, held, lead,
    monday, reschedule, reschedule_in, visit,
};

/// The first move of an appointment from one hour to another.
fn moved(from: DateTime<Utc>, to: DateTime<Utc>) -> AppointmentRescheduled {
    AppointmentRescheduled {
        appointment_id: A,
        status: AppointmentStatus::Scheduled,
        start: to,
        end: to + TimeDelta::minutes(60),
        duration_minutes: 60,
        local_start: zone::local(Santiago, to),
        time_zone: Santiago,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        max_appointments_per_slot: 1,
        sequence: 1,
        previous_start: from,
        previous_end: from + TimeDelta::minutes(60),
        forced: Vec::new(),
        hold_id: None,
        reason: None,
        requested_by: None,
        keep: None,
        confirm_by: None,
    }
}

fn at_ten() -> Given<Agent> {
    agent().and(booked(A, monday("10:00")))
}

#[test]
fn an_appointment_keeps_its_id_and_has_to_be_confirmed_again() {
    let given = at_ten()
        .and(confirmed(A))
        .when(reschedule(A, monday("15:00")))
        .then([moved(monday("10:00"), monday("15:00"))]);
    let appointment = given.state.appointment(A).unwrap();
    assert_eq!((appointment.status, appointment.sequence), (AppointmentStatus::Scheduled, 1));
    given
        .when(reschedule(A, day(1, "15:00")))
        .then([AppointmentRescheduled { sequence: 2, ..moved(monday("15:00"), day(1, "15:00")) }]);
    at_ten().when(reschedule(A, monday("15:00"))).then_answer(answer_with(
        A,
        agent_id(),
        AppointmentStatus::Scheduled,
        monday("15:00"),
        1,
    ));
}

#[test]
fn moving_to_where_it_is_changes_nothing() {
    let given = at_ten().and(confirmed(A));
    let unmoved = answer(A, AppointmentStatus::Confirmed, monday("10:00"));
    given.clone().when(reschedule(A, monday("10:00"))).then_nothing(unmoved.clone());
    // Even when the slot could no longer be booked.
    given.at(monday("10:30")).when(reschedule(A, monday("10:00"))).then_nothing(unmoved);
}

#[test]
fn it_does_not_stand_in_its_own_way_and_leaves_its_time_behind() {
    let given = at_ten().when(reschedule(A, monday("10:30"))).then([moved(monday("10:00"), monday("10:30"))]);
    let at = |start| AgentCommand::BookAppointment(book(B, monday(start)));
    assert!(given.clone().when(at("10:00")).outcome.is_err());
    given.clone().when(at("09:30")).then_accepted();
    given.when(at("11:30")).then_accepted();
}

#[test]
fn it_is_not_moved_onto_another() {
    let given = at_ten().and(booked(B, monday("12:00")));
    let outcome = given.when(reschedule(A, monday("12:30"))).outcome;
    let Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, alternatives, .. })) = outcome else {
        panic!("{outcome:?}")
    };
    let starts: Vec<_> = alternatives.iter().map(|slot| slot.start).collect();
    assert_eq!(reason, Reason::AlreadyBooked);
    assert_eq!(starts, [monday("13:00"), monday("13:30"), monday("11:00")]);
}

#[test]
fn it_keeps_its_length_and_follows_its_type_in_all_else() {
    let shorter = AppointmentType { duration_minutes: 30, buffer_after_minutes: 10, ..visit() };
    let given = at_ten().office(AppointmentTypeDefined { appointment_type: shorter });
    given.clone().when(reschedule(A, monday("15:00"))).then([AppointmentRescheduled {
        buffer_after_minutes: 10,
        ..moved(monday("10:00"), monday("15:00"))
    }]);
    // So it needs an hour, not the half hour that its type takes now.
    let outcome = given.clone().and(booked(B, monday("15:30"))).when(reschedule(A, monday("15:00"))).outcome;
    assert!(matches!(
        outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::AlreadyBooked, .. }))
    ));
    given.when(AgentCommand::BookAppointment(book(B, monday("15:00")))).then([AppointmentBooked {
        end: monday("15:30"),
        duration_minutes: 30,
        buffer_after_minutes: 10,
        ..booked(B, monday("15:00"))
    }]);
    at_ten()
        .office(AppointmentTypeRetired { code: code(VISIT) })
        .when(reschedule(A, monday("15:00")))
        .then_refused(AgentRejection::UnknownAppointmentType(code(VISIT)));
}

#[test]
fn the_zone_that_the_new_time_was_agreed_in_is_kept() {
    let start = monday("15:00");
    let agreed_zone = Some(Punta_Arenas);
    let given = at_ten()
        .when(reschedule_in(A, start, agreed_zone))
        .then([AppointmentRescheduled { time_zone: Punta_Arenas, ..moved(monday("10:00"), start) }]);
    // And stays when the next time says nothing of a zone.
    given.when(reschedule(A, monday("16:00"))).then([AppointmentRescheduled {
        time_zone: Punta_Arenas,
        sequence: 2,
        ..moved(start, monday("16:00"))
    }]);
}

#[test]
fn it_uses_up_its_leads_hold_on_the_new_slot() {
    let hold = |lead_id| held(HOLD, lead_id, monday("15:00"), monday("08:10"));
    let given = at_ten()
        .and(hold(lead(1)))
        .when(reschedule(A, monday("15:00")))
        .then([AppointmentRescheduled { hold_id: Some(HOLD), ..moved(monday("10:00"), monday("15:00")) }]);
    assert_eq!(given.state.calendar().holds().count(), 0);
    let outcome = at_ten().and(hold(lead(2))).when(reschedule(A, monday("15:00"))).outcome;
    assert!(matches!(
        outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::Held, .. }))
    ));
}

#[test]
fn a_hold_of_another_length_does_not_change_how_long_it_takes() {
    let shorter = AppointmentType { duration_minutes: 30, ..visit() };
    let half_an_hour =
        SlotHeld { end: monday("15:30"), ..held(HOLD, lead(1), monday("15:00"), monday("08:10")) };
    let given = at_ten().office(AppointmentTypeDefined { appointment_type: shorter }).and(half_an_hour);
    let after = given
        .clone()
        .when(reschedule(A, monday("15:00")))
        .then([AppointmentRescheduled { hold_id: Some(HOLD), ..moved(monday("10:00"), monday("15:00")) }]);
    assert_eq!(after.state.calendar().holds().count(), 0);
    let outcome = given.and(booked(B, monday("15:30"))).when(reschedule(A, monday("15:00"))).outcome;
    assert!(matches!(
        outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::AlreadyBooked, .. }))
    ));
}
