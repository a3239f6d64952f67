//! Which rules make the hours of a day.

use availability::{AgentCalendar, Interval, IntervalSet, OfficeCalendar, hours, slots, zone};
use chrono::{NaiveDate, Weekday};
use chrono_tz::America::{Punta_Arenas, Santiago};
use chrono_tz::Asia::Tokyo;
use chrono_tz::Tz;
use schemas::RuleId;
use schemas::value::{AvailabilityRule, DateException, LocalInterval};

use crate::support::{CALL, VISIT, agent, at, code, date, office, query, time, uuid, weekly};

/// The hours of a date as local times.
fn read(agent: &AgentCalendar, office: &OfficeCalendar, kind: &str, on: &str) -> Vec<String> {
    let tz = agent.time_zone();
    let set = hours(agent, office, Some(&code(kind)), zone::day(tz, date(on)));
    let clock = |at| zone::local(tz, at).format("%H:%M").to_string();
    set.iter().map(|hours| format!("{}-{}", clock(hours.start), clock(hours.end))).collect()
}

fn exception(on: &str, intervals: &[(&str, &str)]) -> DateException {
    let hours = |(start, end): &(&str, &str)| LocalInterval { start_time: time(start), end_time: time(end) };
    DateException { date: date(on), intervals: intervals.iter().map(hours).collect() }
}

const MONDAY: &str = "2026-12-14";

#[test]
fn office_hours_and_own_hours_count_together_unless_they_are_not_inherited() {
    let mut office = office(Santiago);
    office.add_rule(weekly(100, Weekday::Mon, "09:00", "13:00"));
    let mut agent = AgentCalendar::new(Santiago, true);
    agent.add_rule(weekly(1, Weekday::Mon, "13:00", "15:00"));
    agent.add_rule(weekly(2, Weekday::Mon, "20:00", "21:00"));
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["09:00-15:00", "20:00-21:00"]);
    agent.set_inherits_office_hours(false);
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["13:00-15:00", "20:00-21:00"]);
    assert!(agent.remove_rule(RuleId::new(uuid(1))).is_some());
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["20:00-21:00"]);
    assert_eq!(read(&agent, &office, VISIT, "2026-12-15"), [""; 0]);
}

#[test]
fn an_exception_replaces_own_and_office_hours_of_its_date() {
    let mut office = office(Santiago);
    office.add_rule(weekly(100, Weekday::Mon, "09:00", "13:00"));
    let mut agent = agent(Santiago, "13:00", "15:00");
    agent.set_inherits_office_hours(true);
    agent.set_exception(exception(MONDAY, &[("16:00", "17:00"), ("17:00", "18:00")]));
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["16:00-18:00"]);
    agent.set_exception(exception(MONDAY, &[]));
    assert_eq!(read(&agent, &office, VISIT, MONDAY), [""; 0]);
    assert!(agent.remove_exception(date(MONDAY)).is_some());
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["09:00-15:00"]);
}

#[test]
fn hours_for_one_type_are_no_hours_for_another() {
    let mut agent = AgentCalendar::new(Santiago, false);
    agent.add_rule(AvailabilityRule {
        appointment_type: Some(code(CALL)),
        ..weekly(1, Weekday::Mon, "09:00", "10:00")
    });
    agent.add_rule(weekly(2, Weekday::Mon, "12:00", "13:00"));
    let office = office(Santiago);
    assert_eq!(read(&agent, &office, CALL, MONDAY), ["09:00-10:00", "12:00-13:00"]);
    assert_eq!(read(&agent, &office, VISIT, MONDAY), ["12:00-13:00"]);
    let any = hours(&agent, &office, None, zone::day(Santiago, date(MONDAY)));
    assert_eq!(any.iter().count(), 2);
}

#[test]
fn a_rule_holds_from_and_until_its_dates_or_on_its_one_date() {
    let mut agent = AgentCalendar::new(Santiago, false);
    let day = |text: &str| Some(date(text));
    agent.add_rule(AvailabilityRule {
        valid_from: day("2026-12-14"),
        valid_until: day("2026-12-21"),
        ..weekly(1, Weekday::Mon, "09:00", "10:00")
    });
    agent.add_rule(AvailabilityRule {
        is_recurring: false,
        valid_from: day("2026-12-28"),
        ..weekly(2, Weekday::Mon, "12:00", "13:00")
    });
    let office = office(Santiago);
    for (on, expected) in [
        ("2026-12-07", ""),
        ("2026-12-14", "09:00-10:00"),
        ("2026-12-21", "09:00-10:00"),
        ("2026-12-28", "12:00-13:00"),
        ("2027-01-04", ""),
    ] {
        assert_eq!(read(&agent, &office, VISIT, on).concat(), expected, "{on}");
    }
}

#[test]
fn hours_up_to_midnight_and_from_midnight_on_are_one() {
    let agent = agent(Santiago, "00:00", "24:00");
    let office = office(Santiago);
    let visits = code(VISIT);
    let night = query(&visits, "2026-12-15T01:30:00Z", "2026-12-15T05:00:00Z");
    let starts: Vec<_> = slots(&agent, &office, &night, at("2026-12-14T00:00:00Z"))
        .iter()
        .map(|slot| zone::local(Santiago, slot.start).format("%H:%M").to_string())
        .collect();
    assert_eq!(starts, ["22:30", "23:00", "23:30", "00:00", "00:30", "01:00", "01:30"]);
}

#[test]
fn the_grid_begins_anew_where_each_interval_of_hours_begins() {
    let mut agent = AgentCalendar::new(Santiago, false);
    agent.add_rule(weekly(1, Weekday::Mon, "09:07", "10:50"));
    agent.add_rule(weekly(2, Weekday::Mon, "11:00", "12:00"));
    let visits = code(VISIT);
    let day = query(&visits, "2026-12-14T03:00:00Z", "2026-12-15T03:00:00Z");
    let found = slots(&agent, &office(Santiago), &day, at("2026-12-14T00:00:00Z"));
    let starts: Vec<_> =
        found.iter().map(|slot| zone::local(Santiago, slot.start).format("%H:%M").to_string()).collect();
    assert_eq!(starts, ["09:07", "09:37", "11:00"]);
}

#[test]
fn office_hours_are_read_in_the_office_and_are_of_the_agents_date_on_which_they_begin() {
    let (punta_arenas, tokyo) = (AgentCalendar::new(Punta_Arenas, true), AgentCalendar::new(Tokyo, true));
    let mut office = office(Santiago);
    for (number, day) in [(100, Weekday::Mon), (101, Weekday::Tue)] {
        office.add_rule(weekly(number, day, "09:00", "18:00"));
    }
    // In winter Santiago is an hour behind Punta Arenas.
    assert_eq!(read(&punta_arenas, &office, VISIT, "2026-06-15"), ["10:00-19:00"]);
    assert_eq!(read(&punta_arenas, &office, VISIT, MONDAY), ["09:00-18:00"]);
    assert_eq!(read(&tokyo, &office, VISIT, "2026-06-15"), ["22:00-00:00"]);
    assert_eq!(read(&tokyo, &office, VISIT, "2026-06-16"), ["00:00-07:00", "22:00-00:00"]);
    let mut away = tokyo.clone();
    away.set_exception(exception("2026-06-16", &[("12:00", "13:00")]));
    assert_eq!(read(&away, &office, VISIT, "2026-06-15"), ["22:00-00:00"]);
    // Those of the evening before are the office's Monday.
    assert_eq!(read(&away, &office, VISIT, "2026-06-16"), ["00:00-07:00", "12:00-13:00"]);
    assert_eq!(read(&away, &office, VISIT, "2026-06-17"), [""; 0]);
    let visits = code(VISIT);
    let night = query(&visits, "2026-06-15T12:00:00Z", "2026-06-15T18:00:00Z");
    let found = slots(&tokyo, &office, &night, at("2026-06-15T00:00:00Z"));
    let over_midnight = at("2026-06-15T14:30:00Z");
    assert!(found.iter().any(|slot| slot.start == over_midnight), "it is ten in the morning in the office");
}

fn minutes(set: &IntervalSet) -> i64 {
    set.iter().map(|interval| interval.length().num_minutes()).sum()
}

#[test]
fn hours_on_the_days_a_clock_changes() {
    let office = office(Santiago);
    let length = |tz: Tz, start: &str, end: &str, on: NaiveDate| {
        let agent = agent(tz, start, end);
        minutes(&hours(&agent, &office, None, zone::day(tz, on)))
    };
    let (spring, autumn) = (date("2026-09-06"), date("2026-04-04"));
    assert_eq!(length(Santiago, "00:00", "24:00", spring), 23 * 60);
    assert_eq!(length(Santiago, "00:30", "02:00", spring), 60);
    assert_eq!(length(Santiago, "00:10", "00:50", spring), 0);
    assert_eq!(length(Santiago, "00:00", "24:00", autumn), 25 * 60);
    assert_eq!(length(Santiago, "23:30", "24:00", autumn), 90);
    assert_eq!(length(Santiago, "22:00", "23:00", autumn), 60);
}

#[test]
fn hours_outside_the_years_we_speak_of_are_none() {
    let agent = agent(Santiago, "00:00", "24:00");
    let ever = Interval::new(chrono::DateTime::<chrono::Utc>::MIN_UTC, at("1900-01-02T00:00:00Z"));
    let found = hours(&agent, &office(Santiago), None, ever);
    assert!(minutes(&found) <= 24 * 60 && !found.is_empty());
}
