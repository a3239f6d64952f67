//! Slots from what is kept of free time, and the rows of those agents alone of whom nothing is kept, or not enough.

use std::collections::{BTreeMap, BTreeSet};

use availability::{AgentCalendar, FreeDays, Interval, SlotIndex};
use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Utc};
use schemas::AgentId;

use super::columns::named;
use super::slot_cache::{Entry, Keys, SlotCache};
use super::slots::{Asked, index_of};
use super::{Snapshot, calendars};
use crate::agent::AgentView;
use crate::slots::offered;
use crate::{AgentRow, OfferedSlot, Page, QueryError};

/// How many days an entry is of: as many as a question has that does not say how far ahead to look, the day on which the
/// entry is made, and the next, on which it can still be used.
const DAYS: u8 = 16;

/// How far the clocks of two processes may differ, so that each can use what the other has computed.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Free time by agent, and how it was come by.
#[derive(Default)]
struct Known {
    free_days: BTreeMap<AgentId, FreeDays>,
    /// The calendars it was computed from just now, if it was.
    calendars: BTreeMap<AgentId, AgentCalendar>,
}

/// A page, if what is known was enough for it, and what the cache should be given.
#[derive(Default)]
pub(super) struct OfferedByKnown {
    pub(super) page: Option<Page<OfferedSlot>>,
    pub(super) computed: Vec<(String, Vec<u8>)>,
}

impl Snapshot {
    /// The first slots, as far as they lie in the days that entries are of. Everything that is used is of this snapshot:
    /// of the same calendars and the same office.
    pub(super) async fn offered_by_known(
        &mut self,
        cache: &SlotCache,
        schema: &str,
        asked: &Asked<'_>,
    ) -> Result<OfferedByKnown, QueryError> {
        let question = asked.question;
        let covered = covered_until(asked.now);
        let to = question.to.min(covered);
        if matches!(cache, SlotCache::None) || to <= asked.from {
            return Ok(OfferedByKnown::default());
        }
        let keys = Keys::new(schema, self.tables_id, &question.appointment_type);
        let names: Vec<String> = asked.active().map(|agent| keys.of(&agent.row.agent_id)).collect();
        let mut known = Known::default();
        let mut missed = Vec::new();
        for ((agent, key), bytes) in asked.active().zip(&names).zip(cache.get(&names).await) {
            let entry = bytes.and_then(|bytes| Entry::try_from_bytes(key, &bytes));
            let usable = entry.filter(|entry| {
                entry.calendar_position == agent.calendar_position
                    && entry.office_position == self.office_position
                    && entry.as_of <= asked.now
                    && covered <= entry.free_days.range().end
            });
            match usable {
                Some(entry) => drop(known.free_days.insert(agent.row.agent_id.clone(), entry.free_days)),
                None => missed.push((agent, key)),
            }
        }
        cache.used(known.free_days.len(), missed.len());
        let as_of = (asked.now - SKEW).trunc_subsecs(0);
        let rows = missed.iter().map(|(agent, _)| agent.row.clone()).collect();
        self.compute(asked, rows, as_of, &mut known).await?;
        let computed = missed.into_iter().filter_map(|(agent, key)| {
            let entry = Entry {
                position: self.position,
                as_of,
                calendar_position: agent.calendar_position,
                office_position: self.office_position,
                free_days: known.free_days.get(&agent.row.agent_id)?.clone(),
            };
            Some((key.clone(), entry.to_bytes(key)?))
        });
        let computed = computed.collect();
        let page = self.offered_among(asked, known, to).await?;
        // Whether there is more after the days that are known is asked of the rows.
        let page = Some(page).filter(|page| page.next_cursor.is_some() || to == question.to);
        Ok(OfferedByKnown { page, computed })
    }

    /// Finds out what is free with these agents, from one load of the rows of all of them.
    async fn compute(
        &mut self,
        asked: &Asked<'_>,
        rows: Vec<AgentRow>,
        as_of: DateTime<Utc>,
        known: &mut Known,
    ) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let agent_ids: Vec<AgentId> = rows.iter().map(|row| row.agent_id.clone()).collect();
        // The first day begins up to a day before.
        let days = Interval::new(as_of - TimeDelta::days(1), as_of + TimeDelta::days(i64::from(DAYS)));
        let views = calendars::views(&mut self.transaction, rows, asked.widened(days), as_of).await?;
        let mut index = index_of(views, asked.office);
        for agent_id in agent_ids {
            let free_days = index.free_days(&agent_id, &asked.question.appointment_type, as_of, DAYS);
            known
                .free_days
                .insert(agent_id.clone(), free_days.expect("the type is in use, and the agent in it"));
            let calendar = index.remove_agent(&agent_id).expect("each is in it once");
            known.calendars.insert(agent_id, calendar);
        }
        Ok(())
    }

    /// The first slots before `to`, with the rules asked where what is known leaves it to them.
    async fn offered_among(
        &mut self,
        asked: &Asked<'_>,
        mut known: Known,
        to: DateTime<Utc>,
    ) -> Result<Page<OfferedSlot>, QueryError> {
        let question = crate::SlotsQuestion { to, ..asked.question.clone() };
        let visited = self.visited_at_property(asked, Interval::new(asked.from, to)).await?;
        let is_doubted = |agent_id: &AgentId, free_days: &FreeDays, until: DateTime<Utc>| {
            visited.contains(agent_id) || free_days.asks_rules(Interval::new(asked.from, until))
        };
        let mut index = SlotIndex::new(asked.office.calendar.clone());
        let code = &question.appointment_type;
        let mut doubted: Vec<(AgentRow, FreeDays)> = Vec::new();
        for agent in asked.active() {
            let AgentRow { agent_id, profile, .. } = &agent.row;
            let Some(free_days) = known.free_days.remove(agent_id) else { continue };
            if is_doubted(agent_id, &free_days, to) {
                doubted.push((agent.row.clone(), free_days));
            } else {
                index.insert_free_days(agent_id.clone(), profile.time_zone, code, &free_days);
            }
        }
        let certain = offered(&index, asked.office, &question, asked.now)?;
        if doubted.is_empty() {
            return Ok(certain);
        }
        // If the page is full without the others, they matter only as far as its end.
        let last = certain.items.last().filter(|_| certain.next_cursor.is_some());
        let until = last.map_or(to, |last| last.start + TimeDelta::seconds(1));
        let mut rows = Vec::new();
        for (row, free_days) in doubted {
            if !is_doubted(&row.agent_id, &free_days, until) {
                index.insert_free_days(row.agent_id, row.profile.time_zone, code, &free_days);
            } else if let Some(calendar) = known.calendars.remove(&row.agent_id) {
                index.insert_agent(row.agent_id, calendar);
            } else {
                rows.push(row);
            }
        }
        let range = asked.widened(Interval::new(asked.from, until));
        for AgentView { row, calendar, .. } in self.views(rows, range, asked.now).await? {
            index.insert_agent(row.agent_id, calendar);
        }
        offered(&index, asked.office, &question, asked.now)
    }

    async fn views(
        &mut self,
        rows: Vec<AgentRow>,
        range: Interval,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentView>, sqlx::Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        calendars::views(&mut self.transaction, rows, range, now).await
    }

    /// The agents who have appointments at the property asked about near the range: between two visits there lies no way.
    async fn visited_at_property(
        &mut self,
        asked: &Asked<'_>,
        range: Interval,
    ) -> Result<BTreeSet<AgentId>, sqlx::Error> {
        let Some(property_id) = &asked.question.property_id else { return Ok(BTreeSet::new()) };
        let range = asked.widened(range);
        let visited = sqlx::query_scalar!(
            "SELECT DISTINCT agent_id FROM bookings WHERE property_id = $1 AND reach && tstzrange($2, $3)",
            property_id.as_str(),
            range.start,
            range.end
        );
        let agent_ids = visited.fetch_all(&mut *self.transaction).await?;
        agent_ids.iter().map(|agent_id| named("agent_id", agent_id)).collect()
    }
}

/// Up to where every entry that is used says what is free: the end of the last day of one made yesterday.
fn covered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(i64::from(DAYS) - 1)
}
