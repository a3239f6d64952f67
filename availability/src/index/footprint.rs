use chrono::{DateTime, TimeDelta, Utc};
use schemas::value::{AppointmentType, LocationKind};

use super::bits::{BitDay, UtcDay};
use crate::entry::Claim;
use crate::{Interval, OfficeCalendar};

/// What a type asks for around its start, and so which starts something else in the calendar takes from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footprint {
    pub(super) length: TimeDelta,
    buffer_before: TimeDelta,
    buffer_after: TimeDelta,
    /// The office's travel time if the type is a visit, and else zero.
    pub(super) travel: TimeDelta,
}

/// The starts strictly between two instants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shadow {
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

    /// The starts that an appointment or a hold elsewhere leaves no room for. `visit` says whether it is one.
    pub(super) fn shadow(&self, claim: &Claim<'_>, visit: bool) -> Shadow {
        let travel = if visit { self.travel } else { TimeDelta::zero() };
        let gap_before = claim.buffer_before.max(self.buffer_after).max(travel);
        let gap_after = claim.buffer_after.max(self.buffer_before).max(travel);
        Shadow {
            after: later(claim.interval.start, -(gap_before + self.length)),
            before: later(claim.interval.end, gap_after),
        }
    }

    /// The starts that external busy time leaves no room for.
    pub(super) fn busy_shadow(&self, busy: Interval) -> Shadow {
        if busy.is_empty() {
            return Shadow { after: busy.start, before: busy.start };
        }
        Shadow { after: later(busy.start, -self.length), before: busy.end }
    }

    /// How far after something else, at the most, the type asks to stay.
    pub(super) fn clearance(&self) -> TimeDelta {
        self.buffer_before.max(self.travel)
    }

    /// Where to look for what can cast a shadow on the starts of a window.
    pub(super) fn around(&self, starts: Interval) -> Interval {
        Interval::new(
            starts.start - self.clearance(),
            starts.end + self.length + self.buffer_after.max(self.travel),
        )
    }
}

impl Shadow {
    /// The days with starts in it, if any.
    pub(super) fn days(&self) -> std::ops::RangeInclusive<i64> {
        UtcDay::of(self.after).0..=UtcDay::of(self.before).0
    }

    /// The bits of one day that lie in it.
    pub(super) fn cast_on(&self, bits: &mut BitDay, day: UtcDay) {
        bits.fill(day.first_bit_after(self.after), day.first_bit_from(self.before));
    }
}

fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    instant.checked_add_signed(by).unwrap_or(limit)
}
