//! The way between two visits: by their distance where both places are known.

use availability::{
    AgentCalendar, Booking, Cause, OfficeCalendar, Reason, SlotIndex, SlotRequest, Travel, check,
    distance_metres, explain, tour_order, travel_beside,
};
use chrono_tz::Tz::UTC;
use proptest::prelude::*;
use schemas::value::{Coordinates, MinutesPerKm, OfficePolicy, TravelArea, TravelPolicy};

use crate::support::{agent, at, booking, code, office, property, query, request, visit};

fn place(lat: f64, lon: f64) -> Coordinates {
    Coordinates::new(lat, lon).expect("on the map")
}

/// The Plaza de Armas of Santiago, the Plaza Ñuñoa some six kilometres away, and that of Punta Arenas.
fn places() -> [Coordinates; 3] {
    [place(-33.4378, -70.6505), place(-33.4553, -70.5935), place(-53.1627, -70.9081)]
}

fn rate(minutes: f64) -> MinutesPerKm {
    MinutesPerKm::new(minutes).expect("not too many")
}

fn travelling(travel: TravelPolicy) -> OfficeCalendar {
    let mut office = office(UTC);
    let policy =
        OfficePolicy { time_zone: UTC, travel_minutes: 45, travel: Some(travel), ..fixtures::policy() };
    office.set_policy(&policy);
    office
}

fn four_minutes_a_km() -> TravelPolicy {
    TravelPolicy { minutes_per_km: rate(4.0), floor_minutes: 10, areas: Vec::new() }
}

fn visited_at(number: u128, time: &str, place: Option<Coordinates>) -> Booking {
    let start = at(&format!("2026-06-17T{time}:00Z"));
    Booking {
        property_id: Some(property(number)),
        coordinates: place,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        ..booking(number, &visit(), start)
    }
}

/// Whether a visit at the place and time is possible beside one from 10:00 to its end.
fn first_free_after(office: &OfficeCalendar, agent: &AgentCalendar, place: Option<Coordinates>) -> i64 {
    let (visits, there) = (visit().code, property(7));
    let end = agent.bookings().next().expect("one").end;
    let minutes = (0..24 * 60).find(|minutes| {
        let asked = SlotRequest {
            property_id: Some(&there),
            coordinates: place,
            ..request(&visits, end + chrono::TimeDelta::minutes(*minutes))
        };
        !explain(agent, office, &asked, at("2026-06-16T00:00:00Z"))
            .iter()
            .any(|finding| finding.reason == Reason::AlreadyBooked)
    });
    minutes.expect("in a day")
}

#[test]
fn the_distance_is_that_of_the_great_circle() {
    let [armas, nunoa, arenas] = places();
    assert_eq!(distance_metres(armas, armas), 0);
    assert_eq!(distance_metres(armas, nunoa), distance_metres(nunoa, armas));
    assert!((5_500..5_800).contains(&distance_metres(armas, nunoa)), "{}", distance_metres(armas, nunoa));
    assert!((2_190_000..2_197_000).contains(&distance_metres(armas, arenas)));
    // Half and a quarter of the earth's girth.
    assert_eq!(distance_metres(place(0.0, 0.0), place(0.0, 180.0)), 20_015_114);
    assert_eq!(distance_metres(place(90.0, 0.0), place(0.0, 77.0)), 10_007_557);
    // Over the date line.
    assert_eq!(distance_metres(place(0.0, 179.5), place(0.0, -179.5)), 111_195);
}

proptest! {
    #[test]
    fn the_distance_is_as_trigonometry_has_it(
        from in (-90.0..90.0_f64, -180.0..180.0_f64),
        to in (-90.0..90.0_f64, -180.0..180.0_f64),
    ) {
        let [one, other] = [from, to].map(|(lat, lon)| place(lat, lon));
        let [(north, east), (other_north, other_east)] =
            [one, other].map(|place| (place.lat().to_radians(), place.lon().to_radians()));
        let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
        let chord = half(north, other_north) + north.cos() * other_north.cos() * half(east, other_east);
        let expected = 2.0 * 6_371_008.8 * chord.clamp(0.0, 1.0).sqrt().asin();
        let metres = f64::from(distance_metres(one, other));
        // Near the other side of the earth, the sine of half the angle hardly changes.
        let tolerance = if expected > 19_900_000.0 { 20.0 } else { 1.0 };
        prop_assert!((metres - expected).abs() <= tolerance, "{metres} {expected}");
    }

    /// The best order of a few stops, found by trying all, is never much shorter; and each stop is there once.
    #[test]
    fn a_tour_visits_each_stop_once_on_a_short_way(
        stops in proptest::collection::vec((-3350..-3330_i32, -7070..-7050_i32), 0..7),
        from in proptest::bool::ANY,
    ) {
        let stops: Vec<_> =
            stops.into_iter().map(|(lat, lon)| place(f64::from(lat) / 100.0, f64::from(lon) / 100.0)).collect();
        let from = from.then(|| places()[0]);
        let order = tour_order(from, &stops);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..stops.len()).collect::<Vec<_>>());
        prop_assert_eq!(&order, &tour_order(from, &stops));
        let length = |order: &[usize]| {
            let way: Vec<_> = from.into_iter().chain(order.iter().map(|stop| stops[*stop])).collect();
            way.windows(2).map(|way| u64::from(distance_metres(way[0], way[1]))).sum::<u64>()
        };
        // Turning round any part of the way does not make it shorter.
        let first = usize::from(from.is_none());
        for start in first..order.len() {
            for end in start + 2..=order.len() {
                let mut other = order.clone();
                other[start..end].reverse();
                prop_assert!(length(&order) <= length(&other));
            }
        }
    }
}

#[test]
fn a_tour_takes_the_stops_of_a_street_in_turn() {
    let street = [0.0, 0.03, 0.01, 0.04, 0.02].map(|by| place(-33.4, -70.6 + by));
    assert_eq!(tour_order(None, &street), [0, 2, 4, 1, 3]);
    assert_eq!(tour_order(Some(place(-33.4, -70.5)), &street), [3, 1, 4, 2, 0]);
    assert_eq!(tour_order(None, &[]), [0; 0]);
}

#[test]
fn the_gap_follows_from_the_distance_if_both_places_are_known() {
    let [armas, nunoa, arenas] = places();
    let office = travelling(four_minutes_a_km());
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(visited_at(1, "10:00", Some(armas)));
    // 5.6 km, so 23 minutes.
    assert_eq!(first_free_after(&office, &agent, Some(nunoa)), 23);
    assert_eq!(first_free_after(&office, &agent, Some(armas)), 10, "the floor");
    assert_eq!(first_free_after(&office, &agent, Some(arenas)), 720, "whoever flies");
    assert_eq!(first_free_after(&office, &agent, None), 45, "the flat one");
    agent.book(visited_at(1, "10:00", None));
    assert_eq!(first_free_after(&office, &agent, Some(nunoa)), 45);
}

#[test]
fn an_area_of_the_agent_has_its_own_rate() {
    let [armas, nunoa, _] = places();
    let area = |comuna: &str, minutes| TravelArea {
        regions: Vec::new(),
        comunas: vec![comuna.to_owned()],
        minutes_per_km: rate(minutes),
    };
    let areas = vec![area("Maipú", 1.0), area("Ñuñoa", 8.0), area("Santiago", 2.0)];
    let office = travelling(TravelPolicy { areas, ..four_minutes_a_km() });
    let mut agent = agent(UTC, "00:00", "24:00");
    agent.book(visited_at(1, "10:00", Some(armas)));
    assert_eq!(first_free_after(&office, &agent, Some(nunoa)), 23);
    agent.set_owner(
        schemas::AgentId::parse("7").expect("an id"),
        vec!["Santiago".to_owned(), "ñuñoa".to_owned()],
    );
    assert_eq!(first_free_after(&office, &agent, Some(nunoa)), 46, "the first area of the office's list");
}

#[test]
fn what_is_explained_tells_the_way() {
    let [armas, nunoa, _] = places();
    let office = travelling(four_minutes_a_km());
    let mut agent = agent(UTC, "00:00", "24:00");
    let there = visited_at(1, "10:00", Some(armas));
    agent.book(there.clone());
    let (visits, property_id) = (visit().code, property(7));
    let asked = SlotRequest {
        property_id: Some(&property_id),
        coordinates: Some(nunoa),
        ..request(&visits, there.end + chrono::TimeDelta::minutes(15))
    };
    let findings = explain(&agent, &office, &asked, at("2026-06-16T00:00:00Z"));
    let way = findings.iter().find_map(|finding| match &finding.cause {
        Cause::Appointment { appointment_id, travel, .. } if *appointment_id == there.appointment_id => {
            *travel
        }
        _ => None,
    });
    assert_eq!(way, Some(Travel { minutes: 23, distance_metres: Some(distance_metres(armas, nunoa)) }));
    assert_eq!(travel_beside(&agent, &office, &asked), Some(23));
}

/// The days kept in an index take the flat time; a search from a known place is exact all the same, both where it is
/// shorter and where it is longer.
#[test]
fn an_index_offers_what_the_way_allows() {
    let [armas, nunoa, arenas] = places();
    let office = travelling(four_minutes_a_km());
    let mut index = SlotIndex::new(office.clone());
    let mut agent = agent(UTC, "06:00", "23:00");
    agent.book(visited_at(1, "14:00", Some(armas)));
    index.insert_agent(7, agent.clone());
    let visits = code("visita_propiedad");
    let there = property(7);
    let now = at("2026-06-16T00:00:00Z");
    let anywhere = query(&visits, "2026-06-17T00:00:00Z", "2026-06-18T00:00:00Z");
    let mut counts = Vec::new();
    for place in [None, Some(armas), Some(nunoa), Some(arenas)] {
        let asked = availability::SlotQuery { property_id: Some(&there), coordinates: place, ..anywhere };
        let found = index.slots(&7, &asked, now);
        assert_eq!(found, availability::slots(&agent, &office, &asked, now));
        counts.push(found.len());
    }
    assert!(counts[1] >= counts[0] && counts[2] >= counts[0], "{counts:?}");
    assert_eq!(counts[3], 0, "from Punta Arenas nobody comes in time");
}

#[test]
fn an_agent_has_no_hours_for_a_type_that_is_not_the_agents() {
    let (office, mut agent) = (office(UTC), agent(UTC, "09:00", "18:00"));
    let (visits, calls) = (code("visita_propiedad"), code("llamada"));
    let (ten, now) = (at("2026-06-17T10:00:00Z"), at("2026-06-16T00:00:00Z"));
    assert!(check(&agent, &office, &request(&visits, ten), now).is_ok());
    agent.set_appointment_types(vec![calls.clone()]);
    let findings = explain(&agent, &office, &request(&visits, ten), now);
    let [finding] = &findings[..] else { panic!("one finding, not {findings:?}") };
    assert_eq!(finding.reason, Reason::OutsideHours);
    assert_eq!(finding.cause, Cause::AppointmentTypes { appointment_types: vec![calls.clone()] });
    assert!(check(&agent, &office, &request(&calls, ten), now).is_ok());
    agent.book(booking(1, &visit(), ten));
    let found = availability::conflicts(
        &agent,
        &office,
        availability::Interval::new(now, at("2026-06-18T00:00:00Z")),
        true,
    );
    assert_eq!(found[0].findings[0].cause, Cause::AppointmentTypes { appointment_types: vec![calls] });
}
