//! A second, slow implementation of the rules: it checks every minute by what each clock shows then, rule by rule.
//!
//! Shares no code with the engine beyond the value types. Everything in a calendar must lie on whole minutes.

use std::collections::{HashMap, HashSet};

use availability::{AgentCalendar, Interval, OfficeCalendar, Reason, SlotRequest, zone};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use schemas::value::{AppointmentType, AvailabilityRule, Block, LocalInterval, LocationKind};
use schemas::{AppointmentTypeCode, DayOfWeek, LocalTime, PropertyId};

const DAY: i64 = 24 * 60;
/// How far around the window the model looks: further than any hours reach that a slot can lie in, merged with others of
/// their date.
const AROUND: i64 = 4 * DAY;

/// Minutes from the model's first one, up to and not including the second.
type Run = (i64, i64);

pub(crate) struct Model<'a> {
    agent: &'a AgentCalendar,
    office: &'a OfficeCalendar,
    base: DateTime<Utc>,
    length: i64,
    /// What the clocks of each zone show at each minute, in minutes since 1970-01-01T00:00 by that clock.
    walls: HashMap<Tz, Vec<i64>>,
    /// What the clock of a zone shows right before and right after each gap.
    gaps: HashMap<Tz, Vec<(i64, i64)>>,
    /// The minutes of each zone's dates, by days since 1970-01-01.
    dates: HashMap<(Tz, i64), Vec<i64>>,
    blocks: Vec<Run>,
    hours: Hours,
}

/// Hours of the type: merged, rule by rule with what each allows in a slot, and the anchor of the grid at each minute.
#[derive(Default)]
struct Hours {
    open: Vec<Run>,
    rules: Vec<(Run, u16)>,
    anchors: HashMap<i64, i64>,
}

/// The runs joined where they overlap or touch, in order.
fn merged(runs: &[(Run, u16)]) -> Vec<Run> {
    let mut runs: Vec<Run> = runs.iter().map(|(run, _)| *run).collect();
    runs.sort_unstable();
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if run.0 <= last.1 => last.1 = last.1.max(run.1),
            _ => joined.push(run),
        }
    }
    joined
}

fn floor_minutes(instant: DateTime<Utc>) -> i64 {
    assert_eq!(instant.timestamp() % 60, 0, "the model counts in minutes");
    instant.timestamp() / 60
}

fn number(date: NaiveDate) -> i64 {
    (date - NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date")).num_days()
}

fn date(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date") + TimeDelta::days(number)
}

impl<'a> Model<'a> {
    /// A model for starts of one type in the window.
    pub(crate) fn new(
        agent: &'a AgentCalendar,
        office: &'a OfficeCalendar,
        window: Interval,
        code: &AppointmentTypeCode,
    ) -> Self {
        let base = window.start - TimeDelta::minutes(AROUND);
        let length = (window.end - window.start).num_minutes() + 2 * AROUND;
        let mut model = Self {
            agent,
            office,
            base,
            length,
            walls: HashMap::new(),
            gaps: HashMap::new(),
            dates: HashMap::new(),
            blocks: Vec::new(),
            hours: Hours::default(),
        };
        let block_zones = agent.blocks().chain(office.blocks()).map(|block| block.time_zone);
        let zones: HashSet<Tz> = block_zones.chain([agent.time_zone(), office.time_zone()]).collect();
        for tz in zones {
            let shown = |minute| zone::local(tz, base + TimeDelta::minutes(minute));
            let wall: Vec<i64> = (0..length).map(|minute| shown(minute).and_utc().timestamp() / 60).collect();
            for (minute, shown) in (0..).zip(&wall) {
                model.dates.entry((tz, shown.div_euclid(DAY))).or_default().push(minute);
            }
            let steps = wall.windows(2).map(|pair| (pair[0], pair[1]));
            model.gaps.insert(tz, steps.filter(|(before, after)| before + 1 < *after).collect());
            model.walls.insert(tz, wall);
        }
        model.blocks =
            agent.blocks().chain(office.blocks()).flat_map(|block| model.occurrences(block)).collect();
        model.hours = model.hours_of(code);
        model
    }

    fn minute(&self, instant: DateTime<Utc>) -> i64 {
        floor_minutes(instant) - floor_minutes(self.base)
    }

    /// From the first to the last minute at which the zone's clock shows something in the range.
    fn run(&self, tz: Tz, local: std::ops::Range<i64>) -> Option<Run> {
        let shown = &self.walls[&tz];
        let within = |minute: &i64| local.contains(&shown[usize::try_from(*minute).expect("in the window")]);
        let dates = local.start.div_euclid(DAY)..=(local.end - 1).div_euclid(DAY);
        let minutes = dates.filter_map(|date| self.dates.get(&(tz, date))).flatten().copied();
        let within: Vec<i64> = minutes.filter(within).collect();
        Some((*within.iter().min()?, within.iter().max()? + 1))
    }

    fn shown_date(&self, tz: Tz, minute: i64) -> i64 {
        self.walls[&tz][usize::try_from(minute).expect("in the window")].div_euclid(DAY)
    }

    fn dates(&self, tz: Tz) -> std::ops::RangeInclusive<i64> {
        self.shown_date(tz, 0)..=self.shown_date(tz, self.length - 1)
    }

    /// Hours that begin on a date which the zone has.
    fn hours_on(&self, tz: Tz, day: i64, start: LocalTime, end: LocalTime) -> Option<Run> {
        let next_date = if end < start { DAY } else { 0 };
        let from = day * DAY;
        let local = from + i64::from(start.minutes())..from + i64::from(end.minutes()) + next_date;
        self.dates.contains_key(&(tz, day)).then(|| self.run(tz, local)).flatten()
    }

    fn ruled<'r>(
        &self,
        rules: impl Iterator<Item = &'r AvailabilityRule>,
        tz: Tz,
        day: i64,
        code: &AppointmentTypeCode,
    ) -> Vec<(Run, u16)> {
        let that_day = rules.filter(|rule| rule_holds(rule, date(day), code));
        let runs = that_day.filter_map(|rule| {
            let run = self.hours_on(tz, day, rule.start_time, rule.end_time)?;
            Some((run, rule.max_appointments_per_slot))
        });
        runs.collect()
    }

    fn hours_of(&self, code: &AppointmentTypeCode) -> Hours {
        let (own, theirs) = (self.agent.time_zone(), self.office.time_zone());
        let mut hours = Hours::default();
        let (mut of_agent, mut of_office) = (Vec::new(), Vec::new());
        for day in self.dates(own) {
            let runs = match self.agent.exception(date(day)) {
                Some(exception) => {
                    let that_day = exception.intervals.iter();
                    let run = |hours: &LocalInterval| {
                        Some((self.hours_on(own, day, hours.start_time, hours.end_time)?, 1))
                    };
                    that_day.filter_map(run).collect()
                }
                None => self.ruled(self.agent.rules(), own, day, code),
            };
            of_agent.extend(merged(&runs).into_iter().map(|run| (day, run)));
            hours.rules.extend(runs);
        }
        let inherits = self.agent.inherits_office_hours();
        for day in self.dates(theirs).filter(|_| inherits) {
            let runs = self.ruled(self.office.rules(), theirs, day, code);
            for run in merged(&runs) {
                let begun_on = self.shown_date(own, run.0);
                if self.agent.exception(date(begun_on)).is_none() {
                    of_office.push((begun_on, run));
                    hours.rules.extend(runs.iter().filter(|(rule, _)| run.0 <= rule.0 && rule.1 <= run.1));
                }
            }
        }
        hours.open = merged(&hours.rules);
        hours.anchors = Self::anchors(&of_agent, of_office);
        hours
    }

    /// Minute by minute, from where the steps between starts are counted: written over by whatever begins later, and by
    /// the office's hours at last.
    fn anchors(of_agent: &[(i64, Run)], mut of_office: Vec<(i64, Run)>) -> HashMap<i64, i64> {
        let mut anchors = HashMap::new();
        for (day, run) in of_agent {
            let beside = of_office.iter().filter(|(other, theirs)| {
                other == day && (theirs.0..=theirs.1).any(|minute| run.0 <= minute && minute <= run.1)
            });
            let beside: Vec<i64> = beside.map(|(_, theirs)| theirs.0).collect();
            for minute in run.0..run.1 {
                let begun = beside.iter().filter(|start| **start <= minute).max();
                let anchor = begun.or(beside.iter().min()).copied().unwrap_or(run.0);
                anchors.insert(minute, anchor);
            }
        }
        of_office.sort_by_key(|(_, run)| run.0);
        for (_, run) in of_office {
            anchors.extend((run.0..run.1).map(|minute| (minute, run.0)));
        }
        anchors
    }

    fn occurrences(&self, block: &Block) -> Vec<Run> {
        let own = (self.minute(block.start), self.minute(block.end));
        let local_start = block.local_start.and_utc().timestamp() / 60;
        let length = (block.local_end - block.local_start).num_minutes();
        let first = block.local_start.date();
        if block.date.is_some() {
            // Whole days are those of the agent.
            let tz = self.agent.time_zone();
            let last = date(*self.dates(tz).end());
            let dates = match &block.recurrence {
                Some(recurrence) => simple_dates(recurrence, first, last),
                None => vec![first],
            };
            let dates = dates.into_iter().chain([first]).collect::<HashSet<_>>();
            let of = |date| self.run(tz, number(date) * DAY..number(date) * DAY + length);
            return dates.into_iter().filter_map(of).collect();
        }
        let Some(recurrence) = &block.recurrence else { return vec![own] };
        let last = date(*self.dates(block.time_zone).end());
        let further = simple_dates(recurrence, first, last).into_iter().filter(|date| *date != first);
        let runs = further.filter_map(|date| {
            let from = self.past_gap(block.time_zone, number(date) * DAY + local_start.rem_euclid(DAY));
            let to = self.past_gap(block.time_zone, from + length);
            self.run(block.time_zone, from..to)
        });
        std::iter::once(own).chain(runs).collect()
    }

    /// What the clock shows when it would have shown this by the offset before a gap; the same outside of gaps.
    fn past_gap(&self, tz: Tz, local: i64) -> i64 {
        let around = self.gaps[&tz].iter().find(|(before, after)| *before < local && local < *after);
        around.map_or(local, |(before, after)| local + after - before - 1)
    }

    /// How many may share the slot and how many more fit in, or why it is not free.
    pub(crate) fn answer(&self, request: &SlotRequest<'_>, now: DateTime<Utc>) -> Result<(u16, u16), Reason> {
        let kind = self.office.appointment_type(request.appointment_type).ok_or(Reason::OutsideHours)?;
        let hours = &self.hours;
        let slot =
            (self.minute(request.start), self.minute(request.start) + i64::from(kind.duration_minutes));
        let step = i64::from(kind.slot_step_minutes);
        let starts_off = |anchor: &i64| (slot.0 - anchor) % step != 0;
        let fits = |run: &Run| run.0 <= slot.0 && slot.1 <= run.1;
        let overlaps = |other: &Run| other.0 < slot.1 && slot.0 < other.1;
        self.timely(kind, slot, now)?;
        if hours.anchors.get(&slot.0).is_some_and(starts_off) {
            return Err(Reason::OffGrid);
        }
        if !hours.open.iter().any(fits) {
            return Err(Reason::OutsideHours);
        }
        if self.blocks.iter().any(overlaps) {
            return Err(Reason::Blocked);
        }
        let busy = |busy: &Interval| overlaps(&(self.minute(busy.start), self.minute(busy.end)));
        if self.agent.external_busy().any(|event| busy(&event.interval())) {
            return Err(Reason::ExternalBusy);
        }
        let capacity = capacity(hours, slot);
        let (bookings, holds) = self.claims(request, now);
        let sharing = |claim: &&Claim| claim.shares(kind, slot, request.property_id) && capacity > 1;
        let room = |claim: &Claim| sharing(&claim) || self.apart(kind, slot, request.property_id, claim);
        if !bookings.iter().all(room) {
            return Err(Reason::AlreadyBooked);
        }
        if !holds.iter().all(room) {
            return Err(Reason::Held);
        }
        let count = u16::try_from(bookings.iter().chain(&holds).filter(sharing).count()).expect("few");
        if count >= capacity {
            return Err(Reason::SlotFull);
        }
        self.within_limit(kind, slot, &bookings, &holds)?;
        Ok((capacity, capacity - count))
    }

    fn timely(&self, kind: &AppointmentType, slot: Run, now: DateTime<Utc>) -> Result<(), Reason> {
        if slot.0 < self.minute(now) {
            return Err(Reason::Past);
        }
        let tz = self.agent.time_zone();
        let today = zone::local_date(tz, now);
        if self.shown_date(tz, slot.0) > number(today) + i64::from(kind.horizon_days) {
            return Err(Reason::BeyondHorizon);
        }
        if slot.0 < self.minute(now) + i64::from(kind.min_notice_minutes) {
            return Err(Reason::TooSoon);
        }
        Ok(())
    }

    fn within_limit(
        &self,
        kind: &AppointmentType,
        slot: Run,
        bookings: &[Claim],
        holds: &[Claim],
    ) -> Result<(), Reason> {
        let tz = self.agent.time_zone();
        let date = self.shown_date(tz, slot.0);
        let that_day = |claim: &&Claim| {
            let inside = (0..self.length).contains(&claim.run.0);
            claim.code == kind.code && inside && self.shown_date(tz, claim.run.0) == date
        };
        let taken = bookings.iter().chain(holds).filter(that_day).count();
        if kind.daily_limit.is_some_and(|limit| taken >= usize::from(limit)) {
            return Err(Reason::DailyLimit);
        }
        Ok(())
    }

    /// The appointments and the live holds that count for the request.
    fn claims(&self, request: &SlotRequest<'_>, now: DateTime<Utc>) -> (Vec<Claim>, Vec<Claim>) {
        let bookings = self.agent.bookings().filter(|booking| Some(booking.appointment_id) != request.moving);
        let bookings = bookings.map(|booking| Claim {
            run: (self.minute(booking.start), self.minute(booking.end)),
            code: booking.appointment_type.clone(),
            property: booking.property_id.clone(),
            before: i64::from(booking.buffer_before_minutes),
            after: i64::from(booking.buffer_after_minutes),
        });
        let holds = self.agent.holds().filter(|hold| now < hold.expires_at).filter(|hold| {
            request.lead_id != Some(&hold.lead_id)
                || hold.appointment_type != *request.appointment_type
                || hold.start != request.start
        });
        let holds = holds.map(|hold| Claim {
            run: (self.minute(hold.start), self.minute(hold.end)),
            code: hold.appointment_type.clone(),
            property: hold.property_id.clone(),
            before: i64::from(hold.buffer_before_minutes),
            after: i64::from(hold.buffer_after_minutes),
        });
        (bookings.collect(), holds.collect())
    }

    fn apart(&self, kind: &AppointmentType, slot: Run, property: Option<&PropertyId>, other: &Claim) -> bool {
        let travels = |code: &AppointmentTypeCode| {
            self.office
                .appointment_type(code)
                .is_some_and(|kind| kind.location_kind == LocationKind::Property)
        };
        let elsewhere = property.is_none() || property != other.property.as_ref();
        let travel = if travels(&kind.code) && travels(&other.code) && elsewhere {
            i64::from(self.office.travel_minutes())
        } else {
            0
        };
        let (before, after) = (i64::from(kind.buffer_before_minutes), i64::from(kind.buffer_after_minutes));
        let follows = slot.0 - other.run.1 >= other.after.max(before).max(travel);
        let precedes = other.run.0 - slot.1 >= after.max(other.before).max(travel);
        follows || precedes
    }
}

struct Claim {
    run: Run,
    code: AppointmentTypeCode,
    property: Option<PropertyId>,
    before: i64,
    after: i64,
}

impl Claim {
    fn shares(&self, kind: &AppointmentType, slot: Run, property: Option<&PropertyId>) -> bool {
        self.run == slot && self.code == kind.code && self.property.as_ref() == property
    }
}

fn capacity(hours: &Hours, slot: Run) -> u16 {
    let around = hours.rules.iter().filter(|(run, _)| run.0 <= slot.0 && slot.1 <= run.1);
    around.map(|(_, capacity)| *capacity).max().unwrap_or(1)
}

fn rule_holds(rule: &AvailabilityRule, date: NaiveDate, code: &AppointmentTypeCode) -> bool {
    if rule.appointment_type.as_ref().is_some_and(|only| only != code) {
        return false;
    }
    if !rule.is_recurring {
        return rule.valid_from == Some(date);
    }
    rule.day_of_week == DayOfWeek::from(date.weekday())
        && rule.valid_from.is_none_or(|from| date >= from)
        && rule.valid_until.is_none_or(|until| date <= until)
}

/// The dates of simple recurrences, `FREQ`, `INTERVAL`, `COUNT`, `UNTIL` as a date and `BYDAY` without numbers, by
/// walking through all of them.
pub(crate) fn simple_dates(recurrence: &str, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let parts: HashMap<_, _> = recurrence.split(';').filter_map(|part| part.split_once('=')).collect();
    let interval: i64 = parts.get("INTERVAL").map_or(1, |text| text.parse().expect("a number"));
    let count: usize = parts.get("COUNT").map_or(usize::MAX, |text| text.parse().expect("a number"));
    let until = parts.get("UNTIL").map_or(NaiveDate::MAX, |text| {
        NaiveDate::parse_from_str(text, "%Y%m%d").expect("a date without a time")
    });
    let days: Option<Vec<Weekday>> = parts.get("BYDAY").map(|list| list.split(',').map(weekday).collect());
    let monday = |date: NaiveDate| number(date) - i64::from(date.weekday().num_days_from_monday());
    let named = |date: NaiveDate| match parts["FREQ"] {
        "DAILY" => {
            (number(date) - number(first)) % interval == 0
                && days.as_ref().is_none_or(|days| days.contains(&date.weekday()))
        }
        "WEEKLY" => {
            (monday(date) - monday(first)) / 7 % interval == 0
                && days
                    .as_ref()
                    .map_or(date.weekday() == first.weekday(), |days| days.contains(&date.weekday()))
        }
        other => panic!("the model knows no {other}"),
    };
    let all = first.iter_days().take_while(|date| *date <= last && *date <= until);
    all.filter(|date| *date == first || named(*date)).take(count).collect()
}

fn weekday(code: &str) -> Weekday {
    let codes = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let number = codes.iter().position(|known| *known == code).expect("a weekday");
    Weekday::try_from(u8::try_from(number).expect("seven")).expect("seven")
}
