//! UTC days, and sets of their five-minute instants as bits.

use chrono::{DateTime, TimeDelta, Utc};

use crate::Interval;

/// How far apart the bits of a day are, in seconds.
const STEP_SECONDS: i64 = 5 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// How many bits a day has.
pub(super) const BITS: usize = 288;
const WORDS: usize = BITS.div_ceil(64);

/// A UTC day, as days since 1970-01-01; always 24 hours long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UtcDay(pub(super) i64);

impl UtcDay {
    /// Whether chrono can represent this day.
    pub(super) fn is_day(number: i64) -> bool {
        number.checked_mul(DAY_SECONDS).is_some_and(|seconds| DateTime::from_timestamp(seconds, 0).is_some())
    }

    pub(super) const fn of(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp().div_euclid(DAY_SECONDS))
    }

    pub(super) fn start(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0 * DAY_SECONDS, 0).expect("chrono can represent the day")
    }

    pub(super) fn window(self) -> Interval {
        Interval::new(self.start(), Self(self.0 + 1).start())
    }

    /// The bit of the instant, if it lies on the grid and in this day.
    pub(super) fn bit(self, instant: DateTime<Utc>) -> Option<usize> {
        let seconds = instant.timestamp() - self.0 * DAY_SECONDS;
        let on_grid = seconds % STEP_SECONDS == 0 && instant.timestamp_subsec_nanos() == 0;
        usize::try_from(seconds / STEP_SECONDS).ok().filter(|bit| on_grid && seconds >= 0 && *bit < BITS)
    }

    pub(super) fn instant(self, bit: usize) -> DateTime<Utc> {
        let seconds = i64::try_from(bit).expect("a day has 288 bits") * STEP_SECONDS;
        self.start() + TimeDelta::seconds(seconds)
    }

    /// The first bit at or after the instant, 288 if all lie before it.
    pub(super) fn first_bit_from(self, instant: DateTime<Utc>) -> usize {
        let begun = i64::from(instant.timestamp_subsec_nanos() > 0);
        let seconds = (instant.timestamp() - self.0 * DAY_SECONDS + begun).clamp(0, DAY_SECONDS);
        usize::try_from(u64::try_from(seconds).expect("clamped above").div_ceil(300)).expect("at most 288")
    }

    /// The first bit after the instant.
    pub(super) fn first_bit_after(self, instant: DateTime<Utc>) -> usize {
        let at = self.first_bit_from(instant);
        at + usize::from(self.bit(instant) == Some(at))
    }
}

/// One day as a set of the 288 instants that lie on whole five minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct BitDay([u64; WORDS]);

impl BitDay {
    /// The length of [`to_bytes`](Self::to_bytes).
    pub(super) const BYTES: usize = BITS / 8;

    /// Bit *n* of byte *m* is bit *8 m + n*.
    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        std::array::from_fn(|at| self.0[at / 8].to_le_bytes()[at % 8])
    }

    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let mut bits = Self::default();
        for (at, byte) in bytes.into_iter().enumerate() {
            bits.0[at / 8] |= u64::from(byte) << (at % 8 * 8);
        }
        bits
    }

    /// The bits from `from` up to, and not including, `to`.
    pub(super) fn range(from: usize, to: usize) -> Self {
        let mut bits = Self::default();
        bits.fill(from, to);
        bits
    }

    pub(super) fn insert(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    pub(super) fn contains(&self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    /// Sets the bits from `from` up to, and not including, `to`.
    pub(super) fn fill(&mut self, from: usize, to: usize) {
        for word in from / 64..to.min(BITS).div_ceil(64) {
            let base = word * 64;
            let below = |bit: usize| match bit.saturating_sub(base) {
                64.. => u64::MAX,
                within => (1 << within) - 1,
            };
            self.0[word] |= below(to.min(BITS)) & !below(from);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    #[must_use]
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    #[must_use]
    pub(super) fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    #[must_use]
    pub(super) fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    /// The set bits, lowest first.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(word, bits)| {
            let lowest_first = std::iter::successors(Some(bits).filter(|bits| *bits != 0), |bits| {
                Some(bits & (bits - 1)).filter(|bits| *bits != 0)
            });
            lowest_first.map(move |bits| word * 64 + bits.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_bit_is_five_minutes_and_nothing_between_has_one() {
        let day = UtcDay::of(at("2026-06-17T23:59:59Z"));
        assert_eq!(day.window().start, at("2026-06-17T00:00:00Z"));
        assert_eq!(day.bit(at("2026-06-17T00:05:00Z")), Some(1));
        assert_eq!(day.instant(287), at("2026-06-17T23:55:00Z"));
        for beside in
            ["2026-06-17T00:05:00.5Z", "2026-06-17T00:06:00Z", "2026-06-16T23:55:00Z", "2026-06-18T00:00:00Z"]
        {
            assert_eq!(day.bit(at(beside)), None, "{beside}");
        }
    }

    #[test]
    fn the_first_bit_from_an_instant_is_at_it_or_after_it() {
        let day = UtcDay::of(at("2026-06-17T00:00:00Z"));
        for (instant, from, after) in [
            ("2026-06-16T12:00:00Z", 0, 0),
            ("2026-06-17T00:00:00Z", 0, 1),
            ("2026-06-17T00:00:00.1Z", 1, 1),
            ("2026-06-17T00:04:59Z", 1, 1),
            ("2026-06-17T00:05:00Z", 1, 2),
            ("2026-06-17T23:55:01Z", 288, 288),
            ("2026-06-19T00:00:00Z", 288, 288),
        ] {
            assert_eq!(day.first_bit_from(at(instant)), from, "{instant}");
            assert_eq!(day.first_bit_after(at(instant)), after, "{instant}");
        }
    }

    proptest! {
        #[test]
        fn a_range_has_what_lies_in_it(from in 0..=BITS, to in 0..=BITS, other in 0..BITS) {
            let range = BitDay::range(from, to);
            prop_assert_eq!(range.iter().collect::<Vec<_>>(), (from..to).collect::<Vec<_>>());
            let mut one = BitDay::default();
            one.insert(other);
            let inside = (from..to).contains(&other);
            prop_assert_eq!(range.contains(other), inside);
            prop_assert_eq!(range.and(&one).is_empty(), !inside);
            prop_assert_eq!(range.or(&one).contains(other), true);
            prop_assert_eq!(range.without(&one).contains(other), false);
        }
    }
}
