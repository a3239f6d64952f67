//! Interval sets against sets of minutes.

use availability::{Interval, IntervalSet};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::at;

const LENGTH: i64 = 60;

fn instant(minute: i64) -> DateTime<Utc> {
    at("2026-06-17T00:00:00Z") + TimeDelta::minutes(minute)
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    let interval = (0..LENGTH, -5..20_i64);
    let interval =
        interval.prop_map(|(start, length)| Interval::new(instant(start), instant(start + length)));
    vec(interval, 0..8)
}

fn set(intervals: &[Interval]) -> IntervalSet {
    intervals.iter().copied().collect()
}

/// Whether each minute lies in the set.
fn minutes(contains: impl Fn(DateTime<Utc>) -> bool) -> Vec<bool> {
    (0..LENGTH + 20).map(|minute| contains(instant(minute))).collect()
}

fn is_normal(set: &IntervalSet) -> bool {
    let intervals: Vec<_> = set.iter().collect();
    intervals.iter().all(|interval| !interval.is_empty())
        && intervals.windows(2).all(|pair| pair[0].end < pair[1].start)
}

proptest! {
    #[test]
    fn sets_of_intervals_are_sets_of_instants(left in intervals(), right in intervals()) {
        let (a, b) = (set(&left), set(&right));
        let listed = |list: &[Interval], at| list.iter().any(|interval| interval.contains(at));
        for (made, expected) in [
            (a.clone(), minutes(|at| listed(&left, at))),
            (a.subtract(&b), minutes(|at| listed(&left, at) && !listed(&right, at))),
        ] {
            prop_assert!(is_normal(&made), "{:?}", made);
            prop_assert_eq!(minutes(|at| made.iter().any(|interval| interval.contains(at))), expected);
        }
        prop_assert!(a.subtract(&a).is_empty());
    }
}

#[test]
fn a_set_is_made_of_intervals_and_taken_apart_again() {
    let [first, second] = [(0, 10), (20, 30)].map(|(start, end)| Interval::new(instant(start), instant(end)));
    assert_eq!(IntervalSet::from(first), set(&[first]));
    let both = IntervalSet::from(vec![second, first]);
    assert_eq!(both, set(&[first, second]));
    assert_eq!((&both).into_iter().collect::<Vec<_>>(), [&first, &second]);
    assert_eq!(Vec::from(both.clone()), [first, second]);
    assert_eq!(both.into_iter().collect::<Vec<_>>(), [first, second]);
}
