//! Which starts the hours of a date have.
//!
//! Starts lie whole steps apart from an instant, their anchor, and at no instant is there more than one grid:
//!
//! - within the office's hours it begins where they begin, whatever hours the agent adds;
//! - an agent's own hours go on with the grid of the office's hours beside them, those of the same date that they touch
//!   or overlap: with the last that has begun, and before the first with that;
//! - own hours that stand alone, and those of a date exception, begin their own;
//! - of overlapping hours, the last that has begun counts.
//!
//! Hours mean those of one owner that begin on one date, merged. So a grid goes on over midnight as far as its hours do,
//! and every date has grids of its own.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::Interval;

/// Hours of one owner, the agent or the office: an interval of those that begin on one date, merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) interval: Interval,
    /// The agent's date on which they begin.
    pub(crate) date: NaiveDate,
}

/// A part of a day whose starts lie whole steps apart from one instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) within: Interval,
    /// Where the steps are counted from, in both directions. It need not lie within.
    pub(crate) anchor: DateTime<Utc>,
}

impl Grid {
    /// The first start at or after the instant.
    pub(crate) fn first_from(&self, instant: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
        let (from_anchor, step) = (instant - self.anchor, step.num_seconds());
        let begun = i64::from(from_anchor.subsec_nanos() > 0);
        let seconds = from_anchor.num_seconds() + begun;
        self.anchor + TimeDelta::seconds(seconds + (-seconds).rem_euclid(step))
    }

    /// Whether the instant is a whole number of steps away from the anchor.
    pub(crate) fn has(&self, instant: DateTime<Utc>, step: TimeDelta) -> bool {
        let from_anchor = instant - self.anchor;
        from_anchor.subsec_nanos() == 0 && from_anchor.num_seconds() % step.num_seconds() == 0
    }
}

/// The grids of a day, in order, of all hours that reach into it.
pub(crate) fn grids(own: &[Stretch], office: &[Stretch], day: Interval) -> Vec<Grid> {
    let edges = own.iter().chain(office).flat_map(|hours| [hours.interval.start, hours.interval.end]);
    let mut edges: Vec<_> = edges.filter(|edge| day.contains(*edge)).chain([day.start]).collect();
    edges.sort_unstable();
    edges.dedup();
    let ends = edges.iter().skip(1).copied().chain([day.end]);
    let parts = edges.iter().zip(ends).map(|(start, end)| Interval::new(*start, end));
    let grid = |within: Interval| Some(Grid { within, anchor: anchor(own, office, within.start)? });
    parts.filter(|part| !part.is_empty()).filter_map(grid).collect()
}

/// The anchor of the grid at an instant; none outside of all hours.
fn anchor(own: &[Stretch], office: &[Stretch], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(theirs) = last_begun(office, at) {
        return Some(theirs.interval.start);
    }
    let own = last_begun(own, at)?;
    let beside = office.iter().filter(|theirs| {
        theirs.date == own.date
            && theirs.interval.start <= own.interval.end
            && own.interval.start <= theirs.interval.end
    });
    let beside = beside.map(|theirs| theirs.interval.start);
    let begun = beside.clone().filter(|start| *start <= at).max();
    Some(begun.or(beside.min()).unwrap_or(own.interval.start))
}

fn last_begun(hours: &[Stretch], at: DateTime<Utc>) -> Option<&Stretch> {
    hours.iter().filter(|hours| hours.interval.contains(at)).max_by_key(|hours| hours.interval.start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanos: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(nanos)
    }

    proptest! {
        #[test]
        fn the_first_start_is_on_the_grid_and_less_than_a_step_away(
            anchor in -5_000_000_i64..5_000_000,
            nanos in -9_000_000_000_000_000_i64..9_000_000_000_000_000,
            whole_seconds in any::<bool>(),
            step in 1..1441_i64,
        ) {
            let instant = at(if whole_seconds { nanos / 1_000_000_000 * 1_000_000_000 } else { nanos });
            let (anchor, step) = (at(anchor * 1_000_000_000), TimeDelta::minutes(step));
            let grid = Grid { within: Interval::new(anchor, anchor), anchor };
            let first = grid.first_from(instant, step);
            prop_assert!(grid.has(first, step) && instant <= first && first - instant < step);
            prop_assert_eq!(grid.has(instant, step), first == instant);
        }
    }
}
