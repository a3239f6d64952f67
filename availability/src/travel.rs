//! How long an agent takes from one place to another, and in which order several are visited.
//!
//! Distances are great circles, computed from the four basic operations and square roots alone: these give the same bits
//! on every machine, the trigonometric functions of its library need not.

use chrono::TimeDelta;
use schemars::JsonSchema;
use schemas::value::{Coordinates, TravelPolicy};
use serde::{Deserialize, Serialize};

use crate::showing::same_name;

/// The mean radius of the earth.
const EARTH_RADIUS_METRES: f64 = 6_371_008.8;
/// No two visits need more time between them, however far apart: whoever flies does not take it by the kilometre.
const LONGEST_MINUTES: u16 = 12 * 60;
/// The most stops whose order is improved after the nearest was always taken next.
const MOST_IMPROVED: usize = 12;

/// The way between two visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Travel {
    /// How long it takes.
    pub minutes: u16,
    /// How far it is as the crow flies; none if one of the places is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_metres: Option<u32>,
}

/// How quick one agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TravelRate {
    /// Between places of which one is not known.
    flat_minutes: u16,
    by_distance: Option<ByDistance>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ByDistance {
    hundredths_per_km: u16,
    floor_minutes: u16,
}

impl Travel {
    pub(crate) fn time(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.minutes))
    }
}

impl TravelRate {
    /// The rate of an agent of these comunas and regions.
    pub(crate) fn of(flat_minutes: u16, policy: Option<&TravelPolicy>, places: &[String]) -> Self {
        let by_distance = policy.map(|policy| {
            let is_own = |name: &String| places.iter().any(|own| same_name(own, name));
            let area = policy.areas.iter().find(|area| area.comunas.iter().chain(&area.regions).any(is_own));
            let rate = area.map_or(policy.minutes_per_km, |area| area.minutes_per_km);
            ByDistance { hundredths_per_km: rate.hundredths(), floor_minutes: policy.floor_minutes }
        });
        Self { flat_minutes, by_distance }
    }

    /// No way takes longer, whoever's and between whichever places.
    pub(crate) fn longest_minutes(flat_minutes: u16, policy: Option<&TravelPolicy>) -> u16 {
        policy.map_or(flat_minutes, |policy| flat_minutes.max(LONGEST_MINUTES).max(policy.floor_minutes))
    }

    /// From one place to another, either way.
    pub(crate) fn between(self, one: Option<Coordinates>, other: Option<Coordinates>) -> Travel {
        let (Some(rate), Some(one), Some(other)) = (self.by_distance, one, other) else {
            return Travel { minutes: self.flat_minutes, distance_metres: None };
        };
        let metres = distance_metres(one, other);
        let minutes = (u64::from(metres) * u64::from(rate.hundredths_per_km)).div_ceil(100_000);
        let minutes = u16::try_from(minutes).unwrap_or(u16::MAX).min(LONGEST_MINUTES);
        Travel { minutes: minutes.max(rate.floor_minutes), distance_metres: Some(metres) }
    }

    /// Whether ways from there are taken by their distance, where both ends are known.
    pub(crate) const fn measures(self, from: Option<Coordinates>) -> bool {
        self.by_distance.is_some() && from.is_some()
    }

    /// No way from there takes longer.
    pub(crate) fn longest(self, from: Option<Coordinates>) -> TimeDelta {
        let by_distance = self.by_distance.filter(|_| from.is_some());
        let measured = by_distance.map_or(0, |rate| rate.floor_minutes.max(LONGEST_MINUTES));
        TimeDelta::minutes(i64::from(self.flat_minutes.max(measured)))
    }
}

/// The distance of two places as the crow flies, in whole metres.
pub fn distance_metres(one: Coordinates, other: Coordinates) -> u32 {
    let half_sine = |from: f64, to: f64| sine(((to - from) / 2.0).to_radians());
    let north = half_sine(one.lat(), other.lat());
    let east = half_sine(one.lon(), other.lon());
    let [from, to] = [one, other].map(|place| sine((90.0 - place.lat().abs()).to_radians()));
    let half_chord = (north * north + from * to * east * east).clamp(0.0, 1.0).sqrt();
    let metres = 2.0 * EARTH_RADIUS_METRES * arc_sine(half_chord);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "half of the earth's girth")]
    let metres = metres.round() as u32;
    metres
}

/// Of an angle from −π to π.
fn sine(angle: f64) -> f64 {
    let half_turn = std::f64::consts::PI;
    let angle = if angle.abs() > half_turn / 2.0 { half_turn.copysign(angle) - angle } else { angle };
    let square = angle * angle;
    let (mut term, mut sum) = (angle, angle);
    for number in 1..=10_u32 {
        term *= -square / f64::from(2 * number * (2 * number + 1));
        sum += term;
    }
    sum
}

/// Of a number from 0 to 1.
fn arc_sine(sine: f64) -> f64 {
    // The tangent of half the angle, then of an eighth of that.
    let mut tangent = sine / (1.0 + (1.0 - sine * sine).max(0.0).sqrt());
    for _ in 0..3 {
        tangent /= 1.0 + (1.0 + tangent * tangent).sqrt();
    }
    let square = tangent * tangent;
    let (mut power, mut sum) = (tangent, tangent);
    for number in 1..=12_u32 {
        power *= -square;
        sum += power / f64::from(2 * number + 1);
    }
    16.0 * sum
}

/// The order in which to visit the stops, as their places in the list, so that the way is short. It begins nearest to
/// `from`, or else with the first stop.
///
/// The nearest is always taken next; then, of 12 stops at most, parts of the way are turned round as long as that makes
/// it shorter. The same stops always come in the same order.
pub fn tour_order(from: Option<Coordinates>, stops: &[Coordinates]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..stops.len()).collect();
    let mut order = Vec::with_capacity(stops.len());
    let mut here = from.or_else(|| stops.first().copied());
    while let Some(place) = here {
        let nearest = (0..left.len()).min_by_key(|at| distance_metres(place, stops[left[*at]]));
        let Some(at) = nearest else { break };
        let stop = left.remove(at);
        order.push(stop);
        here = Some(stops[stop]);
    }
    if stops.len() <= MOST_IMPROVED {
        improve(from, stops, &mut order);
    }
    order
}

fn improve(from: Option<Coordinates>, stops: &[Coordinates], order: &mut [usize]) {
    // Without a place to come from, the first stop stays the first.
    let first = usize::from(from.is_none());
    let mut shortest = tour_metres(from, stops, order);
    loop {
        let before = shortest;
        for start in first..order.len() {
            for end in start + 2..=order.len() {
                order[start..end].reverse();
                let metres = tour_metres(from, stops, order);
                if metres < shortest {
                    shortest = metres;
                } else {
                    order[start..end].reverse();
                }
            }
        }
        if shortest == before {
            return;
        }
    }
}

/// How long the way is over the stops in this order.
fn tour_metres(from: Option<Coordinates>, stops: &[Coordinates], order: &[usize]) -> u64 {
    let places: Vec<Coordinates> = from.into_iter().chain(order.iter().map(|stop| stops[*stop])).collect();
    places.windows(2).map(|way| u64::from(distance_metres(way[0], way[1]))).sum()
}
