//! The byte form of an agent's free starts, which can be queried without the calendar.

use thiserror::Error;

use super::bits::{BitDay, UtcDay};
use crate::Interval;

/// The most days in one [`FreeDays`].
const MAX_DAYS: usize = 64;
/// Stands in place of a day's number of bytes when bits cannot express what is free on it.
const ASK_RULES: u8 = u8::MAX;
const HEAD_BYTES: usize = 6;

/// One agent's free starts for one type on consecutive UTC days, to be stored elsewhere and queried without the
/// calendar.
///
/// They hold for every lead, from the moment that they were computed for, until calendar or office change. Notice and
/// horizon are not included; they are applied to each query. Bits cannot express what depends on the lead or on the
/// time, so some days need the exact rules ([`needs_exact_rules`](Self::needs_exact_rules)): those with a start off the grid, with a
/// slot that may be shared, or with a live hold that rules out a start or makes up the daily limit. Nor is it included
/// that a visit may follow one at the same property more closely: a query about a property needs the exact rules for
/// agents with visits there.
///
/// As bytes:
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | [`VERSION`](Self::VERSION) |
/// | 4 | the first day, in days since 1970-01-01, signed, least byte first |
/// | 1 | the number of days, 1 to 64 |
/// | 1 for each day | 255: the day needs the exact rules; otherwise the number of its bytes that follow, 0 to 36 |
/// | 1 if that is 1 to 36 | how many zero bytes of the day are left out before them |
/// | that many | bit *n* of the day's byte *m* is the start *5 × (8 m + n)* minutes after midnight; no outer zeros |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeDays {
    first: UtcDay,
    days: Vec<FreeDay>,
}

/// The starts of one day that are free for every lead, if bits can express them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FreeDay {
    Known(BitDay),
    NeedsExactRules,
}

/// The bytes are not of the form that [`FreeDays::to_bytes`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the bytes are not free days of version {}", FreeDays::VERSION)]
pub struct InvalidFreeDays;

impl FreeDays {
    /// The version of the byte form and of the rules behind it: raised when either changes, so that older bytes are not
    /// misread.
    pub const VERSION: u8 = 2;

    /// The days from `first` on, 64 at most.
    pub(super) fn new(first: UtcDay, days: impl IntoIterator<Item = FreeDay>) -> Self {
        Self { first, days: days.into_iter().take(MAX_DAYS).collect() }
    }

    /// From the beginning of the first day to the end of the last.
    pub fn range(&self) -> Interval {
        let count = i64::try_from(self.days.len()).expect("at most MAX_DAYS");
        Interval::new(self.first.start(), UtcDay(self.first.0 + count).start())
    }

    /// Whether the range overlaps a day that needs the exact rules.
    pub fn needs_exact_rules(&self, range: Interval) -> bool {
        let asks = |(day, free): (UtcDay, FreeDay)| {
            free == FreeDay::NeedsExactRules && day.window().overlaps(&range)
        };
        self.iter().any(asks)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (UtcDay, FreeDay)> {
        (self.first.0..).map(UtcDay).zip(self.days.iter().copied())
    }

    /// Writes the form above; some 20 bytes for a day from nine to six.
    pub fn to_bytes(&self) -> Vec<u8> {
        let first = i32::try_from(self.first.0).expect("the calendar has less than 2^31 days");
        let count = u8::try_from(self.days.len()).expect("at most MAX_DAYS");
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 2 * self.days.len());
        bytes.push(Self::VERSION);
        bytes.extend(first.to_le_bytes());
        bytes.push(count);
        for day in &self.days {
            let bits = match day {
                FreeDay::Known(bits) => bits.to_bytes(),
                FreeDay::NeedsExactRules => {
                    bytes.push(ASK_RULES);
                    continue;
                }
            };
            let before = bits.iter().take_while(|byte| **byte == 0).count();
            let after = bits.iter().rev().take_while(|byte| **byte == 0).count();
            let some = bits.get(before..bits.len() - after).unwrap_or_default();
            bytes.push(u8::try_from(some.len()).expect("a day has 36 bytes"));
            if !some.is_empty() {
                bytes.push(u8::try_from(before).expect("a day has 36 bytes"));
                bytes.extend(some);
            }
        }
        bytes
    }

    /// Reads exactly what [`to_bytes`](Self::to_bytes) writes; equal days have one form only.
    pub fn try_from_bytes(bytes: &[u8]) -> Result<Self, InvalidFreeDays> {
        Self::read(bytes).ok_or(InvalidFreeDays)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let ([version, first @ .., count], mut rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
        let count = usize::from(*count);
        let first = i64::from(i32::from_le_bytes(*first));
        let is_run = *version == Self::VERSION && (1..=MAX_DAYS).contains(&count) && UtcDay::is_day(first);
        if !is_run || !UtcDay::is_day(first + i64::from(u8::MAX)) {
            return None;
        }
        let mut days = Vec::with_capacity(count);
        for _ in 0..count {
            days.push(take_day(&mut rest)?);
        }
        rest.is_empty().then_some(Self { first: UtcDay(first), days })
    }
}

fn take_day(rest: &mut &[u8]) -> Option<FreeDay> {
    let (length, after) = rest.split_first()?;
    *rest = after;
    if *length == ASK_RULES {
        return Some(FreeDay::NeedsExactRules);
    }
    let mut bits = [0; BitDay::BYTES];
    if *length > 0 {
        let (before, after) = rest.split_first()?;
        let (some, after) = after.split_at_checked(usize::from(*length))?;
        *rest = after;
        if some.first() == Some(&0) || some.last() == Some(&0) {
            return None;
        }
        let from = usize::from(*before);
        bits.get_mut(from..from + some.len())?.copy_from_slice(some);
    }
    Some(FreeDay::Known(BitDay::from_bytes(bits)))
}
