//! The starts of a type that another calendar entry rules out.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::value::{AppointmentType, LocationKind};

use super::bits::{BitDay, UtcDay};
use crate::claim::{Claim, required_gap};
use crate::{Interval, OfficeCalendar};

/// The time that a type needs around its start, from which follow the starts that another calendar entry rules out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footprint {
    pub(super) length: TimeDelta,
    buffer_before: TimeDelta,
    buffer_after: TimeDelta,
    /// The office's travel time if the type is a visit, otherwise zero.
    pub(super) travel: TimeDelta,
}

/// The starts that are ruled out: those strictly between two instants.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExcludedStarts {
    after: DateTime<Utc>,
    before: DateTime<Utc>,
}

impl Footprint {
    pub(super) fn of(kind: &AppointmentType, office: &OfficeCalendar) -> Self {
        let minutes = |minutes: u16| TimeDelta::minutes(i64::from(minutes));
        let visit = kind.location_kind == LocationKind::Property;
        Self {
            length: minutes(kind.duration_minutes),
            buffer_before: minutes(kind.buffer_before_minutes),
            buffer_after: minutes(kind.buffer_after_minutes),
            travel: minutes(if visit { office.travel_minutes() } else { 0 }),
        }
    }

    /// The starts that an appointment or a hold at another property rules out. `visit` says whether it is at a property
    /// at all.
    pub(super) fn excluded_by(&self, claim: &Claim<'_>, visit: bool) -> ExcludedStarts {
        let travel = if visit { self.travel } else { TimeDelta::zero() };
        let gap_before = required_gap(self.buffer_after, claim.buffer_before, travel);
        let gap_after = required_gap(claim.buffer_after, self.buffer_before, travel);
        ExcludedStarts {
            after: later(claim.interval.start, -(gap_before + self.length)),
            before: later(claim.interval.end, gap_after),
        }
    }

    /// The starts that external busy time rules out.
    pub(super) fn excluded_by_busy(&self, busy: Interval) -> ExcludedStarts {
        if busy.is_empty() {
            return ExcludedStarts { after: busy.start, before: busy.start };
        }
        ExcludedStarts { after: later(busy.start, -self.length), before: busy.end }
    }

    /// The longest gap after another appointment that the type itself requires.
    pub(super) fn clearance(&self) -> TimeDelta {
        self.buffer_before.max(self.travel)
    }

    /// The interval whose entries can rule out starts of the window.
    pub(super) fn around(&self, starts: Interval) -> Interval {
        Interval::new(
            starts.start - self.clearance(),
            starts.end + self.length + self.buffer_after.max(self.travel),
        )
    }
}

impl ExcludedStarts {
    /// The days that can have starts in it.
    pub(super) fn days(&self) -> std::ops::RangeInclusive<i64> {
        UtcDay::of(self.after).0..=UtcDay::of(self.before).0
    }

    /// Sets the bits of one day that lie in it.
    pub(super) fn mark_on(&self, bits: &mut BitDay, day: UtcDay) {
        bits.fill(day.first_bit_after(self.after), day.first_bit_from(self.before));
    }
}

fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    instant.checked_add_signed(by).unwrap_or(limit)
}
