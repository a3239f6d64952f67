//! Santiago's clock goes back on 4 April 2026 (23:00 comes twice) and over midnight on 6 September (00:00 never comes).

use domain::{Agent, AgentCommand, Decision};
use schemas::AgentEvent;
use schemas::event::{AppointmentBooked, AvailabilityRuleAdded};
use schemas::value::AvailabilityRule;

use crate::given::{Given, When};
use crate::samples::{A, B, appointment_id, book, booked, instant, newcomer, reschedule, rule};

/// Open on Saturdays and Sundays, all day, at this time.
fn weekends_at(now: &str) -> Given<Agent> {
    let all_day = |day: u8| AvailabilityRuleAdded {
        rule: AvailabilityRule { ..rule(u128::from(day), day, "00:00", "24:00") },
    };
    newcomer().and(all_day(5)).and(all_day(6)).at(instant(now))
}

fn book_at(given: Given<Agent>, start: &str) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(A, instant(start))))
}

fn booked_at(when: When<Agent>) -> AppointmentBooked {
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("not accepted: {when:?}") };
    let [AgentEvent::AppointmentBooked(booked)] = &events[..] else { panic!("{events:?}") };
    let booked = booked.clone();
    when.then_accepted();
    booked
}

#[test]
fn both_passes_of_a_repeated_hour_are_booked_apart() {
    let given = weekends_at("2026-04-04T10:00:00-03:00");
    let first = booked_at(book_at(given.clone(), "2026-04-04T23:00:00-03:00"));
    let second = booked_at(book_at(given.clone(), "2026-04-04T23:00:00-04:00"));
    assert_eq!(first.local_start, second.local_start);
    assert_eq!((second.start - first.start).num_minutes(), 60);
    let given = given.and(booked(B, first.start));
    book_at(given, "2026-04-04T23:00:00-04:00").then_accepted();
}

#[test]
fn the_long_day_has_one_hour_more() {
    let mut given = weekends_at("2026-04-03T10:00:00-03:00");
    let midnight = instant("2026-04-04T00:00:00-03:00");
    for hour in 0..25_u8 {
        let start = midnight + chrono::TimeDelta::hours(i64::from(hour));
        given = given.done(AgentCommand::BookAppointment(book(appointment_id(u128::from(hour)), start)));
    }
    assert_eq!(midnight + chrono::TimeDelta::hours(25), instant("2026-04-05T00:00:00-04:00"));
}

#[test]
fn the_day_that_begins_at_one_is_booked_from_one() {
    let given = weekends_at("2026-09-05T10:00:00-04:00");
    let first = booked_at(book_at(given.clone(), "2026-09-06T01:00:00-03:00"));
    assert_eq!(first.local_start.to_string(), "2026-09-06 01:00:00");
    // Half an hour before is still Saturday, and goes on where the clock goes forward.
    let across = booked_at(book_at(given.clone(), "2026-09-05T23:30:00-04:00"));
    assert_eq!(across.end, instant("2026-09-06T01:30:00-03:00"));
    let last = booked_at(book_at(given, "2026-09-05T23:00:00-04:00"));
    assert_eq!(last.end, first.start);
}

#[test]
fn an_appointment_is_moved_over_the_missing_midnight_and_keeps_its_length() {
    let given = weekends_at("2026-09-05T10:00:00-04:00").and(booked(A, instant("2026-09-05T12:00:00-04:00")));
    let start = instant("2026-09-06T12:00:00-03:00");
    let when = given.when(reschedule(A, start));
    let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
    let [AgentEvent::AppointmentRescheduled(moved)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((moved.end - moved.start).num_minutes(), 60);
    assert_eq!(moved.local_start.to_string(), "2026-09-06 12:00:00");
    assert_eq!((moved.start - moved.previous_start).num_hours(), 23);
}
