//! Slots from cached free time; rows are loaded only of agents whose entries are missing or insufficient.

use std::collections::{BTreeMap, BTreeSet};

use availability::{AgentCalendar, FreeDays, Interval, SlotIndex};
use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Utc};
use schemas::AgentId;

use super::columns::named;
use super::slot_cache::{Entry, Keys, SlotCache};
use super::slots::{AgentSearch, index_of};
use super::{Snapshot, calendars};
use crate::agent::AgentView;
use crate::slots::offered;
use crate::{AgentRow, OfferedSlot, Page, QueryError};

/// How many days an entry covers: the 14 of a query without a range, the day on which the entry is made, and the next,
/// on which it can still be used.
const DAYS: u8 = 16;

/// How far the clocks of two processes may differ for each to use the other's entries.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Free time by agent, from the cache or just computed.
#[derive(Default)]
struct Known {
    free_days: BTreeMap<AgentId, FreeDays>,
    /// The calendars of agents whose free time was just computed.
    calendars: BTreeMap<AgentId, AgentCalendar>,
}

/// A page, if the free time was enough for it, and new entries for the cache.
#[derive(Default)]
pub(super) struct OfferedFromCache {
    pub(super) page: Option<Page<OfferedSlot>>,
    pub(super) computed: Vec<(String, Vec<u8>)>,
}

impl Snapshot {
    /// The first slots, within the days that entries cover. Only entries of this snapshot's calendars and office are
    /// used.
    pub(super) async fn offered_from_cache(
        &mut self,
        cache: &SlotCache,
        schema: &str,
        asked: &AgentSearch<'_>,
    ) -> Result<OfferedFromCache, QueryError> {
        let question = asked.question;
        let covered = covered_until(asked.now);
        let to = question.to.min(covered);
        if matches!(cache, SlotCache::None) || to <= asked.from {
            return Ok(OfferedFromCache::default());
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
        // A page that the covered days do not fill is searched in the rows instead.
        let page = Some(page).filter(|page| page.next_cursor.is_some() || to == question.to);
        Ok(OfferedFromCache { page, computed })
    }

    /// Computes the free time of these agents from one load of all their rows.
    async fn compute(
        &mut self,
        asked: &AgentSearch<'_>,
        rows: Vec<AgentRow>,
        as_of: DateTime<Utc>,
        known: &mut Known,
    ) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let agent_ids: Vec<AgentId> = rows.iter().map(|row| row.agent_id.clone()).collect();
        // The first day begins up to a day earlier.
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

    /// The first slots before `to`; the rules are checked where the free time leaves it to them.
    async fn offered_among(
        &mut self,
        asked: &AgentSearch<'_>,
        mut known: Known,
        to: DateTime<Utc>,
    ) -> Result<Page<OfferedSlot>, QueryError> {
        let question = crate::SlotSearch { to, ..asked.question.clone() };
        let visited = self.visited_at_property(asked, Interval::new(asked.from, to)).await?;
        let is_doubted = |agent_id: &AgentId, free_days: &FreeDays, until: DateTime<Utc>| {
            visited.contains(agent_id) || free_days.needs_exact_rules(Interval::new(asked.from, until))
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
        let certain = offered(&index, asked.office, &question, asked.now, usize::MAX)?;
        if doubted.is_empty() {
            return Ok(certain);
        }
        // If the page is full without the doubted agents, they matter only up to its end.
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
        offered(&index, asked.office, &question, asked.now, usize::MAX)
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

    /// The agents with appointments at the searched property near the range: two visits there need no travel time
    /// between them.
    async fn visited_at_property(
        &mut self,
        asked: &AgentSearch<'_>,
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

/// How far every usable entry covers: to the end of the last day of one made yesterday.
fn covered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(i64::from(DAYS) - 1)
}
