use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stretch of time from `start` up to, and not including, `end`.
///
/// One whose `end` is not after its `start` is empty: it contains and overlaps nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The first instant in it.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
}

impl Interval {
    /// From `start` up to `end`.
    pub const fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { start, end }
    }

    /// Whether no instant lies in it.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// How long it is; zero when empty.
    pub fn length(&self) -> TimeDelta {
        (self.end - self.start).max(TimeDelta::zero())
    }

    /// Whether the instant lies in it.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether every instant of `other` lies in it.
    pub fn encloses(&self, other: &Self) -> bool {
        other.is_empty() || (self.start <= other.start && other.end <= self.end)
    }

    /// Whether an instant lies in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }

    /// What lies in both; empty when nothing does.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

/// A set of instants, kept as its intervals: sorted, not empty, neither overlapping nor touching.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Interval>", into = "Vec<Interval>")]
pub struct IntervalSet(Vec<Interval>);

impl IntervalSet {
    /// The set of no instant.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether no instant lies in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals, earliest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Interval> {
        self.0.iter()
    }

    /// Whether the instant lies in it.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        let after = self.0.partition_point(|interval| interval.start <= instant);
        after > 0 && self.0[after - 1].contains(instant)
    }

    /// Whether every instant of the interval lies in it.
    pub fn encloses(&self, interval: &Interval) -> bool {
        let after = self.0.partition_point(|own| own.start <= interval.start);
        interval.is_empty() || (after > 0 && self.0[after - 1].encloses(interval))
    }

    /// How much time lies in it.
    pub fn length(&self) -> TimeDelta {
        self.0.iter().map(Interval::length).sum()
    }

    /// The instants that lie in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// The instants that lie in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut own, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = Vec::new();
        while let (Some(left), Some(right)) = (own.peek(), others.peek()) {
            let both = left.intersection(right);
            if !both.is_empty() {
                common.push(both);
            }
            if left.end <= right.end {
                own.next()
            } else {
                others.next()
            };
        }
        Self(common)
    }

    /// The instants that lie in this one and not in `other`.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut kept = Vec::with_capacity(self.0.len());
        let mut holes = other.0.as_slice();
        for interval in &self.0 {
            holes = &holes[holes.partition_point(|hole| hole.end <= interval.start)..];
            let mut from = interval.start;
            for hole in holes.iter().take_while(|hole| hole.start < interval.end) {
                if from < hole.start {
                    kept.push(Interval::new(from, hole.start));
                }
                from = hole.end;
            }
            if from < interval.end {
                kept.push(Interval::new(from, interval.end));
            }
        }
        Self(kept)
    }
}

impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<_> = intervals.into_iter().filter(|interval| !interval.is_empty()).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        Self(sorted)
    }
}

impl From<Interval> for IntervalSet {
    fn from(interval: Interval) -> Self {
        std::iter::once(interval).collect()
    }
}

impl From<Vec<Interval>> for IntervalSet {
    fn from(intervals: Vec<Interval>) -> Self {
        intervals.into_iter().collect()
    }
}

impl From<IntervalSet> for Vec<Interval> {
    fn from(set: IntervalSet) -> Self {
        set.0
    }
}

impl IntoIterator for IntervalSet {
    type Item = Interval;
    type IntoIter = std::vec::IntoIter<Interval>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a IntervalSet {
    type Item = &'a Interval;
    type IntoIter = std::slice::Iter<'a, Interval>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
