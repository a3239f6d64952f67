use thiserror::Error;

use super::bits::{BitDay, UtcDay};
use crate::Interval;

/// How many days a run has at most.
const MAX_DAYS: usize = 64;
/// In place of a day's number of bytes: bits cannot say what is free on it.
const ASK_RULES: u8 = u8::MAX;
const HEAD_BYTES: usize = 6;

/// What is free with one agent for one type on a run of days of UTC, to be kept elsewhere and asked without the calendar.
///
/// It holds for everyone who asks at the moment that it was computed for or later, for as long as calendar and office
/// stay as they are. Notice and horizon are not in it; they are applied when someone asks. What bits cannot say, because
/// it turns on who asks or on time that passes, is left to the rules: a day with a start beside the grid, with a slot
/// that may be shared, with a live hold that stands in the way of a start or makes up the daily limit
/// ([`asks_rules`](Self::asks_rules)). Left out as well is that a visit may follow one at the same property more
/// closely: whoever asks about a property has to ask the rules of those who have visits there.
///
/// As bytes:
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | [`VERSION`](Self::VERSION) |
/// | 4 | the first day, in days since 1970-01-01, signed, least byte first |
/// | 1 | the number of days, 1 to 64 |
/// | 1 for each day | 255: the rules have to be asked; else the number of bytes with a bit in them, 0 to 36 |
/// | 1 if that is 1 to 36 | how many bytes without a bit come before them |
/// | so many | bit *n* of byte *m* is the start *5 × (8 m + n)* minutes after midnight, the first and the last with a bit |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeDays {
    first: UtcDay,
    days: Vec<FreeDay>,
}

/// The starts of one day that are free whoever asks, if bits can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FreeDay {
    Known(BitDay),
    AskRules,
}

/// That some bytes are not what [`FreeDays::to_bytes`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("these bytes are no free days of version {}", FreeDays::VERSION)]
pub struct InvalidFreeDays;

impl FreeDays {
    /// Of the bytes and of the rules behind them: raised with every change of the form, and with every change of what
    /// is free, so that no one takes the one for the other.
    pub const VERSION: u8 = 1;

    /// Of as many days as a run may have.
    pub(super) fn new(first: UtcDay, days: impl IntoIterator<Item = FreeDay>) -> Self {
        Self { first, days: days.into_iter().take(MAX_DAYS).collect() }
    }

    /// From the beginning of the first day to the end of the last.
    pub fn range(&self) -> Interval {
        let count = i64::try_from(self.days.len()).expect("at most MAX_DAYS");
        Interval::new(self.first.start(), UtcDay(self.first.0 + count).start())
    }

    /// Whether the rules have to be asked of a start in the range.
    pub fn asks_rules(&self, range: Interval) -> bool {
        let asks =
            |(day, free): (UtcDay, FreeDay)| free == FreeDay::AskRules && day.window().overlaps(&range);
        self.iter().any(asks)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (UtcDay, FreeDay)> {
        (self.first.0..).map(UtcDay).zip(self.days.iter().copied())
    }

    /// In the form above; some 20 bytes for a day from nine to six.
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
                FreeDay::AskRules => {
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

    /// Takes exactly what [`to_bytes`](Self::to_bytes) makes; one form for one meaning.
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
        return Some(FreeDay::AskRules);
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
