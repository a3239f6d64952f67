//! A search for slots with its dates and times of the day read as windows of instants.

use std::sync::Arc;

use availability::{Interval, Windows, zone};
use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use schemas::value::{LocalInterval, PartOfDay, PartsOfDay};
use schemas::{AgentId, LocalTime};

use crate::office::OfficeView;
use crate::{Dates, QueryError, Shown, SlotSearch, StartFilter};

/// A search whose dates and times of the day have been read in their zone.
#[derive(Debug, Clone)]
pub(crate) struct SlotQuestion {
    /// The search, with the range that it comes to.
    pub(crate) search: SlotSearch,
    /// Where a slot may start; none = anywhere in the range.
    pub(crate) windows: Option<Arc<Windows>>,
    /// Where the parts of the day begin and end.
    pub(crate) cuts: Arc<[LocalTime]>,
    /// Whether slots are to be spread over less than they need: one date, or too few parts of some. Then the day is cut
    /// into hours.
    pub(crate) is_short: bool,
}

impl SlotQuestion {
    pub(crate) fn read(
        search: &SlotSearch,
        office: &OfficeView,
        zone_of: impl FnOnce(&AgentId) -> Option<Tz>,
        now: DateTime<Utc>,
    ) -> Result<Self, QueryError> {
        let (filter, mut search) = (&search.starts, search.clone());
        if !filter.reads_the_clock() {
            return Ok(Self { search, windows: None, cuts: Arc::default(), is_short: false });
        }
        let of_agent = || match &search.agent_ids[..] {
            [only] => zone_of(only),
            _ => None,
        };
        let zone = search.zone.or_else(of_agent).unwrap_or_else(|| office.time_zone());
        let is_wanted = |weekday| filter.weekdays.is_empty() || filter.weekdays.contains(&weekday);
        let asked = Interval::new(search.from, search.to);
        let (first, last) = dates(filter, zone, asked, now);
        let parts = &office.policy.parts_of_day;
        let (mut cuts, limit) = (cuts(parts), search.page.limit.get());
        let mut hours = hours_of(filter, parts, &cuts)?;
        let each = first.iter_days().take_while(|date| *date <= last);
        let count = each.filter(|date| is_wanted(date.weekday())).take(limit).count();
        let is_short = filter.shown == Shown::Spread && (count <= 1 || count * hours.len() < limit);
        if is_short {
            cuts.extend((0..24).filter_map(|hour| LocalTime::try_from_minutes(hour * 60).ok()));
            cuts.sort_unstable();
            cuts.dedup();
            hours = hours_of(filter, parts, &cuts)?;
        }
        let windows = Windows::of_dates(zone, (first, last), is_wanted, &hours);
        let begin = Interval::new(search.from, search.from);
        let range = match (windows.hull(), filter.dates) {
            (None, _) => begin,
            (Some(hull), Some(_)) => hull,
            (Some(hull), None) => {
                Some(hull.intersection(&asked)).filter(|hull| !hull.is_empty()).unwrap_or(begin)
            }
        };
        (search.from, search.to, search.zone) = (range.start, range.end, Some(zone));
        Ok(Self { search, windows: Some(Arc::new(windows)), cuts: cuts.into(), is_short })
    }

    /// Whether a slot may start then.
    pub(crate) fn is_wanted(&self, start: DateTime<Utc>) -> bool {
        Interval::new(self.search.from, self.search.to).contains(start)
            && self.windows.as_ref().is_none_or(|windows| windows.around(start).is_some())
    }

    /// The parts of an interval in which a slot may start.
    pub(crate) fn wanted_of(&self, interval: Interval) -> Vec<Interval> {
        let interval = interval.intersection(&Interval::new(self.search.from, self.search.to));
        match &self.windows {
            Some(windows) => windows.within(interval).collect(),
            None => Some(interval).filter(|interval| !interval.is_empty()).into_iter().collect(),
        }
    }

    /// The date of a start, and the number of its piece of the day.
    pub(crate) fn piece_of(&self, start: DateTime<Utc>) -> (NaiveDate, usize) {
        let local = zone::local(self.search.zone.unwrap_or(Tz::UTC), start);
        let minutes = local.time().num_seconds_from_midnight() / 60;
        (local.date(), self.cuts.partition_point(|cut| u32::from(cut.minutes()) <= minutes))
    }
}

/// The first date and the last. Without dates, those of the range.
fn dates(filter: &StartFilter, tz: Tz, range: Interval, now: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let today = zone::local_date(tz, now);
    match filter.dates {
        None => (zone::local_date(tz, range.start), zone::local_date(tz, range.end)),
        Some(Dates::Between { first, last }) => (first.unwrap_or(today), last),
        Some(Dates::Ahead(days)) => {
            (today, today.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX))
        }
    }
}

/// The times of the day that are wanted; in pieces between the cuts if slots are to be spread over them.
fn hours_of(
    filter: &StartFilter,
    parts: &PartsOfDay,
    cuts: &[LocalTime],
) -> Result<Vec<LocalInterval>, QueryError> {
    let mut wanted = Vec::new();
    for part in &filter.parts_of_day {
        wanted.push(parts.bounds(*part).ok_or_else(|| unknown(*part, parts))?);
    }
    if wanted.is_empty() {
        wanted.extend(whole_day());
    }
    if filter.shown != Shown::Spread {
        return Ok(wanted);
    }
    let pieces = cuts.windows(2).map(|piece| LocalInterval { start_time: piece[0], end_time: piece[1] });
    let is_wanted = |piece: &LocalInterval| {
        wanted.iter().any(|hours| hours.start_time <= piece.start_time && piece.end_time <= hours.end_time)
    };
    Ok(pieces.filter(is_wanted).collect())
}

fn unknown(part: PartOfDay, parts: &PartsOfDay) -> QueryError {
    let known: Vec<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
    QueryError::UnknownPartOfDay { part, known: known.join(", ") }
}

/// Midnight, every bound of a part of the day, and midnight.
fn cuts(parts: &PartsOfDay) -> Vec<LocalTime> {
    let bounds = parts.iter().map(|(_, bounds)| bounds).chain(whole_day());
    let mut cuts: Vec<LocalTime> = bounds.flat_map(|bounds| [bounds.start_time, bounds.end_time]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn whole_day() -> Option<LocalInterval> {
    let time = |minutes| LocalTime::try_from_minutes(minutes).ok();
    Some(LocalInterval { start_time: time(0)?, end_time: time(24 * 60)? })
}
