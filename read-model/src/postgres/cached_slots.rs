//! Slots from cached free time; rows are loaded only of agents whose entries are missing or insufficient.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use availability::{AgentCalendar, FreeDays, Interval, SlotIndex};
use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Utc};
use schemas::{AgentId, AppointmentTypeCode};

use super::columns::named;
use super::load::VersionedAgent;
use super::slot_cache::{Claimed, Entry, Keys, SlotCache, Version};
use super::slots::{AgentSearch, index_of};
use super::{Snapshot, calendars};
use crate::agent::AgentView;
use crate::budget::{Budget, CostlyQueries};
use crate::index_search::Offered;
use crate::office::OfficeView;
use crate::{AgentRow, OfferedSlot, Page, QueryError};

/// How many days an entry covers: the 14 of a query without a range, the day on which the entry is made, and the next,
/// on which it can still be used.
const DAYS: u8 = 16;

/// How far the clocks of two processes may differ for each to use the other's entries.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Computing for no more agents than this is quick enough to be done where it is asked.
const FEW: usize = 20;

/// How often a query waits for others who compute what it misses. After that it computes everything itself.
const MAX_WAITS: u32 = 3;

/// Free time by agent, from the cache or just computed.
#[derive(Default)]
struct Known {
    free_days: BTreeMap<AgentId, FreeDays>,
    /// The calendars of agents whose free time was just computed.
    calendars: BTreeMap<AgentId, AgentCalendar>,
    /// New entries, for other processes.
    computed: Vec<(String, Vec<u8>)>,
}

/// A page, if the free time was enough for it, and new entries for the cache.
#[derive(Default)]
pub(super) struct OfferedFromCache {
    pub(super) page: Option<Page<OfferedSlot>>,
    pub(super) computed: Vec<(String, Vec<u8>)>,
}

/// An agent, and the key of its entry.
type Keyed<'a> = (&'a VersionedAgent, String);

impl Snapshot {
    /// The first slots, within the days that entries cover. Only entries of this snapshot's calendars and office are
    /// used, and none for an appointment that is to be moved: they have it where it is.
    pub(super) async fn offered_from_cache(
        &mut self,
        cache: &SlotCache,
        schema: &str,
        asked: &AgentSearch<'_>,
        costly: &CostlyQueries,
    ) -> Result<OfferedFromCache, QueryError> {
        let question = asked.question;
        let to = question.to.min(covered_until(asked.now));
        if matches!(cache, SlotCache::None) || asked.moving.is_some() || to <= asked.from {
            return Ok(OfferedFromCache::default());
        }
        let mut known = self.free_days(cache, schema, asked, costly).await?;
        let computed = std::mem::take(&mut known.computed);
        let offered = self.offered_among(asked, known, to, costly).await?;
        // A page that the covered days do not settle is searched in the rows instead.
        let is_settled = offered.is_settled || to == question.to;
        let page = is_settled.then_some(offered.page);
        Ok(OfferedFromCache { page, computed })
    }

    /// The free time of every agent: from the cache, or computed here or by another query of this process.
    async fn free_days(
        &mut self,
        cache: &SlotCache,
        schema: &str,
        asked: &AgentSearch<'_>,
        costly: &CostlyQueries,
    ) -> Result<Known, QueryError> {
        let keys = Keys::new(schema, self.tables_id, &asked.question.appointment_type);
        let mut missing: Vec<Keyed<'_>> =
            asked.active().map(|agent| (agent, keys.of(&agent.row.agent_id))).collect();
        let mut known = Known::default();
        for waits in 0.. {
            let found = cache.find(&names(&missing), self.usable(asked, &missing)).await;
            take_found(found, &mut missing, &mut known);
            if missing.is_empty() {
                break;
            }
            let versions: Vec<Version> = missing
                .iter()
                .map(|(agent, key)| (key.clone(), agent.calendar_position, self.office_position))
                .collect();
            let claimed = if waits < MAX_WAITS { cache.claim(&versions) } else { Claimed::all(&versions) };
            let mut is_ours = claimed.is_ours.iter();
            let (mut ours, others): (Vec<Keyed<'_>>, Vec<Keyed<'_>>) =
                missing.into_iter().partition(|_| is_ours.next() == Some(&true));
            // Another query may have ended between the look and the claim.
            let found = cache.recall(&names(&ours), self.usable(asked, &ours));
            take_found(found, &mut ours, &mut known);
            let entries = self.compute(asked, ours, costly, &mut known).await?;
            cache.keep(&entries);
            known.computed.extend(entries);
            claimed.wait_for_others().await;
            missing = others;
        }
        Ok(known)
    }

    /// Reads the bytes under the key of one of these agents, if they are of this snapshot's calendar and office.
    fn usable<'b>(
        &self,
        asked: &AgentSearch<'_>,
        agents: &'b [Keyed<'_>],
    ) -> impl Fn(&str, &[u8]) -> Option<FreeDays> + use<'b> {
        let (now, covered, office_position) = (asked.now, covered_until(asked.now), self.office_position);
        let positions: HashMap<&str, u64> =
            agents.iter().map(|(agent, key)| (key.as_str(), agent.calendar_position)).collect();
        move |key, bytes| {
            let entry = Entry::try_from_bytes(key, bytes)?;
            let is_usable = positions.get(key) == Some(&entry.calendar_position)
                && entry.office_position == office_position
                && entry.as_of <= now
                && covered <= entry.free_days.range().end;
            is_usable.then_some(entry.free_days)
        }
    }

    /// Computes the free time of these agents from one load of all their rows. Returns the entries to keep.
    async fn compute(
        &mut self,
        asked: &AgentSearch<'_>,
        agents: Vec<Keyed<'_>>,
        costly: &CostlyQueries,
        known: &mut Known,
    ) -> Result<Vec<(String, Vec<u8>)>, QueryError> {
        if agents.is_empty() {
            return Ok(Vec::new());
        }
        let as_of = (asked.now - SKEW).trunc_subsecs(0);
        // The first day begins up to a day earlier.
        let days = Interval::new(as_of - TimeDelta::days(1), as_of + TimeDelta::days(i64::from(DAYS)));
        let rows = agents.iter().map(|(agent, _)| agent.row.clone()).collect();
        let views = calendars::views(&mut self.transaction, rows, asked.widened(days), as_of).await?;
        let (office, code) = (Arc::clone(asked.office), asked.question.appointment_type.clone());
        let few = views.len() <= FEW;
        let compute = move |budget: &mut Budget| free_days_of(views, &office, &code, as_of, budget);
        let mut computed = if few { compute(&mut costly.budget())? } else { costly.run(compute).await? };
        let mut entries = Vec::with_capacity(agents.len());
        for (agent, key) in agents {
            let agent_id = &agent.row.agent_id;
            let Some((free_days, calendar)) = computed.remove(agent_id) else { continue };
            let entry = Entry {
                position: self.position,
                as_of,
                calendar_position: agent.calendar_position,
                office_position: self.office_position,
                free_days: free_days.clone(),
            };
            known.free_days.insert(agent_id.clone(), free_days);
            known.calendars.insert(agent_id.clone(), calendar);
            entries.extend(entry.to_bytes(&key).map(|bytes| (key, bytes)));
        }
        Ok(entries)
    }

    /// The first slots before `to`; the rules are checked where the free time leaves it to them.
    async fn offered_among(
        &mut self,
        asked: &AgentSearch<'_>,
        mut known: Known,
        to: DateTime<Utc>,
        costly: &CostlyQueries,
    ) -> Result<Offered, QueryError> {
        let mut units = costly.max_units();
        let visited = self.visited_at_property(asked, Interval::new(asked.from, to)).await?;
        let is_doubted = |agent_id: &AgentId, free_days: &FreeDays, until: DateTime<Utc>| {
            visited.contains(agent_id) || free_days.needs_exact_rules(Interval::new(asked.from, until))
        };
        let mut index = SlotIndex::new(asked.office.calendar.clone());
        let code = &asked.question.appointment_type;
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
        let search = asked.search_in(index, to);
        let certain = search.offered(costly, &mut units).await?;
        if doubted.is_empty() {
            return Ok(certain);
        }
        // If the page is full without the doubted agents, they matter only up to its end. A page that its budget has
        // ended before it was full has no such end.
        let is_full = certain.is_settled && search.is_full(&certain.page);
        let last = certain.page.items.last().filter(|_| is_full);
        let mut index = Arc::unwrap_or_clone(search.index);
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
        asked.search_in(index, to).offered(costly, &mut units).await
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

fn names(agents: &[Keyed<'_>]) -> Vec<String> {
    agents.iter().map(|(_, key)| key.clone()).collect()
}

/// Moves what was found into `known`, and leaves the agents for whom nothing was.
fn take_found(found: Vec<Option<FreeDays>>, agents: &mut Vec<Keyed<'_>>, known: &mut Known) {
    let mut found = found.into_iter();
    agents.retain(|(agent, _)| match found.next().flatten() {
        Some(free_days) => {
            known.free_days.insert(agent.row.agent_id.clone(), free_days);
            false
        }
        None => true,
    });
}

/// How far every usable entry covers: to the end of the last day of one made yesterday.
fn covered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(i64::from(DAYS) - 1)
}

/// An agent's free time, and the calendar that it follows from.
type Computed = (FreeDays, AgentCalendar);

fn free_days_of(
    views: Vec<AgentView>,
    office: &OfficeView,
    code: &AppointmentTypeCode,
    as_of: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<BTreeMap<AgentId, Computed>, QueryError> {
    let agent_ids: Vec<AgentId> = views.iter().map(|view| view.row.agent_id.clone()).collect();
    let mut index = index_of(views, office);
    let mut computed = BTreeMap::new();
    for agent_id in agent_ids {
        // It costs nothing of the budget, as it is kept for others, but ends if nobody waits for it.
        budget.spend(0)?;
        let free_days = index.free_days(&agent_id, code, as_of, DAYS);
        let free_days = free_days.expect("the type is in use, and the agent in it");
        let calendar = index.remove_agent(&agent_id).expect("each is in it once");
        computed.insert(agent_id, (free_days, calendar));
    }
    Ok(computed)
}
