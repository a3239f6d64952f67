//! Hours over midnight: one rule, of the date on which it begins.

use availability::{
    AgentCalendar, Cause, Interval, IntervalSet, OfficeCalendar, Reason, SlotIndex, SlotQuery, check,
    conflicts, explain, hours, nearest, slots, zone,
};
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use chrono_tz::America::Santiago;
use chrono_tz::Tz;
use schemas::value::{AppointmentType, AvailabilityRule, DateException, LocalInterval};

use crate::support::{
    VISIT, at, block, booking, code, date, interval, office, property, query, request, time, visit, weekly,
};

/// From ten on Monday evening to two in the night.
fn evening() -> AvailabilityRule {
    weekly(1, Weekday::Mon, "22:00", "02:00")
}

fn agent() -> AgentCalendar {
    let mut agent = AgentCalendar::new(Santiago, false);
    agent.add_rule(evening());
    agent
}

/// A time of the night from Monday 14 to Tuesday 15 December 2026.
fn night(time: &str) -> DateTime<Utc> {
    let date = if time < "12:00" { "2026-12-15" } else { "2026-12-14" };
    at(&format!("{date}T{time}:00-03:00"))
}

fn exception(on: &str, intervals: &[(&str, &str)]) -> DateException {
    let hours = |(start, end): &(&str, &str)| LocalInterval { start_time: time(start), end_time: time(end) };
    DateException { date: date(on), intervals: intervals.iter().map(hours).collect() }
}

/// The free starts in a range, by Santiago's clock.
fn starts(agent: &AgentCalendar, office: &OfficeCalendar, from: &str, to: &str) -> Vec<String> {
    let visits = code(VISIT);
    let asked = query(&visits, from, to);
    let found = slots(agent, office, &asked, at("2026-03-01T00:00:00Z"));
    let mut index = SlotIndex::new(office.clone());
    index.insert_agent(0, agent.clone());
    assert_eq!(index.slots(&0, &asked, at("2026-03-01T00:00:00Z")), found);
    found.iter().map(|slot| zone::local(Santiago, slot.start).format("%a %H:%M").to_string()).collect()
}

fn week(agent: &AgentCalendar, office: &OfficeCalendar) -> Vec<String> {
    starts(agent, office, "2026-12-14T03:00:00Z", "2026-12-21T03:00:00Z")
}

#[test]
fn a_visit_may_be_over_midnight_in_hours_that_are() {
    let office = office(Santiago);
    let all = ["Mon 22:00", "Mon 22:30", "Mon 23:00", "Mon 23:30", "Tue 00:00", "Tue 00:30", "Tue 01:00"];
    assert_eq!(week(&agent(), &office), all);
    let ask = |start| check(&agent(), &office, &request(&code(VISIT), start), night("20:00")).err();
    assert_eq!(ask(night("23:30")), None);
    assert_eq!(ask(night("01:30")), Some(Reason::OutsideHours));
    assert_eq!(ask(night("00:40")), Some(Reason::OffGrid));
}

#[test]
fn hours_until_midnight_may_end_at_either_name_of_it() {
    let office = office(Santiago);
    for end_time in ["00:00", "24:00"] {
        let mut agent = AgentCalendar::new(Santiago, false);
        agent.add_rule(AvailabilityRule { end_time: time(end_time), ..evening() });
        assert_eq!(week(&agent, &office), ["Mon 22:00", "Mon 22:30", "Mon 23:00"], "{end_time}");
    }
}

#[test]
fn the_grid_goes_on_over_midnight_until_the_next_dates_hours_begin() {
    let mut office = office(Santiago);
    office.define_type(AppointmentType { slot_step_minutes: 50, ..visit() });
    let mut agent = agent();
    assert_eq!(week(&agent, &office), ["Mon 22:00", "Mon 22:50", "Mon 23:40", "Tue 00:30"]);
    agent.add_rule(weekly(2, Weekday::Tue, "01:00", "03:00"));
    assert_eq!(week(&agent, &office)[3..], ["Tue 00:30", "Tue 01:00", "Tue 01:50"]);
}

#[test]
fn a_rule_is_of_the_date_on_which_it_begins() {
    let office = office(Santiago);
    let with = |rule: AvailabilityRule| {
        let mut agent = AgentCalendar::new(Santiago, false);
        agent.add_rule(rule);
        week(&agent, &office).len()
    };
    let (monday, tuesday) = (Some(date("2026-12-14")), Some(date("2026-12-15")));
    assert_eq!(with(AvailabilityRule { valid_until: monday, ..evening() }), 7);
    assert_eq!(with(AvailabilityRule { valid_from: tuesday, ..evening() }), 0);
    assert_eq!(with(AvailabilityRule { is_recurring: false, valid_from: monday, ..evening() }), 7);
}

#[test]
fn an_exception_replaces_what_begins_on_its_date_and_leaves_the_evening_before() {
    let office = office(Santiago);
    let mut agent = agent();
    agent.set_exception(exception("2026-12-15", &[]));
    assert_eq!(week(&agent, &office).len(), 7, "a closed Tuesday leaves Monday's evening as it is");
    agent.set_exception(exception("2026-12-14", &[]));
    assert_eq!(week(&agent, &office), [""; 0]);
    agent.set_exception(exception("2026-12-14", &[("23:00", "00:30")]));
    assert_eq!(week(&agent, &office), ["Mon 23:00", "Mon 23:30"]);
}

#[test]
fn the_offices_evening_is_of_the_agents_date_on_which_it_begins() {
    let mut office = office(Santiago);
    office.add_rule(evening());
    let mut agent = AgentCalendar::new(Tz::Pacific__Easter, true);
    // Two hours behind: from eight in the evening to midnight.
    agent.set_exception(exception("2026-12-15", &[]));
    assert_eq!(week(&agent, &office).len(), 7);
    agent.set_exception(exception("2026-12-14", &[]));
    assert_eq!(week(&agent, &office), [""; 0]);
}

#[test]
fn the_daily_limit_counts_a_visit_on_the_date_of_its_start() {
    let mut office = office(Santiago);
    office.define_type(AppointmentType { daily_limit: Some(1), ..visit() });
    let mut agent = agent();
    agent.book(booking(1, &visit(), night("23:30")));
    // Monday is full; after the visit, Tuesday has room.
    assert_eq!(week(&agent, &office), ["Tue 00:30", "Tue 01:00"]);
    agent.book(booking(1, &visit(), night("00:00")));
    assert_eq!(week(&agent, &office), ["Mon 22:00", "Mon 22:30", "Mon 23:00"]);
}

#[test]
fn blocks_and_appointments_on_the_next_date_take_the_end_of_a_visit() {
    let (mut office, mut agent) = (office(Santiago), agent());
    agent.block(block(1, Santiago, "2026-12-15T00:15:00", "2026-12-15T00:20:00"));
    assert_eq!(week(&agent, &office), ["Mon 22:00", "Mon 22:30", "Mon 23:00", "Tue 00:30", "Tue 01:00"]);
    office.block(block(2, Santiago, "2026-12-15T00:00:00", "2026-12-16T00:00:00"));
    assert_eq!(week(&agent, &office), ["Mon 22:00", "Mon 22:30", "Mon 23:00"]);
    agent.book(booking(1, &visit(), night("00:00")));
    let asked = explain(&agent, &office, &request(&code(VISIT), night("23:30")), night("20:00"));
    let reasons: Vec<_> = asked.iter().map(|finding| finding.reason).collect();
    assert_eq!(reasons, [Reason::Blocked, Reason::Blocked, Reason::AlreadyBooked]);
}

#[test]
fn several_share_a_slot_over_midnight_as_the_rule_says() {
    let office = office(Santiago);
    let mut agent = AgentCalendar::new(Santiago, false);
    agent.add_rule(AvailabilityRule { max_appointments_per_slot: 2, ..evening() });
    agent.set_exception(exception("2026-12-15", &[]));
    for start in ["23:30", "00:30"] {
        let property_id = Some(property(1));
        agent.book(availability::Booking {
            property_id: property_id.clone(),
            ..booking(1, &visit(), night(start))
        });
        let visits = code(VISIT);
        let asked =
            availability::SlotRequest { property_id: property_id.as_ref(), ..request(&visits, night(start)) };
        let slot = check(&agent, &office, &asked, night("20:00")).unwrap();
        assert_eq!((slot.max_appointments_per_slot, slot.remaining), (2, 1), "{start}");
    }
}

#[test]
fn a_visit_over_midnight_is_a_conflict_only_once_its_hours_are_gone() {
    let (office, mut agent) = (office(Santiago), agent());
    agent.book(booking(1, &visit(), night("23:30")));
    let range = Interval::new(night("00:00"), night("00:10"));
    assert_eq!(conflicts(&agent, &office, range, true), []);
    agent.set_exception(exception("2026-12-14", &[("22:00", "24:00")]));
    let found = conflicts(&agent, &office, range, true);
    assert_eq!(found[0].findings[0].reason, Reason::OutsideHours);
    let hours = vec![Interval::new(night("22:00"), night("00:00"))];
    assert_eq!(found[0].findings[0].cause, Cause::Hours { hours });
}

#[test]
fn hours_over_midnight_are_shown_once_and_cut_at_the_ends_of_the_range() {
    let (agent, office) = (agent(), office(Santiago));
    let shown = |from, to| -> Vec<Interval> { hours(&agent, &office, None, Interval::new(from, to)).into() };
    let whole = interval("2026-12-15T01:00:00Z", "2026-12-15T05:00:00Z");
    assert_eq!(shown(night("12:00"), night("11:00")), [whole]);
    assert_eq!(shown(night("00:00"), night("11:00")), [Interval::new(night("00:00"), whole.end)]);
    assert_eq!(shown(night("12:00"), night("23:00")), [Interval::new(whole.start, night("23:00"))]);
    assert_eq!(shown(night("02:00"), night("11:00")), []);
}

#[test]
fn hours_of_two_dates_that_meet_at_midnight_are_one() {
    let office = office(Santiago);
    let mut agent = AgentCalendar::new(Santiago, false);
    agent.add_rule(weekly(1, Weekday::Mon, "22:00", "24:00"));
    agent.add_rule(weekly(2, Weekday::Tue, "00:00", "02:00"));
    assert_eq!(week(&agent, &office), week(&self::agent(), &office));
    agent.set_exception(exception("2026-12-15", &[("00:05", "02:00")]));
    assert_eq!(week(&agent, &office)[2..], ["Mon 23:00", "Tue 00:05", "Tue 00:35"]);
}

#[test]
fn a_visit_as_long_as_a_day_fits_into_days_without_a_gap() {
    let mut office = office(Santiago);
    office.define_type(AppointmentType { duration_minutes: 1440, slot_step_minutes: 720, ..visit() });
    let mut agent = AgentCalendar::new(Santiago, false);
    for (number, day) in [(1, Weekday::Mon), (2, Weekday::Tue), (3, Weekday::Wed)] {
        agent.add_rule(weekly(number, day, "00:00", "24:00"));
    }
    assert_eq!(week(&agent, &office), ["Mon 00:00", "Mon 12:00", "Tue 00:00", "Tue 12:00", "Wed 00:00"]);
}

fn length(set: &IntervalSet) -> i64 {
    set.iter().map(|interval| interval.length().num_minutes()).sum()
}

#[test]
fn an_evening_over_a_midnight_at_which_the_clock_changes() {
    let office = office(Santiago);
    let saturdays = |start: &str, end: &str| {
        let mut agent = AgentCalendar::new(Santiago, false);
        agent.add_rule(weekly(1, Weekday::Sat, start, end));
        agent
    };
    let (spring, autumn) = (date("2026-09-05"), date("2026-04-04"));
    let of = |agent: &AgentCalendar, saturday: chrono::NaiveDate| {
        let range = Interval::new(
            zone::day(Santiago, saturday).start,
            zone::day(Santiago, saturday.succ_opt().unwrap()).end,
        );
        hours(agent, &office, None, range)
    };
    // One o'clock follows on midnight in spring, and eleven comes twice in autumn.
    assert_eq!(length(&of(&saturdays("22:00", "02:00"), spring)), 180);
    assert_eq!(length(&of(&saturdays("22:00", "00:30"), spring)), 120);
    assert_eq!(length(&of(&saturdays("22:00", "02:00"), autumn)), 300);
    assert_eq!(length(&of(&saturdays("23:30", "00:30"), autumn)), 120);
    assert_eq!(
        starts(&saturdays("22:00", "02:00"), &office, "2026-09-05T12:00:00Z", "2026-09-06T12:00:00Z"),
        ["Sat 22:00", "Sat 22:30", "Sat 23:00", "Sat 23:30", "Sun 01:00"]
    );
    assert_eq!(
        starts(&saturdays("22:00", "01:00"), &office, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"),
        ["Sat 22:00", "Sat 22:30", "Sat 23:00", "Sat 23:30", "Sat 23:00", "Sat 23:30", "Sun 00:00"]
    );
}

#[test]
fn the_nearest_others_are_found_on_both_sides_of_midnight() {
    let (office, mut agent) = (office(Santiago), agent());
    agent.book(booking(1, &visit(), night("23:30")));
    let found = nearest(&agent, &office, &request(&code(VISIT), night("23:30")), night("20:00"), 2);
    let starts: Vec<_> = found.iter().map(|slot| slot.start).collect();
    assert_eq!(starts, [night("22:30"), night("00:30")]);
}

/// A change of one day of the index must reach the visits that begin on the day before.
#[test]
fn the_index_follows_changes_on_the_next_date() {
    let (office, agent) = (office(Tz::UTC), {
        let mut agent = AgentCalendar::new(Tz::UTC, false);
        agent.add_rule(evening());
        agent
    });
    let visits = code(VISIT);
    let monday = query(&visits, "2026-12-14T00:00:00Z", "2026-12-15T00:00:00Z");
    let now = at("2026-12-01T00:00:00Z");
    let mut index = SlotIndex::new(office.clone());
    index.insert_agent(0, agent);
    let both = |index: &SlotIndex<i32>| {
        let whole = SlotQuery { to: monday.to + TimeDelta::days(1), ..monday };
        (index.slots(&0, &monday, now).len(), index.slots(&0, &whole, now).len())
    };
    assert_eq!(both(&index), (4, 7));
    let half_past_eleven = booking(1, &visit(), at("2026-12-14T23:30:00Z"));
    index.book(&0, half_past_eleven.clone());
    assert_eq!(both(&index), (2, 4));
    index.free(&0, half_past_eleven.appointment_id);
    assert_eq!(both(&index), (4, 7));
    let early = block(1, Tz::UTC, "2026-12-15T00:10:00", "2026-12-15T00:20:00");
    index.block(&0, early.clone());
    assert_eq!(both(&index), (3, 5));
    index.unblock(&0, early.block_id);
    index.change_agent(&0, |agent| agent.set_exception(exception("2026-12-14", &[])));
    assert_eq!(both(&index), (0, 0));
}
