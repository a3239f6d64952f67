use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::AppointmentTypeCode;

use super::bits::{BitDay, UtcDay};
use super::fixed::FixedDay;
use super::free_days::{FreeDay, FreeDays};
use super::question::Question;
use super::{IndexedAgent, SlotIndex};
use crate::{AgentCalendar, Interval, SlotQuery, zone};

impl<K: Ord> SlotIndex<K> {
    /// What is free with an agent for a type on `count` days of UTC, 64 at most, that of `now` first: whoever asks, from
    /// `now` on. None if there is no such agent, or no such type in use.
    pub fn free_days(
        &self,
        key: &K,
        appointment_type: &AppointmentTypeCode,
        now: DateTime<Utc>,
        count: u8,
    ) -> Option<FreeDays> {
        let first = UtcDay::of(now.clamp(zone::REACH.start, zone::REACH.end));
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
        let question = Question::new(self, &query, now)?;
        let asked = question.put_to(self.agents.get(key)?, range);
        Some(FreeDays::new(first, days.map(|day| question.free_day(&asked, day))))
    }

    /// Takes an agent in of whom only this is known: on other days and for other types nothing is free, and nothing on
    /// the days that are left to the rules. Does nothing if the office has no such type in use.
    ///
    /// What an agent's calendar would change does not change what is known, and a change of the office forgets it: an
    /// index with such agents is for asking alone.
    pub fn insert_free_days(
        &mut self,
        key: K,
        time_zone: Tz,
        appointment_type: &AppointmentTypeCode,
        free_days: &FreeDays,
    ) {
        let Some(kind) = self.kind(appointment_type) else { return };
        let every_start = self.pool.share(FixedDay::every_start());
        let mut agent = IndexedAgent::new(AgentCalendar::new(time_zone, false));
        let days = free_days.iter().map(|(day, free)| {
            let free = match free {
                FreeDay::Known(free) => free,
                FreeDay::AskRules => BitDay::default(),
            };
            (day, every_start.starts.without(&free))
        });
        agent.days.know(kind, days.map(|(day, taken)| (day, Arc::clone(&every_start), taken)));
        self.agents.insert(key, agent);
    }
}
