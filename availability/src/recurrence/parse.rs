//! Parsing of RRULE values.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::{Frequency, InvalidRecurrence, MAX_COUNT, NthWeekday, Recurrence};
use crate::zone;

const MAX_LENGTH: usize = 512;
const PARTS: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYSETPOS",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
];

/// When a recurrence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Never,
    Count(u32),
    Until(Until),
}

/// `UNTIL` in its three forms; all of them include the moment they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    Date(NaiveDate),
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

impl Until {
    /// The last date on which something that begins at `time` may still begin.
    pub(super) fn last_date(self, time_zone: Tz, time: NaiveTime) -> NaiveDate {
        let local = match self {
            Self::Date(date) => return date,
            Self::Local(local) => local,
            Self::Instant(instant) => zone::local(time_zone, instant),
        };
        if time <= local.time() { local.date() } else { local.date() - Days::new(1) }
    }
}

/// Parses the parts, and fills in those left out from `first`.
pub(super) fn parse(text: &str, first: NaiveDate) -> Result<(Recurrence, End), InvalidRecurrence> {
    let parts = Parts::split(text)?;
    let frequency = match parts.get("FREQ") {
        Some("DAILY") => Frequency::Daily,
        Some("WEEKLY") => Frequency::Weekly,
        Some("MONTHLY") => Frequency::Monthly,
        Some("YEARLY") => Frequency::Yearly,
        Some("HOURLY" | "MINUTELY" | "SECONDLY") => return Err(InvalidRecurrence::SubDaily),
        Some(_) => return Err(value("FREQ", "DAILY, WEEKLY, MONTHLY or YEARLY")),
        None => return Err(InvalidRecurrence::Form),
    };
    for part in ["BYHOUR", "BYMINUTE", "BYSECOND"] {
        if parts.get(part).is_some() {
            return Err(InvalidRecurrence::TimeOfDay(part));
        }
    }
    let mut rule = Recurrence {
        frequency,
        interval: parts.number("INTERVAL", 1..=1000, "1 to 1000")?.unwrap_or(1),
        week_start: match parts.get("WKST") {
            Some(day) => weekday(day).ok_or_else(|| value("WKST", "one of MO TU WE TH FR SA SU"))?,
            None => Weekday::Mon,
        },
        by_month: parts.numbers("BYMONTH", 1, 12, "1 to 12")?,
        by_month_day: parts.numbers("BYMONTHDAY", -31, 31, "1 to 31 or -31 to -1")?,
        by_day: parts.weekdays()?,
        by_year_day: parts.numbers("BYYEARDAY", -366, 366, "1 to 366 or -366 to -1")?,
        by_week_no: parts.numbers("BYWEEKNO", -53, 53, "1 to 53 or -53 to -1")?,
        by_set_pos: parts.numbers("BYSETPOS", -366, 366, "1 to 366 or -366 to -1")?,
        first,
        last: first,
    };
    let count = parts.number("COUNT", 1..=MAX_COUNT, "1 to 10000")?;
    let until = parts.get("UNTIL").map(until).transpose()?;
    let end = match (count, until) {
        (Some(_), Some(_)) => return Err(InvalidRecurrence::CountAndUntil),
        (Some(count), None) => End::Count(count),
        (None, Some(until)) => End::Until(until),
        (None, None) => End::Never,
    };
    check_frequency(&rule)?;
    fill_in(&mut rule);
    Ok((rule, end))
}

fn check_frequency(rule: &Recurrence) -> Result<(), InvalidRecurrence> {
    let refuse = |part, rule| Err(InvalidRecurrence::NotWithFreq { part, rule });
    let numbered = rule.by_day.iter().any(|day| day.nth != 0);
    if numbered && matches!(rule.frequency, Frequency::Daily | Frequency::Weekly) {
        return refuse("BYDAY", "numbered days such as 2MO need MONTHLY or YEARLY");
    }
    if numbered && !rule.by_week_no.is_empty() {
        return refuse("BYDAY", "numbered days such as 2MO exclude BYWEEKNO");
    }
    if rule.frequency == Frequency::Weekly && !rule.by_month_day.is_empty() {
        return refuse("BYMONTHDAY", "not with WEEKLY");
    }
    if rule.frequency != Frequency::Yearly && !rule.by_year_day.is_empty() {
        return refuse("BYYEARDAY", "only with YEARLY");
    }
    if rule.frequency != Frequency::Yearly && !rule.by_week_no.is_empty() {
        return refuse("BYWEEKNO", "only with YEARLY");
    }
    let selects = rule.by_month.len() + rule.by_month_day.len() + rule.by_day.len();
    if !rule.by_set_pos.is_empty() && selects + rule.by_year_day.len() + rule.by_week_no.len() == 0 {
        return refuse("BYSETPOS", "it needs another BY part to choose from");
    }
    Ok(())
}

/// Takes weekday, day and month from the first date where the rule leaves them out.
fn fill_in(rule: &mut Recurrence) {
    let day_of_month = || i16::try_from(rule.first.day()).expect("a month has at most 31 days");
    let no_days = rule.by_month_day.is_empty() && rule.by_day.is_empty();
    match rule.frequency {
        Frequency::Weekly if rule.by_day.is_empty() => {
            rule.by_day = vec![NthWeekday { nth: 0, weekday: rule.first.weekday() }];
        }
        Frequency::Monthly if no_days => rule.by_month_day = vec![day_of_month()],
        Frequency::Yearly if no_days && rule.by_year_day.is_empty() => {
            if rule.by_week_no.is_empty() {
                rule.by_month_day = vec![day_of_month()];
                if rule.by_month.is_empty() {
                    rule.by_month = vec![i16::try_from(rule.first.month()).expect("a year has 12 months")];
                }
            } else {
                rule.by_day = vec![NthWeekday { nth: 0, weekday: rule.first.weekday() }];
            }
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => {}
    }
}

const fn value(part: &'static str, form: &'static str) -> InvalidRecurrence {
    InvalidRecurrence::Value { part, form }
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn until(text: &str) -> Result<Until, InvalidRecurrence> {
    let form = || value("UNTIL", "YYYYMMDD, YYYYMMDDTHHMMSS or YYYYMMDDTHHMMSSZ, in the years 1900 to 9000");
    let (digits, zulu) = text.strip_suffix('Z').map_or((text, false), |digits| (digits, true));
    let parsed = match digits.len() {
        8 if !zulu => NaiveDate::parse_from_str(digits, "%Y%m%d").map(Until::Date),
        15 => NaiveDateTime::parse_from_str(digits, "%Y%m%dT%H%M%S")
            .map(|local| if zulu { Until::Instant(local.and_utc()) } else { Until::Local(local) }),
        _ => return Err(form()),
    };
    let until = parsed.map_err(|_| form())?;
    let year = match until {
        Until::Date(date) => date.year(),
        Until::Local(local) => local.year(),
        Until::Instant(instant) => instant.year(),
    };
    if (1900..=9000).contains(&year) { Ok(until) } else { Err(form()) }
}

/// The parts in upper case, each at most once.
struct Parts(Vec<(&'static str, String)>);

impl Parts {
    fn split(text: &str) -> Result<Self, InvalidRecurrence> {
        if text.len() > MAX_LENGTH || !text.is_ascii() {
            return Err(InvalidRecurrence::Form);
        }
        let mut parts: Vec<(&'static str, String)> = Vec::new();
        for part in text.to_ascii_uppercase().split(';') {
            let (name, value) = part.split_once('=').ok_or(InvalidRecurrence::Form)?;
            let name =
                PARTS.into_iter().find(|known| *known == name).ok_or(InvalidRecurrence::UnknownPart)?;
            if parts.iter().any(|(seen, _)| *seen == name) {
                return Err(InvalidRecurrence::Twice(name));
            }
            parts.push((name, value.to_owned()));
        }
        Ok(Self(parts))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(part, _)| *part == name).map(|(_, value)| value.as_str())
    }

    fn number<N: FromStr + PartialOrd>(
        &self,
        name: &'static str,
        range: std::ops::RangeInclusive<N>,
        form: &'static str,
    ) -> Result<Option<N>, InvalidRecurrence> {
        let read = |text: &str| text.parse().ok().filter(|number| range.contains(number));
        self.get(name).map(|text| read(text).ok_or(value(name, form))).transpose()
    }

    fn numbers(
        &self,
        name: &'static str,
        least: i16,
        most: i16,
        form: &'static str,
    ) -> Result<Vec<i16>, InvalidRecurrence> {
        let in_range = |number: &i16| *number != 0 && (least..=most).contains(number);
        let read = |text: &str| text.parse().ok().filter(in_range).ok_or(value(name, form));
        let mut numbers = match self.get(name) {
            Some(list) => list.split(',').map(read).collect::<Result<Vec<i16>, _>>()?,
            None => Vec::new(),
        };
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn weekdays(&self) -> Result<Vec<NthWeekday>, InvalidRecurrence> {
        let form =
            || value("BYDAY", "a list of MO TU WE TH FR SA SU, numbered -53 to 53 such as 2MO or -1FR");
        let read = |text: &str| {
            let (number, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
            let nth = match number {
                "" => 0,
                _ => number.parse().ok().filter(|nth| *nth != 0 && (-53..=53).contains(nth))?,
            };
            weekday(day).map(|weekday| NthWeekday { nth, weekday })
        };
        match self.get("BYDAY") {
            Some(list) => list.split(',').map(|text| read(text).ok_or_else(form)).collect(),
            None => Ok(Vec::new()),
        }
    }
}
