//! How appointments and holds keep apart from each other, by buffers and travel time.

use availability::{AgentCalendar, OfficeCalendar, Reason, Slot, SlotRequest, check};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::UTC;
use schemas::value::{AppointmentType, AvailabilityRule, OfficePolicy};
use schemas::{AppointmentId, PropertyId};

use crate::support::{
    CALL, VISIT, agent, at, block, booking, call, code, hold, office, property, request, uuid, visit, weekly,
};

fn day(time: &str) -> DateTime<Utc> {
    at(&format!("2026-06-17T{time}:00Z"))
}

fn with_travel(travel_minutes: u16) -> OfficeCalendar {
    let mut office = office(UTC);
    office.set_policy(&OfficePolicy { time_zone: UTC, travel_minutes, ..fixtures::policy() });
    office
}

fn ask(agent: &AgentCalendar, office: &OfficeCalendar, request: &SlotRequest<'_>) -> Result<Slot, Reason> {
    check(agent, office, request, day("00:00"))
}

#[test]
fn between_two_appointments_lies_the_longer_of_their_buffers() {
    let mut office = office(UTC);
    let wide = AppointmentType { buffer_before_minutes: 30, buffer_after_minutes: 60, ..visit() };
    let narrow = AppointmentType { buffer_before_minutes: 0, buffer_after_minutes: 30, ..call() };
    office.define_type(wide.clone());
    office.define_type(narrow.clone());
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(booking(1, &wide, day("12:00")));
    let calls = code(CALL);
    for (start, free) in [("10:30", true), ("11:00", false), ("13:30", false), ("14:00", true)] {
        assert_eq!(ask(&agent, &office, &request(&calls, day(start))).is_ok(), free, "a call at {start}");
    }
    agent.free(AppointmentId::new(uuid(1)));
    agent.book(booking(1, &narrow, day("12:00")));
    let visits = code(VISIT);
    for (start, free) in [("10:00", true), ("10:30", false), ("13:00", false), ("13:30", true)] {
        assert_eq!(ask(&agent, &office, &request(&visits, day(start))).is_ok(), free, "a visit at {start}");
    }
}

#[test]
fn a_booking_keeps_the_buffers_it_was_made_with() {
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(booking(1, &AppointmentType { buffer_after_minutes: 90, ..visit() }, day("12:00")));
    let calls = code(CALL);
    assert_eq!(ask(&agent, &office(UTC), &request(&calls, day("14:00"))), Err(Reason::AlreadyBooked));
    assert!(ask(&agent, &office(UTC), &request(&calls, day("14:30"))).is_ok());
}

#[test]
fn buffers_may_run_into_blocks_and_out_of_hours() {
    let mut office = office(UTC);
    office.define_type(AppointmentType { buffer_before_minutes: 60, buffer_after_minutes: 60, ..visit() });
    let mut agent = agent(UTC, "09:00", "12:00");
    agent.block(block(1, UTC, "2026-06-17T10:00:00", "2026-06-17T11:00:00"));
    for start in ["09:00", "11:00"] {
        assert!(ask(&agent, &office, &request(&code(VISIT), day(start))).is_ok(), "{start}");
    }
}

#[test]
fn visits_at_different_properties_leave_time_to_travel() {
    let office = with_travel(45);
    let mut agent = agent(UTC, "00:00", "24:00");
    let visits = code(VISIT);
    let (here, there) = (property(1), property(2));
    let booked = |at: Option<&PropertyId>| availability::Booking {
        property_id: at.cloned(),
        ..booking(1, &visit(), day("12:00"))
    };
    let ask_for = |agent: &AgentCalendar, property_id| {
        ask(agent, &office, &SlotRequest { property_id, ..request(&visits, day("13:00")) }).is_ok()
    };
    agent.book(booked(Some(&here)));
    assert!(ask_for(&agent, Some(&here)));
    assert!(!ask_for(&agent, Some(&there)));
    assert!(!ask_for(&agent, None));
    let calls = code(CALL);
    assert!(ask(&agent, &office, &request(&calls, day("13:00"))).is_ok());
    agent.book(booked(None));
    assert!(!ask_for(&agent, Some(&here)));
    assert!(!ask_for(&agent, None), "two unknown properties are two properties");
    let at_two = SlotRequest { start: day("14:00"), ..request(&visits, day("14:00")) };
    assert!(ask(&agent, &office, &at_two).is_ok());
}

#[test]
fn a_visit_of_a_retired_type_still_has_to_be_travelled_to() {
    let mut office = with_travel(45);
    office.define_type(AppointmentType { code: code("tasacion"), ..visit() });
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(booking(1, &visit(), day("12:00")));
    office.retire_type(&code(VISIT));
    assert_eq!(ask(&agent, &office, &request(&code("tasacion"), day("13:00"))), Err(Reason::AlreadyBooked));
}

fn open_house(max_appointments_per_slot: u16) -> AgentCalendar {
    let mut agent = AgentCalendar::new(UTC, false);
    let wednesday = weekly(1, chrono::Weekday::Wed, "09:00", "18:00");
    agent.add_rule(AvailabilityRule { max_appointments_per_slot, ..wednesday });
    agent
}

#[test]
fn a_slot_is_shared_by_the_same_type_property_and_time_until_it_is_full() {
    let office = office(UTC);
    let mut agent = open_house(3);
    let visits = code(VISIT);
    let ask_at = |agent: &AgentCalendar, start| ask(agent, &office, &request(&visits, day(start)));
    let room = |slot: Result<Slot, Reason>| slot.map(|slot| (slot.max_appointments_per_slot, slot.remaining));
    assert_eq!(room(ask_at(&agent, "10:00")), Ok((3, 3)));
    agent.book(booking(1, &visit(), day("10:00")));
    agent.hold(hold(2, &visit(), day("10:00"), day("01:00")));
    assert_eq!(room(ask_at(&agent, "10:00")), Ok((3, 1)));
    assert_eq!(ask_at(&agent, "10:30"), Err(Reason::AlreadyBooked));
    agent.book(booking(3, &visit(), day("10:00")));
    assert_eq!(ask_at(&agent, "10:00"), Err(Reason::SlotFull));
    let after_the_hold = check(&agent, &office, &request(&visits, day("10:00")), day("01:00"));
    assert_eq!(room(after_the_hold), Ok((3, 1)));
}

#[test]
fn another_type_property_or_length_does_not_share() {
    let mut agent = open_house(3);
    let here = property(1);
    agent.book(booking(1, &visit(), day("10:00")));
    let (visits, calls) = (code(VISIT), code(CALL));
    let office = office(UTC);
    assert_eq!(ask(&agent, &office, &request(&calls, day("10:00"))), Err(Reason::AlreadyBooked));
    let elsewhere = SlotRequest { property_id: Some(&here), ..request(&visits, day("10:00")) };
    assert_eq!(ask(&agent, &office, &elsewhere), Err(Reason::AlreadyBooked));
    agent.book(booking(1, &AppointmentType { duration_minutes: 30, ..visit() }, day("10:00")));
    assert_eq!(ask(&agent, &office, &request(&visits, day("10:00"))), Err(Reason::AlreadyBooked));
}

#[test]
fn room_comes_from_the_most_generous_rule_around_the_whole_slot() {
    let office = office(UTC);
    let mut agent = open_house(2);
    let wednesday = weekly(2, chrono::Weekday::Wed, "10:00", "11:30");
    agent.add_rule(AvailabilityRule { max_appointments_per_slot: 5, ..wednesday });
    let visits = code(VISIT);
    let room = |start| {
        ask(&agent, &office, &request(&visits, day(start))).map(|slot| slot.max_appointments_per_slot)
    };
    assert_eq!((room("10:00"), room("10:30"), room("11:00")), (Ok(5), Ok(5), Ok(2)));
}

#[test]
fn a_shared_slot_keeps_its_buffers_from_others() {
    let office = {
        let mut office = office(UTC);
        office.define_type(AppointmentType { buffer_after_minutes: 30, ..visit() });
        office
    };
    let mut agent = open_house(3);
    agent.book(booking(1, office.appointment_type(&code(VISIT)).unwrap(), day("10:00")));
    let visits = code(VISIT);
    assert!(ask(&agent, &office, &request(&visits, day("10:00"))).is_ok());
    assert_eq!(ask(&agent, &office, &request(&visits, day("11:00"))), Err(Reason::AlreadyBooked));
    assert!(ask(&agent, &office, &request(&visits, day("11:30"))).is_ok());
}

#[test]
fn an_appointment_does_not_stand_in_its_own_way() {
    let mut agent = agent(UTC, "09:00", "18:00");
    agent.book(booking(1, &visit(), day("10:00")));
    let visits = code(VISIT);
    let half_later = request(&visits, day("10:30"));
    assert_eq!(ask(&agent, &office(UTC), &half_later), Err(Reason::AlreadyBooked));
    let moving = SlotRequest { moving: Some(AppointmentId::new(uuid(1))), ..half_later };
    assert!(ask(&agent, &office(UTC), &moving).is_ok());
}

#[test]
fn booking_again_moves_and_freeing_gives_back() {
    let mut agent = agent(UTC, "09:00", "18:00");
    let visits = code(VISIT);
    agent.book(booking(1, &visit(), day("10:00")));
    agent.book(booking(1, &visit(), day("14:00")));
    assert_eq!(agent.bookings().count(), 1);
    assert!(ask(&agent, &office(UTC), &request(&visits, day("10:00"))).is_ok());
    assert_eq!(ask(&agent, &office(UTC), &request(&visits, day("14:00"))), Err(Reason::AlreadyBooked));
    assert_eq!(agent.free(AppointmentId::new(uuid(1))).map(|freed| freed.start), Some(day("14:00")));
    assert_eq!(agent.free(AppointmentId::new(uuid(1))), None);
    assert!(ask(&agent, &office(UTC), &request(&visits, day("14:00"))).is_ok());
}

#[test]
fn what_ended_is_dropped_and_what_has_not_stays() {
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(booking(1, &visit(), day("09:00")));
    agent.book(booking(2, &visit(), day("10:00")));
    agent.hold(hold(3, &visit(), day("20:00"), day("09:30")));
    agent.hold(hold(4, &visit(), day("20:00"), day("21:00")));
    agent.drop_before(day("10:30"));
    assert_eq!(agent.bookings().map(|booking| booking.start).collect::<Vec<_>>(), [day("10:00")]);
    assert_eq!(agent.holds().map(|hold| hold.hold_id.uuid()).collect::<Vec<_>>(), [uuid(4)]);
}

#[test]
fn a_very_long_appointment_far_back_is_not_overlooked() {
    let mut agent = agent(UTC, "00:00", "24:00");
    let long = availability::Booking {
        end: day("12:00"),
        ..booking(1, &visit(), day("00:00") - TimeDelta::days(300))
    };
    agent.book(long);
    for number in 2..60 {
        agent.book(booking(
            number,
            &visit(),
            day("00:00") - TimeDelta::hours(6 * i64::try_from(number).unwrap()),
        ));
    }
    let visits = code(VISIT);
    assert_eq!(ask(&agent, &office(UTC), &request(&visits, day("11:30"))), Err(Reason::AlreadyBooked));
    assert!(ask(&agent, &office(UTC), &request(&visits, day("12:00"))).is_ok());
}
