//! Properties that hold for every calendar.

use std::collections::BTreeSet;

use availability::{AgentCalendar, Interval, Reason, SlotQuery, SlotRequest, check, explain, nearest, slots};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use schemas::{AppointmentTypeCode, LeadId, PropertyId};

use crate::model::Model;
use crate::random::{CODES, Scenario, kinds, scenario, some_booking};
use crate::support::{agent, at, booking, code, lead, office, property, request};

fn starts(window: Interval, step: i64) -> impl Iterator<Item = DateTime<Utc>> {
    let minutes = (window.end - window.start).num_minutes();
    (0..minutes / step).map(move |number| window.start + TimeDelta::minutes(number * step))
}

/// A lead and a property, or neither.
fn askers() -> [(Option<LeadId>, Option<PropertyId>); 2] {
    [(None, None), (Some(lead(1)), Some(property(1)))]
}

fn query<'a>(
    scenario: &Scenario,
    code: &'a AppointmentTypeCode,
    (lead_id, property_id): &'a (Option<LeadId>, Option<PropertyId>),
) -> SlotQuery<'a> {
    SlotQuery {
        appointment_type: code,
        from: scenario.window.start,
        to: scenario.window.end,
        property_id: property_id.as_ref(),
        lead_id: lead_id.as_ref(),
        limit: usize::MAX,
    }
}

fn ask<'a>(query: &SlotQuery<'a>, start: DateTime<Utc>) -> SlotRequest<'a> {
    SlotRequest {
        appointment_type: query.appointment_type,
        start,
        property_id: query.property_id,
        lead_id: query.lead_id,
        moving: None,
        duration_minutes: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_calendar_is_read_as_the_model_reads_it(scenario in scenario(), kind in 0..3_usize) {
        let Scenario { agent, office, window, now } = &scenario;
        let code = code(CODES[kind]);
        let model = Model::new(agent, office, *window, &code);
        for asker in askers() {
            let query = query(&scenario, &code, &asker);
            let offered = slots(agent, office, &query, *now);
            let expected: Vec<_> = starts(*window, 1)
                .filter_map(|start| Some((start, model.answer(&ask(&query, start), *now).ok()?)))
                .collect();
            let offered: Vec<_> = offered
                .iter()
                .map(|slot| (slot.start, (slot.max_appointments_per_slot, slot.remaining)))
                .collect();
            prop_assert_eq!(offered, expected);
            let moving = agent.bookings().next().map(|booking| booking.appointment_id);
            for start in starts(*window, 35) {
                let request = SlotRequest { moving, ..ask(&query, start) };
                let free = check(agent, office, &request, *now);
                let free = free.map(|slot| (slot.max_appointments_per_slot, slot.remaining));
                prop_assert_eq!(free, model.answer(&request, *now), "at {}", start);
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_offered_is_exactly_what_is_accepted(scenario in scenario(), kind in 0..3_usize) {
        let Scenario { agent, office, window, now } = &scenario;
        let code = code(CODES[kind]);
        for asker in askers() {
            let query = query(&scenario, &code, &asker);
            let accepted: Vec<_> =
                starts(*window, 1).filter_map(|start| check(agent, office, &ask(&query, start), *now).ok()).collect();
            prop_assert_eq!(slots(agent, office, &query, *now), accepted);
        }
    }

    #[test]
    fn an_explanation_begins_with_the_reason_and_keeps_their_order(scenario in scenario(), kind in 0..3_usize) {
        let Scenario { agent, office, window, now } = &scenario;
        let code = code(CODES[kind]);
        for start in starts(*window, 15) {
            let request = request(&code, start);
            let reasons: Vec<Reason> =
                explain(agent, office, &request, *now).into_iter().map(|finding| finding.reason).collect();
            prop_assert_eq!(check(agent, office, &request, *now).err(), reasons.first().copied());
            prop_assert!(reasons.is_sorted());
        }
    }

    #[test]
    fn the_nearest_alternatives_are_the_nearest_of_all_slots(scenario in scenario(), minute in 0..4320_i64, count in 0..5_usize) {
        let Scenario { agent, office, window, now } = &scenario;
        let code = code(CODES[0]);
        let wished = window.start + TimeDelta::minutes(minute);
        let days = TimeDelta::days(14);
        let asker = (None, None);
        let query = query(&scenario, &code, &asker);
        let query = SlotQuery { from: wished - days, to: wished + days, ..query };
        let mut all = slots(agent, office, &query, *now);
        all.sort_by_key(|slot| ((slot.start - wished).abs(), slot.start));
        all.truncate(count);
        prop_assert_eq!(nearest(agent, office, &request(&code, wished), *now, count), all);
    }

    #[test]
    fn a_calendar_reads_back_from_its_snapshot_as_itself(scenario in scenario()) {
        let agent = serde_json::to_string(&scenario.agent).unwrap();
        prop_assert_eq!(&serde_json::from_str::<AgentCalendar>(&agent).unwrap(), &scenario.agent);
        let office = serde_json::to_string(&scenario.office).unwrap();
        prop_assert_eq!(serde_json::from_str::<availability::OfficeCalendar>(&office).unwrap(), scenario.office);
    }
}

proptest! {
    #[test]
    fn the_order_of_booking_makes_no_difference_to_buffers_and_travel(
        kinds in kinds(),
        travel_minutes in 0..90_u16,
        (first, second) in (some_booking(1, at("2026-06-17T12:00:00Z")), some_booking(2, at("2026-06-17T12:00:00Z"))),
    ) {
        let mut office = office(chrono_tz::UTC);
        office.set_policy(&schemas::value::OfficePolicy {
            time_zone: chrono_tz::UTC,
            travel_minutes,
            ..fixtures::policy()
        });
        for kind in &kinds {
            let open = schemas::value::AppointmentType {
                slot_step_minutes: 1,
                min_notice_minutes: 0,
                horizon_days: 9,
                daily_limit: None,
                ..kind.clone()
            };
            office.define_type(open);
        }
        let ask = |beside: &availability::Booking, wanted: &availability::Booking| {
            let mut agent = agent(chrono_tz::UTC, "00:00", "24:00");
            let kind = office.appointment_type(&beside.appointment_type).expect("defined above");
            let at_property = availability::Booking { property_id: beside.property_id.clone(), ..booking(1, kind, beside.start) };
            agent.book(at_property);
            let request = SlotRequest { property_id: wanted.property_id.as_ref(), ..request(&wanted.appointment_type, wanted.start) };
            check(&agent, &office, &request, at("2026-06-14T00:00:00Z")).err()
        };
        let (one, other) = (ask(&first, &second), ask(&second, &first));
        let hours = [Some(Reason::OutsideHours), Some(Reason::OffGrid)];
        if !hours.contains(&one) && !hours.contains(&other) {
            prop_assert_eq!(one, other);
        }
    }
}

/// Random calendars give every outcome; otherwise the comparisons above would prove little.
#[test]
fn random_calendars_meet_every_reason_and_share_slots() {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..60 {
        let scenario = scenario().new_tree(&mut runner).unwrap().current();
        for (code, start) in
            CODES.iter().flat_map(|name| starts(scenario.window, 15).map(|at| (code(name), at)))
        {
            let answer = check(&scenario.agent, &scenario.office, &request(&code, start), scenario.now);
            met.insert(match answer {
                Ok(slot) if slot.remaining < slot.max_appointments_per_slot => "shared",
                Ok(_) => "free",
                Err(reason) => reason.as_str(),
            });
        }
    }
    let all = [
        "free",
        "shared",
        "off_grid",
        "outside_hours",
        "blocked",
        "external_busy",
        "already_booked",
        "held",
        "slot_full",
    ];
    let limits = ["past", "too_soon", "beyond_horizon", "daily_limit"];
    assert_eq!(met, all.into_iter().chain(limits).collect());
}
