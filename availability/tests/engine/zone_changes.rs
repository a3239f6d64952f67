//! Every clock change of the years 2025 to 2036 in every zone, against what Python has from data of the same release.

use availability::zone::{self, InvalidTime};
use availability::{
    AgentCalendar, Interval, IntervalSet, SlotQuery, Wording, block_occurrences, hours, slots,
};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use schemas::value::Block;
use schemas::{LocalDateTime, TimeInput};

use crate::support::{VISIT, agent, block, code, office, weekly};

const FILE: &str = include_str!("zone_changes.txt");
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Zones whose clocks show the same in these years, and the changes of that clock in order.
struct Clock {
    zones: Vec<Tz>,
    /// The offset at the beginning of 2025.
    first: FixedOffset,
    changes: Vec<(DateTime<Utc>, FixedOffset)>,
}

fn read() -> (&'static str, Vec<Clock>) {
    let mut lines = FILE.lines().filter(|line| !line.starts_with('#'));
    let release = lines.next().and_then(|line| line.strip_prefix("release ")).expect("the release");
    let mut clocks: Vec<Clock> = Vec::new();
    let mut zones = None;
    for line in lines {
        if line.starts_with(|first: char| first.is_ascii_digit())
            && let Some((instant, offset)) = line.split_once("Z ")
        {
            let instant: NaiveDateTime = format!("{instant}:00").parse().expect("an instant");
            let change = (instant.and_utc(), offset.parse().expect("an offset"));
            clocks.last_mut().expect("a change of some clock").changes.push(change);
        } else if let Some(zones) = zones.take() {
            clocks.push(Clock { zones, first: line.parse().expect("an offset"), changes: Vec::new() });
        } else {
            let named = line.split(' ').map(|name| name.parse().unwrap_or_else(|_| panic!("no zone {name}")));
            zones = Some(named.collect());
        }
    }
    (release, clocks)
}

impl Clock {
    /// Each stretch of time with its offset.
    fn stretches(&self) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>, FixedOffset)> {
        let begins =
            std::iter::once((DateTime::<Utc>::MIN_UTC, self.first)).chain(self.changes.iter().copied());
        let ends = self.changes.iter().map(|(instant, _)| *instant).chain([DateTime::<Utc>::MAX_UTC]);
        begins.zip(ends).map(|((begin, offset), end)| (begin, end, offset))
    }

    /// The changes with the offsets before and after.
    fn around(&self) -> impl Iterator<Item = (DateTime<Utc>, FixedOffset, FixedOffset)> {
        let before = std::iter::once(self.first).chain(self.changes.iter().map(|(_, offset)| *offset));
        self.changes.iter().zip(before).map(|((instant, after), before)| (*instant, before, *after))
    }

    /// When it shows this, each time with the offset.
    fn passes(&self, local: NaiveDateTime) -> Vec<(DateTime<Utc>, FixedOffset)> {
        let at = |offset: FixedOffset| (local.and_utc() - offset, offset);
        let stretches = self.stretches().map(|(begin, end, offset)| (begin, end, at(offset)));
        let within = stretches.filter(|(begin, end, (instant, _))| begin <= instant && instant < end);
        within.map(|(.., pass)| pass).collect()
    }

    /// When it goes on, if it skips this.
    fn gap_end(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let skips = |instant: DateTime<Utc>, before: FixedOffset, after: FixedOffset| {
            let (from, to) = (instant.naive_utc() + before, instant.naive_utc() + after);
            from <= local && local < to
        };
        let mut gaps = self.around().filter(|(instant, before, after)| skips(*instant, *before, *after));
        gaps.next().expect("a time that is never shown lies in a gap").0
    }

    fn start(&self, local: NaiveDateTime) -> DateTime<Utc> {
        self.passes(local).first().map_or_else(|| self.gap_end(local), |(instant, _)| *instant)
    }

    fn end(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let last = local - MINUTE;
        self.passes(last).last().map_or_else(|| self.gap_end(last), |(instant, _)| *instant + MINUTE)
    }

    fn day(&self, date: NaiveDate) -> Interval {
        let midnight = |date: NaiveDate| self.start(date.and_time(NaiveTime::MIN));
        Interval::new(midnight(date), midnight(date + TimeDelta::days(1)))
    }

    /// What is between two times of day on a date, in minutes; it may end on the next date.
    fn between(&self, date: NaiveDate, (from, until): (i64, i64)) -> Interval {
        let at = |minutes| date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        Interval::new(self.start(at(from)), self.end(at(until)))
    }

    /// What a block is that recurs between two times of day: a time that the clock skips is read with the offset before,
    /// and the block is as long by the clock.
    fn blocked(&self, date: NaiveDate, (from, until): (i64, i64)) -> Interval {
        let at = |minutes| date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        let (start, length) = (at(from), TimeDelta::minutes(until - from));
        match self.shifted(start) {
            Some(shifted) => Interval::new(shifted, self.block_end(self.shown(shifted) + length)),
            None => Interval::new(self.start(start), self.block_end(start + length)),
        }
    }

    fn block_end(&self, local: NaiveDateTime) -> DateTime<Utc> {
        self.shifted(local).unwrap_or_else(|| self.end(local))
    }

    /// A time that the clock skips, by the offset before.
    fn shifted(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        if !self.passes(local).is_empty() {
            return None;
        }
        let end = self.gap_end(local);
        let (_, before, _) = self.around().find(|(instant, ..)| *instant == end)?;
        Some(local.and_utc() - before)
    }

    /// What it shows at an instant.
    fn shown(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        let within = self.stretches().find(|(begin, end, _)| *begin <= instant && instant < *end);
        instant.naive_utc() + within.expect("the stretches have every instant").2
    }

    /// The dates of a change, the two before and the two after.
    fn dates(instant: DateTime<Utc>, before: FixedOffset) -> Vec<NaiveDate> {
        let date = (instant.naive_utc() + before).date();
        (-2..=2).map(|days| date + TimeDelta::days(days)).collect()
    }
}

/// The clocks that change, each by the name of one of its zones, with the dates around each change.
fn sweep(check: impl Fn(&Clock, Tz, &[NaiveDate])) {
    let (_, clocks) = read();
    let mut checked = 0;
    for clock in &clocks {
        for (instant, before, _) in clock.around() {
            check(clock, clock.zones[0], &Clock::dates(instant, before));
            checked += 1;
        }
    }
    assert!(checked > 600, "only {checked} changes are in the file");
}

#[test]
fn the_file_has_every_zone_in_the_release_that_is_compiled_in() {
    let (release, clocks) = read();
    assert_eq!(release, zone::tzdb_version(), "make the file anew with scripts/zone-changes");
    for tz in TZ_VARIANTS {
        let named = clocks.iter().flat_map(|clock| &clock.zones).filter(|named| **named == tz);
        assert_eq!(named.count(), 1, "{tz}");
    }
}

#[test]
fn clocks_show_the_same_before_and_after_every_change() {
    let (_, clocks) = read();
    let ends = ["2025-01-01T00:00:00Z", "2036-12-31T23:59:00Z"].map(crate::support::at);
    for clock in &clocks {
        for tz in &clock.zones {
            let last = clock.changes.last().map_or(clock.first, |(_, offset)| *offset);
            for (instant, offset) in [(ends[0], clock.first), (ends[1], last)] {
                assert_eq!(zone::local(*tz, instant), instant.naive_utc() + offset, "{tz} {instant}");
            }
            for (instant, before, after) in clock.around() {
                let tick = TimeDelta::nanoseconds(1);
                let shown = zone::local(*tz, instant - tick);
                assert_eq!(shown, instant.naive_utc() + before - tick, "{tz} before {instant}");
                assert_eq!(zone::local(*tz, instant), instant.naive_utc() + after, "{tz} at {instant}");
            }
        }
    }
}

#[test]
fn a_time_of_a_client_is_an_instant_or_refused_as_the_clock_shows_it() {
    sweep(|clock, tz, dates| {
        for quarter in 0..96 * dates.len() {
            let minutes = 15 * i64::try_from(quarter).expect("a few");
            let local = dates[0].and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
            let resolve =
                |offset| zone::resolve(&TimeInput::Local(LocalDateTime { local, zone: tz, offset }));
            let passes = clock.passes(local);
            match (&passes[..], resolve(None)) {
                ([], Err(InvalidTime::Gap { next, .. })) => {
                    let gap_end = clock.gap_end(local);
                    assert_eq!(next, zone::local(tz, gap_end), "{tz} {local}");
                    assert_eq!(zone::start_instant(tz, local), gap_end, "{tz} {local}");
                }
                ([(instant, _)], resolved) => assert_eq!(resolved, Ok(*instant), "{tz} {local}"),
                ([one, other], Err(InvalidTime::Ambiguous { first, second, .. })) => {
                    assert_eq!((first, second), (one.1, other.1), "{tz} {local}");
                }
                (_, resolved) => panic!("{tz} {local}: {resolved:?}, not {passes:?}"),
            }
            for (instant, offset) in passes {
                assert_eq!(resolve(Some(offset)), Ok(instant), "{tz} {local} {offset}");
            }
        }
    });
}

#[test]
fn a_date_is_as_long_as_the_clock_makes_it() {
    sweep(|clock, tz, dates| {
        for date in dates {
            assert_eq!(zone::day(tz, *date), clock.day(*date), "{tz} {date}");
        }
    });
}

/// In minutes from midnight: around the times at which clocks change, and through the night.
const HOURS: [(i64, i64); 5] =
    [(10, 50), (105, 190), (9 * 60, 13 * 60), (21 * 60 + 30, 23 * 60 + 5), (23 * 60 + 20, 24 * 60)];

fn clock_time(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[test]
fn hours_begin_and_end_as_the_clock_shows_them() {
    sweep(|clock, tz, dates| {
        let mut agent = AgentCalendar::new(tz, false);
        for (number, (from, until)) in (0..).zip(HOURS) {
            let days = [
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
                Weekday::Sat,
                Weekday::Sun,
            ];
            for day in days {
                let id = 10 * number + u128::from(day.num_days_from_monday());
                agent.add_rule(weekly(id, day, &clock_time(from), &clock_time(until)));
            }
        }
        let first = clock.day(dates[0]).start;
        let range = Interval::new(first, clock.day(dates[dates.len() - 1]).end);
        let each = |date: &NaiveDate| {
            let (date, day) = (*date, clock.day(*date));
            HOURS.map(|hours| clock.between(date, hours).intersection(&day))
        };
        let expected: IntervalSet = dates.iter().flat_map(each).filter(|hours| !hours.is_empty()).collect();
        assert_eq!(hours(&agent, &office(tz), None, range), expected, "{tz} {dates:?}");
    });
}

#[test]
fn a_block_comes_again_as_the_clock_shows_it() {
    const LUNCH_AND_NIGHT: [(i64, i64); 3] = [(13 * 60, 14 * 60), (23 * 60 + 40, 24 * 60 + 20), (130, 155)];
    sweep(|clock, tz, dates| {
        let before = dates[0] - TimeDelta::days(1);
        let range = Interval::new(clock.day(dates[1]).start, clock.day(dates[3]).end);
        for hours in LUNCH_AND_NIGHT {
            let at = |minutes: i64| before.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
            let text = |minutes| at(minutes).format("%Y-%m-%dT%H:%M:%S").to_string();
            let once = block(1, tz, &text(hours.0), &text(hours.1));
            let daily = Block { recurrence: Some("FREQ=DAILY".to_owned()), ..once };
            let every = dates.iter().map(|date| clock.blocked(*date, hours));
            let expected: Vec<_> = every.filter(|one| !one.is_empty() && one.overlaps(&range)).collect();
            assert_eq!(block_occurrences(&daily, tz, range), expected, "{tz} {dates:?} {hours:?}");
        }
    });
}

/// Of an hour each, every half hour from the beginning of the day on; the last goes on over midnight.
#[test]
fn a_day_has_the_slots_that_the_clock_leaves_it() {
    let visits = code(VISIT);
    sweep(|clock, tz, dates| {
        let agent = agent(tz, "00:00", "24:00");
        let range = Interval::new(clock.day(dates[1]).start, clock.day(dates[3]).end);
        let query = SlotQuery {
            appointment_type: &visits,
            from: range.start,
            to: range.end,
            property_id: None,
            lead_id: None,
            limit: usize::MAX,
        };
        let found = slots(&agent, &office(tz), &query, range.start - TimeDelta::days(1));
        let starts: Vec<_> = found.iter().map(|slot| slot.start).collect();
        let of_day = |date: &NaiveDate| {
            let day = clock.day(*date);
            let at = move |half_hours: i32| day.start + TimeDelta::minutes(30) * half_hours;
            (0..).map(at).take_while(move |start| *start < day.end)
        };
        let expected: Vec<_> = dates[1..=3].iter().flat_map(of_day).collect();
        assert_eq!(starts, expected, "{tz} {dates:?}");
        let weekdays = found.iter().map(|slot| zone::local_date(tz, slot.start).weekday());
        let shown = |start: &DateTime<Utc>| {
            let on = clock.stretches().find(|(begin, end, _)| begin <= start && start < end);
            (start.naive_utc() + on.expect("all time is some stretch").2).weekday()
        };
        assert!(weekdays.eq(starts.iter().map(shown)), "{tz} {dates:?}");
    });
}

/// Around each change every quarter of an hour: what is written is what the clock shows, and says which pass it is.
#[test]
fn a_text_says_what_the_clock_shows() {
    let names = Wording::of("es", Tz::UTC);
    sweep(|clock, tz, dates| {
        let wording = Wording::of("es", tz);
        let mut writer = wording.writer(tz);
        let clock_of = |instant: DateTime<Utc>| {
            let local = clock.shown(instant);
            let pass = match &clock.passes(local)[..] {
                [_] => "",
                [(first, _), _] if *first == instant => " (primera vez)",
                _ => " (segunda vez)",
            };
            (local.date(), format!("{}{pass}", local.format("%H:%M")))
        };
        let mut start = clock.day(dates[1]).start;
        while start < clock.day(dates[3]).end {
            let end = start + TimeDelta::minutes(45);
            let ((date, from), (end_date, until)) = (clock_of(start), clock_of(end));
            let day = |date| names.days(date, date, Tz::UTC).text;
            let on = if end_date == date { String::new() } else { format!(" del {}", day(end_date)) };
            let expected = format!("{}, {from} a {until}{on}", day(date));
            assert_eq!(writer.time(start, end).text, expected, "{tz} {start}");
            start += TimeDelta::minutes(15);
        }
    });
}
