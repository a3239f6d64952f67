//! Taking [`FreeDays`] out of an index, and querying an index filled with them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::AppointmentTypeCode;

use super::bits::{BitDay, UtcDay};
use super::day_template::DayTemplate;
use super::free_days::{FreeDay, FreeDays};
use super::query::IndexQuery;
use super::{IndexedAgent, SlotIndex};
use crate::{AgentCalendar, Interval, SlotQuery, zone};

impl<K: Ord> SlotIndex<K> {
    /// An agent's free starts for a type on `count` UTC days, 64 at most, beginning with the day of `now`. They hold
    /// for every lead, from `now` on. None if there is no such agent, or no such type in use.
    pub fn free_days(
        &self,
        key: &K,
        appointment_type: &AppointmentTypeCode,
        now: DateTime<Utc>,
        count: u8,
    ) -> Option<FreeDays> {
        let first = UtcDay::of(now.clamp(zone::SUPPORTED_RANGE.start, zone::SUPPORTED_RANGE.end));
        let days = (first.0..first.0 + i64::from(count)).map(UtcDay);
        let range = Interval::new(first.start(), UtcDay(first.0 + i64::from(count)).start());
        let query = SlotQuery {
            appointment_type,
            from: range.start,
            to: range.end,
            property_id: None,
            lead_id: None,
            limit: usize::MAX,
        };
        let question = IndexQuery::new(self, &query, now)?;
        let asked = question.for_agent(self.agents.get(key)?, range);
        Some(FreeDays::new(first, days.map(|day| question.free_day(&asked, day))))
    }

    /// Adds an agent of whom only these days are known: nothing is free on other days, for other types, or on days that
    /// need the exact rules. Does nothing if the office has no such type in use.
    ///
    /// Use such an index for queries only: the agent has no calendar from which its days could be updated, and a change
    /// of the office drops them.
    pub fn insert_free_days(
        &mut self,
        key: K,
        time_zone: Tz,
        appointment_type: &AppointmentTypeCode,
        free_days: &FreeDays,
    ) {
        let Some(kind) = self.kind(appointment_type) else { return };
        let every_start = self.pool.share(DayTemplate::every_start());
        let mut agent = IndexedAgent::new(AgentCalendar::new(time_zone, false));
        let days = free_days.iter().map(|(day, free)| {
            let free = match free {
                FreeDay::Known(free) => free,
                FreeDay::NeedsExactRules => BitDay::default(),
            };
            (day, every_start.starts.without(&free))
        });
        agent.days.know(kind, days.map(|(day, taken)| (day, Arc::clone(&every_start), taken)));
        self.agents.insert(key, Arc::new(agent));
    }
}
