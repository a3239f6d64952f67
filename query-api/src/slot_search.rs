//! The request for free slots, and the slots offered.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use operation::Problem;
use read_model::{
    Dates, Explain, Limit, MoveSearch, OfferedSlot, PageRequest, Shown, SlotSearch, StartFilter,
};
use schemars::JsonSchema;
use schemas::value::PartOfDay;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Deserializer, Serialize};

use crate::parameters::{Instant, check_range, check_repeats, limit};
use crate::slot_dates::{AskedDates, Date, WeekdayName, length};

/// The length of the range if `to` is left out.
const DEFAULT_RANGE: TimeDelta = TimeDelta::days(14);

/// The longest range to explain: every start in it is checked, for every agent.
const MAX_EXPLAINED_RANGE: TimeDelta = TimeDelta::days(14);

/// How many slots are spread over the range by default, and at most.
const SPREAD: (u16, usize) = (5, 20);

/// A search for free slots, for a new appointment or for one that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotsRequest {
    /// The appointment type. Required, unless `moving` is given.
    appointment_type: Option<AppointmentTypeCode>,
    /// The earliest start; by default now.
    from: Option<Instant>,
    /// Starts lie before this instant; by default 14 days after `from`.
    to: Option<Instant>,
    /// The date of the start, in place of `from` and `to`. Dates are those of `zone`.
    date: Option<Date>,
    /// The first date of the start, in place of `from` and `to`; by default today.
    date_from: Option<Date>,
    /// The last date of the start, in place of `from` and `to`; by default 13 days after `date_from`.
    date_to: Option<Date>,
    /// Today and so many more dates, 0 to 366, in place of `from` and `to`.
    days_ahead: Option<u16>,
    /// The weekday of the start; may repeat. Its English name, or that of an answer.
    #[serde(default)]
    weekday: Vec<WeekdayName>,
    /// The part of the day in which it starts, as the office has it; may repeat.
    #[serde(default)]
    part_of_day: Vec<PartOfDay>,
    /// Few slots, far apart in time, on one page: at most one of each part of each day, each day in turn.
    #[serde(default)]
    spread: bool,
    /// With `start`, one slot for each start: that of the agent with the least id.
    distinct: Option<Distinct>,
    /// The agent; may repeat; by default any active agent.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The appointment to move: what is offered is for it, its own time not in its way. Type, length, lead and property are
    /// its own.
    moving: Option<AppointmentId>,
    /// The property to visit, whose open houses are then offered too.
    property_id: Option<PropertyId>,
    /// The lead, whose own holds then do not take time.
    lead_id: Option<LeadId>,
    /// The time zone of local times in the answer, and of dates, weekdays and parts of the day; by default the office's, but
    /// the agent's if any of these, or slots far apart, are asked of exactly one.
    #[schemars(with = "Option<String>")]
    zone: Option<Tz>,
    /// Explains what is not free: one `start`, or the whole range.
    #[serde(default)]
    explain: bool,
    /// The start to explain.
    start: Option<Instant>,
    /// How many entries; by default 50. With `spread` 5, and at most 20.
    #[serde(default, deserialize_with = "given_limit")]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Of which slots only one is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Distinct {
    /// Those of one start.
    Start,
}

fn given_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Limit>, D::Error> {
    limit(deserializer).map(Some)
}

/// An offered slot.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Offer {
    /// The reference to hold or book it with, for 24 hours or up to one more.
    pub(crate) slot_ref: String,
    /// The slot.
    #[serde(flatten)]
    pub(crate) slot: OfferedSlot,
}

/// What a request searches for.
pub(crate) enum Question {
    /// Slots for a new appointment.
    New(SlotSearch),
    /// The times that an appointment could move to.
    Move(MoveSearch),
}

impl Question {
    pub(crate) const fn explain(&self) -> Option<Explain> {
        match self {
            Self::New(search) => search.explain,
            Self::Move(search) => search.explain,
        }
    }
}

impl SlotsRequest {
    pub(crate) fn question(&self, now: DateTime<Utc>) -> Result<Question, Problem> {
        let from = self.from.unwrap_or(Instant(now));
        let to =
            self.to.unwrap_or_else(|| Instant(from.0.checked_add_signed(DEFAULT_RANGE).unwrap_or(from.0)));
        check_range(Some(from), Some(to))?;
        check_repeats("agent_id", &self.agent_id)?;
        check_repeats("weekday", &self.weekday)?;
        check_repeats("part_of_day", &self.part_of_day)?;
        let starts = self.starts(now)?;
        let explain = self.explain(to.0 - from.0, starts.dates, now)?;
        let page = self.page()?;
        if let Some(appointment_id) = self.moving {
            let beside = [("property_id", self.property_id.is_some()), ("lead_id", self.lead_id.is_some())];
            if let Some((field, _)) = beside.into_iter().find(|(_, is_given)| *is_given) {
                return Err(Problem::malformed(field, "has no place beside moving: it is the appointment's"));
            }
            return Ok(Question::Move(MoveSearch {
                appointment_id,
                appointment_type: self.appointment_type.clone(),
                from: from.0,
                to: to.0,
                agent_ids: self.agent_id.clone(),
                starts,
                zone: self.zone,
                explain,
                page,
            }));
        }
        let appointment_type = self.appointment_type.clone().ok_or_else(|| {
            Problem::malformed("appointment_type", "is needed: the code of an appointment type")
        })?;
        Ok(Question::New(SlotSearch {
            appointment_type,
            from: from.0,
            to: to.0,
            agent_ids: self.agent_id.clone(),
            starts,
            property_id: self.property_id.clone(),
            lead_id: self.lead_id.clone(),
            zone: self.zone,
            explain,
            page,
        }))
    }

    fn starts(&self, now: DateTime<Utc>) -> Result<StartFilter, Problem> {
        let Self { date, date_from, date_to, days_ahead, .. } = *self;
        let weekdays: Vec<_> = self.weekday.iter().map(|name| (*name).into()).collect();
        let range = (self.from.is_some(), self.to.is_some());
        let dates = AskedDates { date, date_from, date_to, days_ahead }.read(range, &weekdays, now)?;
        let shown = match (self.spread, self.distinct) {
            (true, _) => Shown::Spread,
            (false, Some(Distinct::Start)) => Shown::OnePerStart,
            (false, None) => Shown::All,
        };
        Ok(StartFilter { dates, weekdays, parts_of_day: self.part_of_day.clone(), shown })
    }

    fn page(&self) -> Result<PageRequest, Problem> {
        if !self.spread {
            return Ok(PageRequest { limit: self.limit.unwrap_or_default(), cursor: self.cursor.clone() });
        }
        let (default, most) = SPREAD;
        if self.cursor.is_some() {
            return Err(Problem::malformed(
                "cursor",
                "has no place beside spread=true: its answer is one page",
            ));
        }
        if self.limit.is_some_and(|limit| limit.get() > most) {
            return Err(Problem::malformed("limit", format!("must be at most {most} with spread=true")));
        }
        let limit = self.limit.or_else(|| Limit::try_new(default)).unwrap_or_default();
        Ok(PageRequest { limit, cursor: None })
    }

    fn explain(
        &self,
        range: TimeDelta,
        dates: Option<Dates>,
        now: DateTime<Utc>,
    ) -> Result<Option<Explain>, Problem> {
        let dates = dates.map(|dates| length(dates, now));
        match (self.explain, self.start) {
            (true, Some(Instant(start))) => Ok(Some(Explain::Start(start))),
            (true, None) if dates.is_some_and(|(count, _)| count > MAX_EXPLAINED_RANGE.num_days()) => {
                let field = dates.map_or("date_to", |(_, field)| field);
                let days = MAX_EXPLAINED_RANGE.num_days();
                let detail = format!("must make it {days} dates at most with explain=true");
                Err(Problem::malformed(field, detail))
            }
            (true, None) if dates.is_none() && range > MAX_EXPLAINED_RANGE => {
                let days = MAX_EXPLAINED_RANGE.num_days();
                let detail = format!("must be at most {days} days after from with explain=true");
                Err(Problem::malformed("to", detail))
            }
            (true, None) => Ok(Some(Explain::Range)),
            (false, Some(_)) => Err(Problem::malformed("start", "is for explain=true only; else use from")),
            (false, None) => Ok(None),
        }
    }
}
