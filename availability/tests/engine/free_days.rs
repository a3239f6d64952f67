//! Free days as bytes: the same slots as from the calendar, except on days that need the exact rules.

use std::cell::Cell;

use availability::{
    AgentCalendar, ExternalBusy, FreeDays, Interval, OfficeCalendar, Slot, SlotIndex, SlotQuery, slots,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use schemas::value::{AppointmentType, LocationKind};
use schemas::{AppointmentTypeCode, BusyId};

use crate::random::{CODES, Scenario, scenario};
use crate::support::{self, at, code, lead, property};

/// The agent's free days, which read back from their bytes unchanged.
fn known(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    kind: &AppointmentTypeCode,
    now: DateTime<Utc>,
    count: u8,
) -> Option<FreeDays> {
    let mut index = SlotIndex::new(office.clone());
    index.insert_agent(0, agent.clone());
    let days = index.free_days(&0, kind, now, count)?;
    let again = FreeDays::try_from_bytes(&days.to_bytes()).expect("what was written can be read");
    assert_eq!(again, days);
    Some(days)
}

fn asked(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    days: &FreeDays,
    query: &SlotQuery<'_>,
    now: DateTime<Utc>,
) -> Vec<Slot> {
    let mut index = SlotIndex::new(office.clone());
    index.insert_free_days(0, agent.time_zone(), query.appointment_type, days);
    index.slots(&0, query, now)
}

/// Runs one query on every day that does not need the exact rules. Returns the number of those days, and of slots.
fn same_on_every_day(
    (agent, office): (&AgentCalendar, &OfficeCalendar),
    days: &FreeDays,
    query: &SlotQuery<'_>,
    now: DateTime<Utc>,
) -> Result<(u32, u32), TestCaseError> {
    let (mut certain, mut found) = (0, 0);
    let mut from = days.range().start;
    while from < days.range().end {
        let to = from + TimeDelta::days(1);
        if !days.needs_exact_rules(Interval::new(from, to)) {
            let query = SlotQuery { from, to, ..*query };
            let exact = slots(agent, office, &query, now);
            prop_assert_eq!(&asked(agent, office, days, &query, now), &exact, "{}", from);
            certain += 1;
            found += u32::try_from(exact.len()).expect("a day has 288 starts");
        }
        from = to;
    }
    Ok((certain, found))
}

#[test]
fn any_calendar_gives_the_same_slots_as_bytes() {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let (certain, found) = (Cell::new(0), Cell::new(0));
    TestRunner::new(config)
        .run(&(scenario(), 0..CODES.len(), any::<bool>()), |(scenario, kind, is_someone)| {
            let Scenario { agent, office, window, now } = scenario;
            let kind = code(CODES[kind]);
            let at_first = now.min(window.start);
            let Some(days) = known(&agent, &office, &kind, at_first, 6) else { return Ok(()) };
            let who = lead(1);
            // Now, when some holds have ended, and when all have.
            for later in [0, 7, 90, 4_000] {
                let query = SlotQuery {
                    appointment_type: &kind,
                    from: window.start,
                    to: window.end,
                    // A query about a property needs the exact rules for agents with visits there.
                    property_id: None,
                    lead_id: Some(&who).filter(|_| is_someone),
                    limit: usize::MAX,
                };
                let now = at_first + TimeDelta::minutes(later);
                let (some, slots) = same_on_every_day((&agent, &office), &days, &query, now)?;
                certain.set(certain.get() + some);
                found.set(found.get() + slots);
            }
            Ok(())
        })
        .unwrap();
    // Out of 4,800 days.
    assert!(certain.get() > 1_000 && found.get() > 500, "{} days, {} slots", certain.get(), found.get());
}

proptest! {
    #[test]
    fn whatever_bytes_come_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(days) = FreeDays::try_from_bytes(&bytes) {
            prop_assert_eq!(days.to_bytes(), bytes);
        }
    }

    /// A head that is mostly valid, followed by random bytes.
    #[test]
    fn bytes_that_look_right_are_read_or_refused(
        first in any::<i32>(), count in 0..70_u8, bytes in proptest::collection::vec(prop_oneof![0..40_u8, Just(255)], 0..400)
    ) {
        let head = [&[FreeDays::VERSION][..], &first.to_le_bytes(), &[count]].concat();
        let bytes = [head, bytes].concat();
        if let Ok(days) = FreeDays::try_from_bytes(&bytes) {
            prop_assert_eq!(days.to_bytes(), bytes);
            prop_assert!(!days.range().is_empty());
        }
    }

    #[test]
    fn any_days_can_be_written_and_read(days in proptest::collection::vec(proptest::option::of(
        proptest::collection::vec(any::<u8>(), 36)), 1..=64)) {
        let mut bytes = [&[FreeDays::VERSION][..], &20_000_i32.to_le_bytes()].concat();
        bytes.push(u8::try_from(days.len()).unwrap());
        for day in days {
            match day.as_deref().map(|day| day.iter().position(|byte| *byte != 0)) {
                None => bytes.push(255),
                Some(None) => bytes.push(0),
                Some(Some(first)) => {
                    let day = day.unwrap();
                    let last = day.iter().rposition(|byte| *byte != 0).unwrap();
                    bytes.extend([u8::try_from(last - first + 1).unwrap(), u8::try_from(first).unwrap()]);
                    bytes.extend(&day[first..=last]);
                }
            }
        }
        prop_assert_eq!(FreeDays::try_from_bytes(&bytes).unwrap().to_bytes(), bytes);
    }
}

#[test]
fn bytes_of_another_version_length_or_form_are_refused() {
    let run = |count: u8, days: &[u8]| {
        [&[FreeDays::VERSION][..], &20_000_i32.to_le_bytes(), &[count], days].concat()
    };
    let is_read = |bytes: &[u8]| FreeDays::try_from_bytes(bytes).is_ok();
    let right = run(3, &[255, 0, 2, 17, 1, 8]);
    assert!(is_read(&right));
    for other in (0..=u8::MAX).filter(|version| *version != FreeDays::VERSION) {
        assert!(!is_read(&[&[other], &right[1..]].concat()), "version {other}");
    }
    for end in 0..right.len() {
        assert!(!is_read(&right[..end]), "cut at {end}");
    }
    for more in [0, 1, 255] {
        assert!(!is_read(&[&right[..], &[more]].concat()), "{more} more");
    }
    // The same starts, with bytes before or after them that have none, and beyond the end of the day.
    for day in [&[3, 16, 0, 1, 8][..], &[3, 17, 1, 8, 0], &[1, 17, 0], &[2, 35, 1, 8]] {
        assert!(!is_read(&run(1, day)), "{day:?}");
    }
    assert!(!is_read(&run(0, &[])) && is_read(&run(64, &[0; 64])) && !is_read(&run(65, &[0; 65])));
}

/// If these bytes change, the byte form or the rules have changed: raise `FreeDays::VERSION`.
#[test]
fn the_bytes_of_a_known_calendar_stay_as_they_are() {
    let tz = Tz::America__Santiago;
    let (mut office, mut agent) = (support::office(tz), support::agent(tz, "09:00", "13:00"));
    let visit = AppointmentType { daily_limit: Some(2), buffer_after_minutes: 15, ..support::visit() };
    office.define_type(visit.clone());
    agent.book(support::booking(1, &visit, at("2026-06-18T14:00:00Z")));
    agent.book(support::booking(2, &support::call(), at("2026-06-19T13:30:00Z")));
    agent.block(support::block(1, tz, "2026-06-20T10:00:00", "2026-06-20T11:00:00"));
    agent.hold(support::hold(1, &visit, at("2026-06-21T14:00:00Z"), at("2026-06-17T12:20:00Z")));
    for (number, start) in [(3, "2026-06-22T13:00:00Z"), (4, "2026-06-22T15:00:00Z")] {
        agent.book(support::booking(number, &visit, at(start)));
    }
    let days = known(&agent, &office, &visit.code, at("2026-06-17T12:00:00Z"), 7).unwrap();
    let expected = "028d500000070613100441100401021704010415401004010613100000100401ff000613100441100401";
    let expected: Vec<u8> = (0..expected.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&expected[at..at + 2], 16).expect("hexadecimal digits"))
        .collect();
    assert_eq!(days.to_bytes(), expected);
}

fn asks_on(agent: &AgentCalendar, office: &OfficeCalendar, kind: &AppointmentType) -> Vec<bool> {
    let days = known(agent, office, &kind.code, at("2026-06-17T00:00:00Z"), 4);
    let days = days.expect("the type is in use");
    let day = |number| days.range().start + TimeDelta::days(number);
    (0..4).map(|number| days.needs_exact_rules(Interval::new(day(number), day(number + 1)))).collect()
}

#[test]
fn what_bits_cannot_say_is_left_to_the_rules() {
    let (office, visit) = (support::office(Tz::UTC), support::visit());
    let plain = support::agent(Tz::UTC, "09:00", "18:00");
    assert_eq!(asks_on(&plain, &office, &visit), [false; 4]);

    let until = |expires_at| support::hold(1, &visit, at("2026-06-18T10:00:00Z"), at(expires_at));
    let mut held = plain.clone();
    held.hold(until("2026-06-17T00:00:01Z"));
    assert_eq!(asks_on(&held, &office, &visit), [false, true, false, false]);
    held.hold(until("2026-06-17T00:00:00Z"));
    assert_eq!(asks_on(&held, &office, &visit), [false; 4], "it counts no longer");

    let mut odd = plain.clone();
    odd.set_exception(schemas::value::DateException {
        date: support::date("2026-06-19"),
        intervals: vec![schemas::value::LocalInterval {
            start_time: support::time("09:07"),
            end_time: support::time("12:00"),
        }],
    });
    assert_eq!(asks_on(&odd, &office, &visit), [false, false, true, false]);

    let mut shared = plain.clone();
    let mut rule = support::weekly(70, chrono::Weekday::Sat, "09:00", "18:00");
    rule.max_appointments_per_slot = 2;
    shared.add_rule(rule);
    assert_eq!(asks_on(&shared, &office, &visit), [false, false, false, true]);

    // One booking and one hold make up the two of a date, in the agent's zone.
    let (mut limited, mut few) = (support::agent(Tz::America__Santiago, "09:00", "24:00"), office.clone());
    let visit = AppointmentType { daily_limit: Some(2), ..visit };
    few.define_type(visit.clone());
    limited.book(support::booking(1, &visit, at("2026-06-18T14:00:00Z")));
    assert_eq!(asks_on(&limited, &few, &visit), [false; 4]);
    limited.hold(support::hold(2, &visit, at("2026-06-18T20:00:00Z"), at("2026-06-17T00:00:01Z")));
    assert_eq!(asks_on(&limited, &few, &visit), [false, true, true, false]);
}

#[test]
fn who_is_only_known_by_days_is_free_on_them_alone() {
    let (mut office, call) = (support::office(Tz::UTC), support::call());
    let mut busy = support::agent(Tz::UTC, "09:00", "11:00");
    let lunch = ("2026-06-17T09:45:00Z", "2026-06-17T10:00:00Z");
    let busy_id = BusyId::parse("1").unwrap();
    busy.record_busy(ExternalBusy { busy_id, start: at(lunch.0), end: at(lunch.1) });
    let now = at("2026-06-17T08:00:00Z");
    let days = known(&busy, &office, &call.code, now, 2).unwrap();
    assert_eq!(days.range(), support::interval("2026-06-17T00:00:00Z", "2026-06-19T00:00:00Z"));
    let query = support::query(&call.code, "2026-06-16T00:00:00Z", "2026-06-30T00:00:00Z");
    let starts = |office: &OfficeCalendar, now| {
        let found = asked(&busy, office, &days, &query, now).into_iter();
        found.map(|slot| slot.start.format("%d %H:%M").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(starts(&office, now), ["17 10:00", "18 09:00", "18 09:30", "18 10:00"]);
    office.define_type(AppointmentType { min_notice_minutes: 25 * 60, ..call.clone() });
    assert_eq!(starts(&office, now), ["18 09:00", "18 09:30", "18 10:00"]);
    office.define_type(AppointmentType {
        horizon_days: 0,
        location_kind: LocationKind::Video,
        ..call.clone()
    });
    assert_eq!(starts(&office, now), ["17 10:00"]);

    let visits =
        support::query(&office.types().last().unwrap().code, "2026-06-16T00:00:00Z", "2026-06-30T00:00:00Z");
    assert_eq!(
        asked(&busy, &office, &days, &SlotQuery { property_id: Some(&property(1)), ..query }, now).len(),
        1
    );
    let mut index = SlotIndex::new(office.clone());
    index.insert_free_days(0, Tz::UTC, &call.code, &days);
    assert_eq!(index.slots(&0, &visits, now), [], "of another type");
    assert_eq!(index.free_days(&1, &call.code, now, 2), None);
    assert_eq!(index.free_days(&0, &code("unheard_of"), now, 2), None);
}
