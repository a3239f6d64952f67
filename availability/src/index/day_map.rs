//! The computed days of one agent and type, by date.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::bits::{BitDay, UtcDay};
use super::day_template::DayTemplate;

/// How many consecutive days are kept: more than any horizon. A day further away restarts the map.
const MAX_DAYS: i64 = 1_000;

/// One day of one agent and type: the starts within its hours, and those that are taken.
#[derive(Debug, Clone)]
pub(super) struct IndexedDay {
    pub(super) template: Arc<DayTemplate>,
    /// The starts that appointments and external busy time rule out, as if every visit were at another property.
    pub(super) taken: BitDay,
}

impl IndexedDay {
    /// Whether no start is free for any lead, apart from visits at a property where the agent already has one.
    pub(super) fn is_full(&self) -> bool {
        let starts = self.template.starts.without(&self.taken);
        starts.is_empty() && self.template.shared.is_empty() && self.template.off_grid.is_empty()
    }
}

/// The days of one agent and type that have been computed.
#[derive(Debug, Clone, Default)]
pub(super) struct DayMap {
    first: i64,
    days: VecDeque<Option<IndexedDay>>,
}

impl DayMap {
    pub(super) fn get(&self, day: UtcDay) -> Option<&IndexedDay> {
        usize::try_from(day.0 - self.first).ok().and_then(|at| self.days.get(at)?.as_ref())
    }

    pub(super) fn insert(&mut self, day: UtcDay, indexed: IndexedDay) {
        let last = self.first + self.len();
        if day.0 < last - MAX_DAYS || day.0 >= self.first + MAX_DAYS || self.days.is_empty() {
            self.days.clear();
            self.first = day.0;
        }
        while day.0 < self.first {
            self.days.push_front(None);
            self.first -= 1;
        }
        while day.0 >= self.first + self.len() {
            self.days.push_back(None);
        }
        let at = usize::try_from(day.0 - self.first).expect("the map has just been made to reach the day");
        self.days[at] = Some(indexed);
    }

    /// The computed days of the range, mutably.
    pub(super) fn known_in(
        &mut self,
        range: RangeInclusive<i64>,
    ) -> impl Iterator<Item = (UtcDay, &mut IndexedDay)> {
        self.places_in(range).filter_map(|(day, place)| Some((day, place.as_mut()?)))
    }

    /// Drops the days of the range.
    pub(super) fn forget(&mut self, range: RangeInclusive<i64>) {
        for (_, place) in self.places_in(range) {
            *place = None;
        }
    }

    fn places_in(
        &mut self,
        range: RangeInclusive<i64>,
    ) -> impl Iterator<Item = (UtcDay, &mut Option<IndexedDay>)> {
        let from = (*range.start()).max(self.first);
        let to = (*range.end()).min(self.first + self.len() - 1);
        let skip = usize::try_from(from - self.first).unwrap_or(0);
        let take = usize::try_from(to - from + 1).unwrap_or(0);
        let days = self.days.iter_mut().skip(skip).take(take);
        (from..).map(UtcDay).zip(days)
    }

    /// Drops the days before this one.
    pub(super) fn drop_before(&mut self, day: UtcDay) {
        while self.first < day.0 && self.days.pop_front().is_some() {
            self.first += 1;
        }
    }

    fn len(&self) -> i64 {
        i64::try_from(self.days.len()).expect("at most MAX_DAYS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> IndexedDay {
        IndexedDay { template: Arc::default(), taken: BitDay::default() }
    }

    fn known(map: &mut DayMap, range: RangeInclusive<i64>) -> Vec<i64> {
        map.known_in(range).map(|(day, _)| day.0).collect()
    }

    #[test]
    fn days_are_found_where_they_were_put() {
        let mut map = DayMap::default();
        for number in [20_010, 20_000, 20_030] {
            map.insert(UtcDay(number), day());
        }
        assert!(map.get(UtcDay(20_010)).is_some());
        assert!(map.get(UtcDay(20_011)).is_none());
        assert!(map.get(UtcDay(-5)).is_none());
        assert_eq!(known(&mut map, 19_000..=20_010), [20_000, 20_010]);
        assert_eq!(known(&mut map, 20_011..=29_000), [20_030]);
        assert_eq!(known(&mut map, 1..=2), [0; 0]);
        map.drop_before(UtcDay(20_010));
        assert_eq!(known(&mut map, 0..=99_999), [20_010, 20_030]);
        map.forget(20_000..=20_010);
        assert_eq!(known(&mut map, 0..=99_999), [20_030]);
    }

    #[test]
    fn a_day_far_away_starts_the_map_anew() {
        let mut map = DayMap::default();
        for number in [20_000, 20_999, 21_000, 19_999, 300] {
            map.insert(UtcDay(number), day());
            assert!(map.get(UtcDay(number)).is_some(), "{number}");
            assert!(map.len() <= MAX_DAYS);
        }
    }

    /// What a year of one type costs each agent, beside the calendar itself: 365 × 48 bytes.
    #[test]
    fn a_day_takes_forty_eight_bytes() {
        assert_eq!(size_of::<Option<IndexedDay>>(), 48);
    }
}
