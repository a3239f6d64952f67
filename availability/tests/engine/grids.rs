//! Where the grid of starts begins: with the office's hours, and without these with the agent's own.

use availability::{AgentCalendar, Cause, OfficeCalendar, Reason, check, explain, grid_starts, slots, zone};
use chrono::{TimeDelta, Weekday};
use chrono_tz::America::Santiago;
use chrono_tz::Asia::Tokyo;
use chrono_tz::Tz;
use schemas::value::{AppointmentType, AvailabilityRule, DateException, LocalInterval};

use crate::support::{CALL, VISIT, at, code, date, office, query, request, time, uuid, visit, weekly};

const MONDAY: &str = "2026-12-14";

/// An office in Santiago that is open on Mondays, from nine to one.
fn open_office() -> OfficeCalendar {
    let mut office = office(Santiago);
    office.add_rule(weekly(100, Weekday::Mon, "09:00", "13:00"));
    office
}

/// An agent in Santiago with these own hours on Mondays.
fn with_own(hours: &[(&str, &str)]) -> AgentCalendar {
    let mut agent = AgentCalendar::new(Santiago, true);
    for (number, (start, end)) in (1..).zip(hours) {
        agent.add_rule(weekly(number, Weekday::Mon, start, end));
    }
    agent
}

/// The free starts of a local date, by the agent's clock.
fn starts_of(agent: &AgentCalendar, office: &OfficeCalendar, kind: &str, on: &str) -> Vec<String> {
    let (tz, kind) = (agent.time_zone(), code(kind));
    let day = zone::day(tz, date(on));
    let query = availability::SlotQuery {
        from: day.start,
        to: day.end,
        ..query(&kind, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    };
    let found = slots(agent, office, &query, at("2026-03-01T00:00:00Z"));
    found.iter().map(|slot| zone::local(tz, slot.start).format("%H:%M").to_string()).collect()
}

fn visits(agent: &AgentCalendar, office: &OfficeCalendar) -> Vec<String> {
    starts_of(agent, office, VISIT, MONDAY)
}

#[test]
fn own_hours_beside_the_offices_leave_its_grid_as_it_is() {
    let office = open_office();
    let nine_to_noon = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00"];
    assert_eq!(visits(&with_own(&[]), &office), nine_to_noon);
    assert_eq!(visits(&with_own(&[("08:45", "09:00")]), &office), nine_to_noon);
    assert_eq!(visits(&with_own(&[("08:45", "10:20")]), &office), nine_to_noon);
    let (earlier, later) = (with_own(&[("07:45", "09:00")]), with_own(&[("12:15", "15:00")]));
    assert_eq!(visits(&earlier, &office), [&["08:00", "08:30"][..], &nine_to_noon].concat());
    assert_eq!(visits(&later, &office), [&nine_to_noon[..], &["12:30", "13:00", "13:30", "14:00"]].concat());
}

#[test]
fn own_hours_that_stand_alone_begin_their_own_grid() {
    let office = open_office();
    let evening = visits(&with_own(&[("19:15", "21:00")]), &office);
    assert_eq!(evening[7..], ["19:15", "19:45"]);
    let mut alone = with_own(&[("08:45", "09:00"), ("09:00", "10:30")]);
    alone.set_inherits_office_hours(false);
    assert_eq!(visits(&alone, &office), ["08:45", "09:15"]);
}

#[test]
fn each_of_the_offices_hours_begins_the_grid_anew_whatever_joins_them() {
    let mut office = open_office();
    office.add_rule(weekly(101, Weekday::Mon, "14:15", "16:15"));
    let afternoon = ["14:15", "14:45", "15:15"];
    assert_eq!(visits(&with_own(&[]), &office)[7..], afternoon);
    let joined = visits(&with_own(&[("08:45", "17:00")]), &office);
    // Between the two it goes on from the first, and after the second from the second.
    assert_eq!(joined[..7], visits(&with_own(&[]), &office)[..7]);
    assert_eq!(joined[7..], ["12:30", "13:00", "13:30", "14:00", "14:15", "14:45", "15:15", "15:45"]);
}

#[test]
fn only_the_offices_hours_of_the_type_and_the_date_count() {
    let mut office = open_office();
    office.add_rule(AvailabilityRule {
        appointment_type: Some(code(CALL)),
        ..weekly(101, Weekday::Mon, "08:10", "09:00")
    });
    office.add_rule(weekly(102, Weekday::Sun, "20:10", "24:00"));
    let early = with_own(&[("00:00", "01:30"), ("08:45", "09:00")]);
    assert_eq!(visits(&early, &office)[..2], ["00:00", "00:30"], "the office's Sunday is over");
    assert_eq!(visits(&early, &office)[2], "09:00");
    assert_eq!(starts_of(&early, &office, CALL, MONDAY)[2..4], ["08:10", "08:40"]);
}

#[test]
fn the_hours_of_a_date_exception_begin_their_own_grid() {
    let office = open_office();
    let mut agent = with_own(&[("08:45", "09:00")]);
    let interval = |start, end| LocalInterval { start_time: time(start), end_time: time(end) };
    let intervals = vec![interval("08:45", "10:15"), interval("10:15", "11:00"), interval("12:10", "13:10")];
    agent.set_exception(DateException { date: date(MONDAY), intervals });
    assert_eq!(visits(&agent, &office), ["08:45", "09:15", "09:45", "12:10"]);
}

#[test]
fn the_grid_is_the_offices_also_in_another_zone_and_over_the_agents_midnight() {
    let mut office = office(Santiago);
    office.define_type(AppointmentType { slot_step_minutes: 50, ..visit() });
    office.add_rule(weekly(100, Weekday::Mon, "09:00", "13:00"));
    let at_home = AgentCalendar::new(Santiago, true);
    assert_eq!(visits(&at_home, &office), ["09:00", "09:50", "10:40", "11:30"]);
    // Twelve hours ahead, and thirteen in winter: ten in the evening there.
    let away = AgentCalendar::new(Tokyo, true);
    let monday = starts_of(&away, &office, VISIT, "2026-06-15");
    let tuesday = starts_of(&away, &office, VISIT, "2026-06-16");
    assert_eq!(
        (monday, tuesday),
        (vec!["22:00".to_owned(), "22:50".to_owned(), "23:40".to_owned()], vec!["00:30".to_owned()])
    );
}

#[test]
fn steps_are_counted_in_elapsed_minutes_also_backwards_over_a_clock_change() {
    let tz = Tz::America__Santiago;
    let mut office = office(tz);
    office.define_type(AppointmentType { duration_minutes: 30, slot_step_minutes: 40, ..visit() });
    office.add_rule(weekly(100, Weekday::Sun, "04:00", "05:00"));
    let mut agent = AgentCalendar::new(tz, true);
    agent.add_rule(weekly(1, Weekday::Sun, "00:00", "04:00"));
    // The day begins at one, three hours before the office's hours.
    let expected = ["01:20", "02:00", "02:40", "03:20", "04:00"];
    assert_eq!(starts_of(&agent, &office, VISIT, "2026-09-06"), expected);
    // The hour before midnight comes twice, and is of the day before.
    office.add_rule(weekly(101, Weekday::Sat, "22:00", "22:30"));
    agent.add_rule(weekly(2, Weekday::Sat, "22:30", "24:00"));
    let expected = ["22:00", "22:40", "23:20", "23:00", "23:40"];
    assert_eq!(starts_of(&agent, &office, VISIT, "2026-04-04"), expected);
}

#[test]
fn a_start_beside_the_grid_is_told_from_where_it_is_counted() {
    let (office, agent, visits) = (open_office(), with_own(&[("08:10", "09:00")]), code(VISIT));
    let (beside, now) = (at("2026-12-14T08:40:00-03:00"), at("2026-12-14T00:00:00Z"));
    let asked = request(&visits, beside);
    assert_eq!(check(&agent, &office, &asked, now), Err(Reason::OffGrid));
    let hours_start = at("2026-12-14T09:00:00-03:00");
    assert_eq!(
        explain(&agent, &office, &asked, now)[0].cause,
        Cause::Grid { hours_start, slot_step_minutes: 30 }
    );
    let on_it = request(&visits, beside - TimeDelta::minutes(10));
    assert!(check(&agent, &office, &on_it, now).is_ok());
}

#[test]
fn the_starts_of_the_grid_are_those_of_the_hours_whether_or_not_a_slot_fits() {
    let (office, mut agent, visits) = (open_office(), with_own(&[("08:45", "09:00")]), code(VISIT));
    let day = zone::day(Santiago, date(MONDAY));
    let clock = |at| zone::local(Santiago, at).format("%H:%M").to_string();
    let all: Vec<_> = grid_starts(&agent, &office, &visits, day).map(clock).collect();
    assert_eq!((all.len(), &all[0][..], &all[7][..]), (8, "09:00", "12:30"));
    agent.set_exception(DateException { date: date(MONDAY), intervals: Vec::new() });
    assert_eq!(grid_starts(&agent, &office, &visits, day).count(), 0);
    let unknown = code(&uuid(1).to_string());
    assert_eq!(grid_starts(&agent, &office, &unknown, day).count(), 0);
}
