//! Appointments that stand against the rules as they are now.

use availability::{
    AgentCalendar, Booking, Cause, Conflict, ExternalBusy, Interval, OfficeCalendar, Reason,
    against_zone_rules, conflict_of, conflicts,
};
use chrono::{DateTime, Utc};
use chrono_tz::America::Santiago;
use chrono_tz::UTC;
use schemas::value::{AppointmentType, AvailabilityRule, DateException, LocalInterval};
use schemas::{AppointmentId, BusyId};

use crate::support::{agent, at, block, booking, code, date, office, property, time, uuid, visit, weekly};

fn day(time: &str) -> DateTime<Utc> {
    at(&format!("2026-06-17T{time}:00Z"))
}

fn range() -> Interval {
    Interval::new(day("08:00"), day("20:00"))
}

fn found(agent: &AgentCalendar, office: &OfficeCalendar) -> Vec<Conflict> {
    conflicts(agent, office, range(), true)
}

fn numbers(conflicts: &[Conflict]) -> Vec<u128> {
    conflicts.iter().map(|conflict| conflict.appointment_id.uuid().as_u128()).collect()
}

fn reasons(conflict: &Conflict) -> Vec<Reason> {
    conflict.findings.iter().map(|finding| finding.reason).collect()
}

/// One visit at 10:00 on a Wednesday.
fn given() -> (AgentCalendar, OfficeCalendar) {
    let mut agent = agent(UTC, "09:00", "18:00");
    agent.book(booking(1, &visit(), day("10:00")));
    let office = office(UTC);
    assert_eq!(found(&agent, &office), []);
    (agent, office)
}

#[test]
fn an_appointment_whose_place_was_taken_is_a_conflict() {
    let (mut agent, mut office) = given();
    agent.book(booking(2, &visit(), day("12:00")));
    office.block(block(9, UTC, "2026-06-17T12:30:00", "2026-06-17T12:40:00"));
    agent.block(block(8, UTC, "2026-06-17T12:00:00", "2026-06-17T12:10:00"));
    let busy_id = BusyId::parse("x").unwrap();
    agent.record_busy(ExternalBusy { busy_id: busy_id.clone(), start: day("12:50"), end: day("15:00") });
    let found = found(&agent, &office);
    assert_eq!(numbers(&found), [2]);
    assert_eq!(reasons(&found[0]), [Reason::Blocked, Reason::Blocked, Reason::ExternalBusy]);
    let causes: Vec<_> = found[0].findings.iter().map(|finding| &finding.cause).collect();
    assert!(matches!(causes[0], Cause::AgentBlock { block_id, .. } if block_id.uuid() == uuid(8)));
    assert!(matches!(causes[1], Cause::OfficeBlock { block_id, .. } if block_id.uuid() == uuid(9)));
    assert!(matches!(causes[2], Cause::ExternalBusy { busy_id: named, .. } if *named == busy_id));
}

#[test]
fn an_appointment_outside_changed_hours_is_a_conflict_but_not_one_beside_the_grid() {
    let (mut agent, office) = given();
    agent.book(booking(1, &visit(), day("10:10")));
    assert_eq!(found(&agent, &office), []);
    agent.set_exception(DateException { date: date("2026-06-17"), intervals: Vec::new() });
    let found = found(&agent, &office);
    assert_eq!(reasons(&found[0]), [Reason::OutsideHours]);
    assert_eq!(conflicts(&agent, &office, Interval::new(day("12:00"), day("20:00")), true), []);
}

/// Three visits of one property that share a slot, where so many may.
fn open_house(capacity: u16) -> AgentCalendar {
    let mut agent = AgentCalendar::new(UTC, false);
    let rule = weekly(1, chrono::Weekday::Wed, "09:00", "18:00");
    agent.add_rule(AvailabilityRule { max_appointments_per_slot: capacity, ..rule });
    for number in 1..=3 {
        agent.book(Booking { property_id: Some(property(1)), ..booking(number, &visit(), day("10:00")) });
    }
    agent
}

#[test]
fn a_capacity_below_what_is_booked_is_a_conflict_of_each_that_shares_the_slot() {
    let office = office(UTC);
    assert_eq!(found(&open_house(3), &office), []);
    let mut agent = open_house(2);
    let found_now = found(&agent, &office);
    assert_eq!(numbers(&found_now), [1, 2, 3]);
    for conflict in &found_now {
        assert_eq!(reasons(conflict), [Reason::SlotFull]);
        assert_eq!(conflict.findings[0].cause, Cause::Capacity { max_appointments_per_slot: 2 });
    }
    agent.free(AppointmentId::new(uuid(2)));
    assert_eq!(found(&agent, &office), [], "two may share it");
    let ten_to_noon = LocalInterval { start_time: time("10:00"), end_time: time("12:00") };
    agent.set_exception(DateException { date: date("2026-06-17"), intervals: vec![ten_to_noon] });
    assert_eq!(numbers(&found(&agent, &office)), [1, 3], "in the hours of one date, nobody shares");
}

#[test]
fn a_type_that_became_longer_or_was_retired_is_a_conflict() {
    let (agent, mut office) = given();
    office.define_type(AppointmentType { duration_minutes: 45, ..visit() });
    assert_eq!(found(&agent, &office), [], "it is longer than its type");
    office.define_type(AppointmentType { duration_minutes: 90, ..visit() });
    let longer = found(&agent, &office);
    assert_eq!(reasons(&longer[0]), [Reason::TooShort]);
    assert_eq!(longer[0].findings[0].cause, Cause::Length { duration_minutes: 90 });
    office.retire_type(&visit().code);
    let retired = found(&agent, &office);
    assert_eq!(reasons(&retired[0]), [Reason::TypeRetired]);
    let appointment_type = code(fixtures::VISIT);
    assert_eq!(retired[0].findings[0].cause, Cause::RetiredType { appointment_type });
}

#[test]
fn every_appointment_of_a_deactivated_agent_is_a_conflict() {
    let (agent, office) = given();
    let id = AppointmentId::new(uuid(1));
    assert_eq!(conflict_of(&agent, &office, id, true), None);
    let conflict = conflict_of(&agent, &office, id, false).unwrap();
    assert_eq!(reasons(&conflict), [Reason::AgentInactive]);
    assert_eq!(conflicts(&agent, &office, range(), false), [conflict]);
    assert_eq!(conflict_of(&agent, &office, AppointmentId::new(uuid(2)), false), None);
}

#[test]
fn a_wall_time_that_is_another_instant_by_now_is_a_conflict() {
    let against = |start: &str, local: &str| {
        let start = at(start);
        let interval = Interval::new(start, start + chrono::TimeDelta::hours(1));
        let found = against_zone_rules(interval, local.parse().unwrap(), Santiago)?;
        assert_eq!(found.reason, Reason::ZoneRules);
        let Cause::ZoneRules { local_start, time_zone, interval } = found.cause else { panic!("{found:?}") };
        assert_eq!((local_start.to_string().replace(' ', "T"), time_zone), (local.to_owned(), Santiago));
        assert_eq!(interval.length(), chrono::TimeDelta::hours(1));
        Some(interval.start)
    };
    assert_eq!(against("2026-12-14T13:00:00Z", "2026-12-14T10:00:00"), None);
    let later = against("2026-12-14T13:00:00Z", "2026-12-14T11:00:00");
    assert_eq!(later, Some(at("2026-12-14T14:00:00Z")));
    for pass in ["2027-04-04T02:30:00Z", "2027-04-04T03:30:00Z"] {
        assert_eq!(against(pass, "2027-04-03T23:30:00"), None, "either pass is as agreed");
    }
    // The clock skips the first hour of that Sunday.
    for start in ["2027-09-05T03:30:00Z", "2027-09-05T04:00:00Z", "2027-09-05T04:30:00Z"] {
        assert_eq!(against(start, "2027-09-05T00:30:00"), Some(at("2027-09-05T04:00:00Z")), "{start}");
    }
}
