//! When a block takes effect: its own time or whole days, and the occurrences of a recurring one.
//!
//! Whatever recurs, and every whole day, is a wall-clock time: it is read in a zone when it is asked for. A time that the
//! clock skips is read with the offset before the gap, as RFC 5545 §3.3.5 has it, and the occurrence keeps its length; so
//! 00:30 to 02:00 in a gap from 00:00 to 01:00 is 01:30 to 03:00. In a fold an occurrence covers both passes.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::value::{Block, OccurrenceException};

use crate::recurrence::Recurrence;
use crate::{Interval, zone};

/// The occurrences of a block that overlap a range, earliest start first, each at its full length.
///
/// Whole days are those of `time_zone`, the agent's. A recurrence is expanded on the wall clock of the block's zone: every
/// occurrence begins and ends at the block's own local times, on whichever side of a clock change it falls. The first one
/// is always the block's own time. Occurrences that were left out are not among them, and moved ones are where they were
/// moved to. A recurrence that cannot be parsed counts as none.
pub fn block_occurrences(block: &Block, time_zone: Tz, range: Interval) -> Vec<Interval> {
    occurrences(block, recurrence_of(block).as_ref(), time_zone, range)
}

/// Whether the recurrence of a block has an occurrence that begins on this date, left out or moved as it may be.
pub fn occurs_on(block: &Block, date: NaiveDate) -> bool {
    recurrence_of(block).is_some_and(|recurrence| recurrence.dates(date, date).next().is_some())
}

/// The local start and end of the occurrence that begins on this date by the recurrence.
pub fn local_occurrence(block: &Block, date: NaiveDate) -> (NaiveDateTime, NaiveDateTime) {
    let start = date.and_time(block.local_start.time());
    (start, start.checked_add_signed(length_of(block)).unwrap_or(start))
}

/// The block as it is once its owner is in this zone: what recurs, and whole days, keep their wall-clock times; a single
/// block from one instant to another keeps these.
pub(crate) fn in_zone(mut block: Block, time_zone: Tz) -> Block {
    if block.date.is_some() || block.recurrence.is_some() {
        let own = read(&block, time_zone, block.local_start, block.local_end);
        (block.start, block.end) = (own.start, own.end);
    } else {
        block.local_start = zone::local(time_zone, block.start);
        block.local_end = zone::local(time_zone, block.end);
    }
    block.time_zone = time_zone;
    block
}

pub(crate) fn recurrence_of(block: &Block) -> Option<Recurrence> {
    Recurrence::compile(block.recurrence.as_deref()?, block.time_zone, block.local_start).ok()
}

/// The block's own time, in its owner's zone; of a recurring block, the first.
pub(crate) const fn interval_of(block: &Block) -> Interval {
    Interval::new(block.start, block.end)
}

/// The same as [`block_occurrences`], with the recurrence parsed.
pub(crate) fn occurrences(
    block: &Block,
    recurrence: Option<&Recurrence>,
    time_zone: Tz,
    range: Interval,
) -> Vec<Interval> {
    let time_zone = if block.date.is_some() { time_zone } else { block.time_zone };
    let own = own_time(block, time_zone);
    let Some(recurrence) = recurrence else {
        return Some(own).filter(|own| own.overlaps(&range)).into_iter().collect();
    };
    let range = range.intersection(&zone::SUPPORTED_RANGE);
    if range.is_empty() {
        return Vec::new();
    }
    let (length, first) = (length_of(block), block.local_start.date());
    let midnight = |instant| zone::local_date(time_zone, instant).and_time(NaiveTime::MIN);
    // Two more days before: an occurrence has a time of day, and is shifted by a gap of up to a day. One after, for a fold.
    let day = TimeDelta::days(1);
    let earliest = midnight(range.start).checked_sub_signed(length + day + day);
    let from = earliest.unwrap_or(block.local_start).date();
    let to = (midnight(range.end) + day).date();
    let by_rule = recurrence.dates(from, to).filter(|date| exception_of(block, *date).is_none());
    let by_rule = by_rule.map(|date| {
        if date == first {
            return own;
        }
        let (local_start, local_end) = local_occurrence(block, date);
        read(block, time_zone, local_start, local_end)
    });
    // Compared by the wall clock first: to read each of them in the zone would cost far more.
    let (after, before) = (midnight(range.start) - day - day, midnight(range.end) + day + day);
    let moved = block.exceptions.iter().filter_map(|exception| exception.moved_to);
    let moved = moved.filter(|moved| moved.local_start <= before && after <= moved.local_end);
    let moved = moved.map(|moved| read(block, time_zone, moved.local_start, moved.local_end));
    let mut found: Vec<_> = by_rule.chain(moved).filter(|occurrence| occurrence.overlaps(&range)).collect();
    found.sort_unstable();
    found
}

fn exception_of(block: &Block, date: NaiveDate) -> Option<&OccurrenceException> {
    let found = block.exceptions.binary_search_by_key(&date, |exception| exception.date);
    found.ok().map(|at| &block.exceptions[at])
}

fn own_time(block: &Block, time_zone: Tz) -> Interval {
    if block.date.is_some() {
        read(block, time_zone, block.local_start, block.local_end)
    } else {
        interval_of(block)
    }
}

fn length_of(block: &Block) -> TimeDelta {
    (block.local_end - block.local_start).max(TimeDelta::zero())
}

/// The instants of a time on the wall clock of a zone, or of the whole days in it.
fn read(block: &Block, time_zone: Tz, local_start: NaiveDateTime, local_end: NaiveDateTime) -> Interval {
    if block.date.is_some() {
        let midnight =
            |local: NaiveDateTime| zone::start_instant(time_zone, local.date().and_time(NaiveTime::MIN));
        return Interval::new(midnight(local_start), midnight(local_end));
    }
    match after_gap(time_zone, local_start) {
        Some(start) => {
            let length = (local_end - local_start).max(TimeDelta::zero());
            let local_end = zone::local(time_zone, start).checked_add_signed(length);
            Interval::new(start, local_end.map_or(start, |local_end| end_of(time_zone, local_end)))
        }
        None => Interval::new(zone::start_instant(time_zone, local_start), end_of(time_zone, local_end)),
    }
}

fn end_of(time_zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    after_gap(time_zone, local).unwrap_or_else(|| zone::end_instant(time_zone, local))
}

/// The instant of a wall-clock time that the clock skips, by the offset before the gap; none of one that exists.
fn after_gap(time_zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let gap_end = zone::start_instant(time_zone, local);
    if zone::local(time_zone, gap_end) == local {
        return None;
    }
    let before = gap_end.checked_sub_signed(TimeDelta::nanoseconds(1))?;
    let offset = zone::local(time_zone, before) - before.naive_utc();
    local.checked_sub_signed(offset).map(|utc| utc.and_utc())
}
