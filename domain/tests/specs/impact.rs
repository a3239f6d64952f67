//! What a change would do to the appointments that are there, before it is made.

use availability::{Cause, Conflict, Reason};
use chrono::TimeDelta;
use domain::{Agent, AgentCommand, AgentRejection, OfficeCommand, OnOverlap, Overlap};
use schemas::AppointmentId;
use schemas::event::{DateExceptionSet, TimeBlocked};
use schemas::value::{AppointmentType, DateException};

use crate::given::Given;
use crate::samples::{
    A, B, agent, block, block_id, block_request, booked, cancelled, code, date, day, monday, rule_id, visit,
};

fn impact(mut given: Given<Agent>, body: AgentCommand) -> Result<Vec<Conflict>, AgentRejection> {
    let command = given.command(body);
    let after = given.state.calendar_after(&command, &given.context, given.now)?;
    Ok(given.state.impact_of(&after, &given.context, given.now))
}

fn found(given: &Given<Agent>, body: AgentCommand) -> Vec<(AppointmentId, Vec<Reason>)> {
    let found = impact(given.clone(), body).expect("a change that is decided");
    let reasons = |conflict: &Conflict| conflict.findings.iter().map(|finding| finding.reason).collect();
    found.iter().map(|conflict| (conflict.appointment_id, reasons(conflict))).collect()
}

fn closed(on: &str) -> DateException {
    DateException { date: date(on), intervals: Vec::new() }
}

/// Visits on Monday at 12:30 and on Tuesday at 10:00.
fn two_visits() -> Given<Agent> {
    agent().and(booked(A, monday("12:30"))).and(booked(B, day(1, "10:00")))
}

#[test]
fn other_hours_leave_appointments_outside() {
    let given = two_visits();
    let outside = |id| (id, vec![Reason::OutsideHours]);
    let set = |on| AgentCommand::SetDateException { exception: closed(on) };
    assert_eq!(found(&given, set("2026-12-14")), [outside(A)]);
    assert_eq!(found(&given, set("2026-12-16")), []);
    assert_eq!(
        found(&given, AgentCommand::ReplaceWeeklyHours { rules: Vec::new() }),
        [outside(A), outside(B)]
    );
    assert_eq!(found(&given, AgentCommand::RemoveAvailabilityRule { rule_id: rule_id(0) }), [outside(A)]);
    let given = given.and(cancelled(A));
    assert_eq!(found(&given, set("2026-12-14")), [], "it was cancelled");
}

#[test]
fn what_stood_against_a_rule_before_is_no_impact_of_the_change() {
    let given = two_visits().and(DateExceptionSet { exception: closed("2026-12-14") });
    let none = AgentCommand::ReplaceWeeklyHours { rules: Vec::new() };
    assert_eq!(found(&given, none), [(B, vec![Reason::OutsideHours])]);
    let lunch = block_request(1, monday("13:00"), monday("14:00"));
    let block = AgentCommand::BlockTime { block: lunch, on_overlap: OnOverlap::Keep };
    assert_eq!(found(&given, block), [(A, vec![Reason::Blocked])], "it is one more");
}

#[test]
fn a_block_names_itself_as_the_cause_and_its_end_has_no_impact() {
    let lunch = block_request(1, monday("13:00"), monday("14:00"));
    let blocked = AgentCommand::BlockTime { block: lunch.clone(), on_overlap: OnOverlap::Keep };
    let conflicts = impact(two_visits(), blocked).unwrap();
    assert!(matches!(
        conflicts[0].findings[0].cause,
        Cause::AgentBlock { block_id: named, .. } if named == block_id(1)
    ));
    let refusing = AgentCommand::BlockTime { block: lunch.clone(), on_overlap: OnOverlap::Refuse };
    let overlap = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: A,
        start: monday("12:30"),
        end: monday("12:30") + TimeDelta::hours(1),
    };
    let refused = AgentRejection::BlockOverlapsAppointments(vec![overlap]);
    assert_eq!(impact(two_visits(), refusing), Err(refused));
    let given = two_visits().and(TimeBlocked { block: block(&lunch, chrono_tz::America::Santiago) });
    assert_eq!(found(&given, AgentCommand::UnblockTime { block_id: block_id(1) }), []);
}

#[test]
fn a_deactivation_is_against_every_appointment_to_come() {
    let deactivate = AgentCommand::DeactivateAgent { keep_appointments: true };
    let inactive = |id| (id, vec![Reason::AgentInactive]);
    assert_eq!(found(&two_visits(), deactivate.clone()), [inactive(A), inactive(B)]);
    assert_eq!(found(&two_visits().at(day(1, "09:00")), deactivate), [inactive(B)], "the other is over");
}

#[test]
fn the_office_says_what_it_would_be_and_nothing_changes() {
    let given = agent();
    let (office, now) = (given.context, given.now);
    let mut of_office = Given::<domain::Office>::nothing((), now);
    let after = |command| office.calendar_after(&command, now).unwrap();
    let retired = after(of_office.command(OfficeCommand::RetireAppointmentType { code: visit().code }));
    assert_eq!(retired.appointment_type(&visit().code), None);
    let longer = AppointmentType { duration_minutes: 90, ..visit() };
    let defined =
        after(of_office.command(OfficeCommand::DefineAppointmentType { appointment_type: longer.clone() }));
    assert_eq!(defined.appointment_type(&visit().code), Some(&longer));
    assert_eq!(office.calendar().appointment_type(&visit().code), Some(&visit()));
    let unknown = of_office.command(OfficeCommand::RetireAppointmentType { code: code("unheard_of") });
    assert!(office.calendar_after(&unknown, now).is_err());
}
