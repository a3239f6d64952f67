//! Calendars for the availability engine, without events and tables.

use anyhow::{Context as _, Result};
use availability::{AgentCalendar, Booking, OfficeCalendar, SlotIndex, SlotQuery};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc, Weekday};
use fixtures::ZONE;
use schemas::value::{AppointmentType, LocationKind};
use schemas::{AppointmentId, AppointmentTypeCode, LeadId};
use uuid::Uuid;

/// Appointments of an hour that fit into the hours from nine to six.
pub(super) const HOURS_PER_DAY: u32 = 9;

/// How much of the time is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fill {
    /// Two hours in three, different ones for every agent.
    Busy,
    /// All of it except the last working day.
    BookedOut,
}

/// Agents with their appointments, and the query to run on them.
pub(crate) struct Calendars {
    pub(crate) office: OfficeCalendar,
    pub(crate) agents: Vec<AgentCalendar>,
    pub(crate) kind: AppointmentTypeCode,
    pub(crate) now: DateTime<Utc>,
    days: u64,
    bookings: u128,
}

impl Calendars {
    /// This many agents, with this many days of appointments from tomorrow.
    pub(crate) fn new(agents: usize, days: u64, fill: Fill) -> Result<Self> {
        let kind = AppointmentTypeCode::parse("reunion")?;
        // A Sunday.
        let now = NaiveDate::from_ymd_opt(2026, 3, 1).and_then(|date| date.and_hms_opt(12, 0, 0));
        let now = now.context("a date and a time")?.and_utc();
        let mut calendars = Self { office: office(&kind), agents: Vec::new(), kind, now, days, bookings: 0 };
        for number in 0..agents {
            let agent = calendars.agent(number, fill)?;
            calendars.agents.push(agent);
        }
        Ok(calendars)
    }

    fn agent(&mut self, number: usize, fill: Fill) -> Result<AgentCalendar> {
        let mut agent = AgentCalendar::new(ZONE, true);
        for day in 1..=self.days {
            for hour in 0..HOURS_PER_DAY {
                let taken = match fill {
                    Fill::Busy => {
                        !(number + usize::try_from(day)? + usize::try_from(hour)?).is_multiple_of(3)
                    }
                    // The last of fourteen days from a Sunday is a Sunday too: Friday is two before it.
                    Fill::BookedOut => day + 2 < self.days,
                };
                let date = self.now.date_naive() + Days::new(day);
                if let Some(start) = start(date, hour).filter(|_| taken) {
                    agent.book(self.booking(start)?);
                }
            }
        }
        Ok(agent)
    }

    /// Adds this many past appointments to every agent, six on each working day.
    pub(crate) fn with_past(mut self, appointments: usize) -> Result<Self> {
        for number in 0..self.agents.len() {
            let mut left = appointments;
            let mut days_ago = 1;
            while left > 0 {
                for hour in 0..HOURS_PER_DAY.min(6) {
                    let date = self.now.date_naive() - Days::new(days_ago);
                    if let Some(start) = start(date, hour).filter(|_| left > 0) {
                        let booking = self.booking(start)?;
                        self.agents[number].book(booking);
                        left -= 1;
                    }
                }
                days_ago += 1;
            }
        }
        Ok(self)
    }

    /// A booking of an hour from this start, for another lead each time.
    pub(crate) fn booking(&mut self, start: DateTime<Utc>) -> Result<Booking> {
        self.bookings += 1;
        Ok(Booking {
            appointment_id: AppointmentId::new(Uuid::from_u128(self.bookings)),
            lead_id: LeadId::parse(&format!("lead-{}", self.bookings))?,
            appointment_type: self.kind.clone(),
            property_id: None,
            start,
            end: start + TimeDelta::hours(1),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
        })
    }

    /// An index over all agents, which has cached nothing yet.
    pub(crate) fn index(&self) -> SlotIndex<usize> {
        let mut index = SlotIndex::new(self.office.clone());
        for (number, agent) in self.agents.iter().enumerate() {
            index.insert_agent(number, agent.clone());
        }
        index
    }

    /// The query for the free slots of the days that the calendars cover.
    pub(crate) fn query(&self, limit: usize) -> SlotQuery<'_> {
        SlotQuery {
            appointment_type: &self.kind,
            from: self.now,
            to: self.now + Days::new(self.days),
            property_id: None,
            lead_id: None,
            limit,
        }
    }
}

/// When this hour of that date begins; none on a day without hours.
pub(super) fn start(date: NaiveDate, hour: u32) -> Option<DateTime<Utc>> {
    let works = !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let local = date.and_hms_opt(9 + hour, 0, 0).filter(|_| works)?;
    Some(local.and_local_timezone(ZONE).earliest()?.to_utc())
}

/// The type of all appointments.
pub(super) fn video_call(kind: &AppointmentTypeCode) -> AppointmentType {
    AppointmentType {
        slot_step_minutes: 15,
        min_notice_minutes: 120,
        horizon_days: 365,
        location_kind: LocationKind::Video,
        ..fixtures::appointment_type(kind.as_str(), 60)
    }
}

fn office(kind: &AppointmentTypeCode) -> OfficeCalendar {
    let mut office = OfficeCalendar::new(&fixtures::policy());
    office.define_type(video_call(kind));
    for day in 0..5 {
        office.add_rule(fixtures::rule(u128::from(day) + 1, day, "09:00", "18:00"));
    }
    office
}
