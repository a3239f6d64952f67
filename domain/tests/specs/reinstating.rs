//! Taking back a cancellation.

use availability::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Agent, AgentCommand, AgentRejection, Decision, Refusal};
use schemas::event::{
    AgentDeactivated, AppointmentBooked, AppointmentReinstated, AppointmentTypeDefined,
    AppointmentTypeRetired, TimeBlocked,
};
use schemas::value::AppointmentStatus::{self, Cancelled, Completed, Confirmed, NoShow, Scheduled};
use schemas::value::{AppointmentType, RequestedBy};
use schemas::{AgentEvent, Personal};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, agent, agent_id, answer, block, block_request, book, booked, cancelled, confirmed, hold,
    lead, monday, profile, visit,
};
use crate::transitions::{begun, invalid};
use crate::two_agents::{R, booking, giver, handed_over, in_the_way, taker, time_reserved};

const REINSTATE: AgentCommand =
    AgentCommand::ReinstateAppointment { appointment_id: A, reason: None, requested_by: None };

/// A visit from 10:00 on that was cancelled, at half past eight.
fn was_cancelled(status: AppointmentStatus) -> Given<Agent> {
    let given = agent().and(booked(A, monday("10:00")));
    let given = if status == Confirmed { given.and(confirmed(A)) } else { given };
    given.and(cancelled(A)).at(monday("08:30"))
}

fn stands(status: AppointmentStatus) -> domain::Answer {
    answer(A, status, monday("10:00"))
}

fn reason(when: When<Agent>) -> Reason {
    match when.outcome {
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => reason,
        other => panic!("{other:?}"),
    }
}

fn over(start: DateTime<Utc>) -> AgentRejection {
    AgentRejection::Over { start, time_zone: fixtures::ZONE, wanted: "reinstated" }
}

#[test]
fn the_appointment_is_what_it_was_before_and_one_version_more() {
    for status in [Scheduled, Confirmed] {
        let before = agent().and(booked(A, monday("10:00")));
        let before = if status == Confirmed { before.and(confirmed(A)) } else { before };
        let before = before.state.appointment(A).unwrap().clone();
        let given = was_cancelled(status).when(REINSTATE).then_answer(stands(status));
        let after = given.state.appointment(A).unwrap().clone();
        let (version, updated_at) = (before.version + 2, monday("08:30"));
        assert_eq!(after, schemas::value::AppointmentSnapshot { version, updated_at, ..before });
        assert_eq!(given.state.calendar().bookings().count(), 1);
        given.when(REINSTATE).then_nothing(stands(status));
    }
}

#[test]
fn it_says_why_and_on_whose_wish() {
    let why = "Se canceló por error".to_owned();
    let command = AgentCommand::ReinstateAppointment {
        appointment_id: A,
        reason: Some(why.clone()),
        requested_by: Some(RequestedBy::Lead),
    };
    let when = was_cancelled(Scheduled).when(command);
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
    let [AgentEvent::AppointmentReinstated(AppointmentReinstated { reason, requested_by, .. })] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((reason, requested_by), (&Some(Personal::new(lead(1), why)), &Some(RequestedBy::Lead)));
}

#[test]
fn only_a_cancelled_appointment_can_be_reinstated_and_only_before_its_start() {
    for status in [Completed, NoShow] {
        begun(status).when(REINSTATE).then_refused(invalid(status, "reinstated"));
    }
    begun(Confirmed).when(REINSTATE).then_nothing(stands(Confirmed));
    begun(Cancelled).when(REINSTATE).then_refused(over(monday("10:00")));
    let early = monday("10:00") - TimeDelta::milliseconds(1);
    was_cancelled(Scheduled).at(early).when(REINSTATE).then_accepted();
    agent().when(REINSTATE).then_refused(AgentRejection::AppointmentNotFound);
    // Long after, nothing is kept of what it was.
    let given = begun(Cancelled).at(monday("10:00") + TimeDelta::days(9)).and(booked(B, monday("10:00")));
    given.when(REINSTATE).then_refused(over(monday("10:00")));
    was_cancelled(Scheduled)
        .and(AgentDeactivated { agent_id: agent_id() })
        .when(REINSTATE)
        .then_refused(AgentRejection::AgentInactive);
}

#[test]
fn its_time_has_to_be_free() {
    let others = was_cancelled(Scheduled).done(AgentCommand::BookAppointment(book(B, monday("10:30"))));
    assert_eq!(reason(others.when(REINSTATE)), Reason::AlreadyBooked);
    let request = block_request(1, monday("10:00"), monday("11:00"));
    let blocked = was_cancelled(Scheduled).and(TimeBlocked { block: block(&request, profile().time_zone) });
    assert_eq!(reason(blocked.when(REINSTATE)), Reason::Blocked);
    let rival = domain::HoldSlot { expires_at: monday("08:40"), ..hold(HOLD, lead(2), monday("10:00")) };
    let held = was_cancelled(Scheduled).done(AgentCommand::HoldSlot(rival));
    assert_eq!(reason(held.clone().when(REINSTATE)), Reason::Held);
    held.at(monday("08:40")).when(REINSTATE).then_accepted();
}

#[test]
fn a_reservation_in_its_way_is_settled_first() {
    let given = was_cancelled(Scheduled).and(time_reserved(R, booking(B, monday("10:30"))));
    let refused = given.when(REINSTATE).then_needs_settling(&[in_the_way(R, B)]);
    assert!(matches!(refused, AgentRejection::SlotUnavailable { reason: Reason::AlreadyBooked, .. }));
}

#[test]
fn the_leads_own_hold_on_its_slot_is_used_up() {
    let own = domain::HoldSlot { expires_at: monday("08:40"), ..hold(HOLD, lead(1), monday("10:00")) };
    let given = was_cancelled(Scheduled).done(AgentCommand::HoldSlot(own)).done(REINSTATE);
    assert!(given.state.calendar().find_hold(HOLD).is_none());
}

#[test]
fn what_was_agreed_stands_whatever_the_type_has_become() {
    let strict = AppointmentType {
        min_notice_minutes: 24 * 60,
        horizon_days: 0,
        daily_limit: Some(1),
        slot_step_minutes: 7,
        duration_minutes: 30,
        ..visit()
    };
    let given = was_cancelled(Scheduled)
        .and(booked(B, monday("15:00")))
        .office(AppointmentTypeDefined { appointment_type: strict });
    given.clone().when(REINSTATE).then_answer(stands(Scheduled));
    let retired = AppointmentTypeRetired { code: visit().code };
    given.office(retired).when(REINSTATE).then_answer(stands(Scheduled));
}

#[test]
fn the_agent_who_had_it_last_reinstates_it() {
    let (giver, taker) = handed_over(giver(), taker(), A);
    giver.when(REINSTATE).then_refused(AgentRejection::AppointmentNotFound);
    taker.and(cancelled(A)).when(REINSTATE).then_accepted();
}

#[test]
fn a_reinstated_appointment_can_be_cancelled_and_reinstated_again() {
    let cancel = || AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    let given = was_cancelled(Confirmed).done(REINSTATE).done(cancel()).done(REINSTATE);
    assert_eq!(given.state.appointment(A).unwrap().version, 6);
}

#[test]
fn what_was_released_can_be_reinstated_for_half_an_hour_and_need_not_be_confirmed() {
    let confirm_by = monday("08:30");
    let was_released = || {
        agent()
            .and(AppointmentBooked { confirm_by: Some(confirm_by), ..booked(A, monday("10:00")) })
            .at(confirm_by)
            .done(AgentCommand::ReleaseUnconfirmed { appointment_id: A })
    };
    let until = confirm_by + TimeDelta::minutes(30);
    let early = until - TimeDelta::milliseconds(1);
    let given = was_released().at(early).when(REINSTATE).then_answer(stands(Scheduled));
    assert_eq!(given.state.appointment(A).map(|appointment| appointment.confirm_by), Some(None));
    was_released()
        .at(until)
        .when(REINSTATE)
        .then_refused(AgentRejection::ReleasedForGood { until, time_zone: fixtures::ZONE });
    // One that somebody has cancelled is not released.
    let cancelled_then = was_cancelled(Scheduled).at(until);
    cancelled_then.when(REINSTATE).then_accepted();
}

#[test]
fn the_leads_own_appointment_in_its_way_says_so() {
    let given = was_cancelled(Scheduled).done(AgentCommand::BookAppointment(domain::BookAppointment {
        lead_id: lead(1),
        ..book(B, monday("10:30"))
    }));
    let refused = given.when(REINSTATE).outcome;
    let Err(Refusal::Rejected(AgentRejection::LeadHasAppointment(named))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(named.appointment_id, B);
    // The same visit at another time is one too many as well.
    let visit = |id, time| domain::BookAppointment {
        lead_id: lead(1),
        property_id: Some(crate::samples::property(7)),
        ..book(id, monday(time))
    };
    let cancel = AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
    let given = agent()
        .at(monday("08:30"))
        .done(AgentCommand::BookAppointment(visit(A, "10:00")))
        .done(cancel)
        .done(AgentCommand::BookAppointment(visit(B, "15:00")));
    let refused = given.when(REINSTATE).outcome;
    let Err(Refusal::Rejected(AgentRejection::AlreadyScheduled(named))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(named.appointment_id, B);
}
