//! Searches for free slots, from the cache or from the rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use availability::{Interval, SlotIndex};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::AgentId;

use super::load::VersionedAgent;
use super::{PostgresReadModel, Snapshot, calendars, load};
use crate::agent::AgentView;
use crate::budget::{Budget, CostlyQueries};
use crate::index_search::{IndexSearch, Offered};
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::slot_question::SlotQuestion;
use crate::slots::Explained;
use crate::{Answer, Explain, MoveSearch, QueryError, SlotSearch, SlotsAnswer};

/// How many days are searched first, and next if these do not fill a page; then the whole range.
const FIRST_DAYS: [i64; 2] = [7, 28];
/// Neighbouring dates count for daily limits, and local dates differ from those in UTC.
const MARGIN: TimeDelta = TimeDelta::days(2);

/// A slot search, with the office and agents that it needs.
pub(super) struct AgentSearch<'a> {
    pub(super) question: &'a SlotSearch,
    /// The same, with its dates and times of the day read.
    read: &'a SlotQuestion,
    pub(super) office: &'a Arc<OfficeView>,
    /// The appointment that is to be moved, if the search is for that.
    pub(super) moving: Option<Arc<Moving>>,
    agents: &'a [VersionedAgent],
    /// The earliest start that can be on the page.
    pub(super) from: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
}

impl PostgresReadModel {
    pub(crate) async fn slots(
        &self,
        question: &SlotSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        let snapshot = self.snapshot().await?;
        self.slots_of(snapshot, question, None, now).await
    }

    pub(crate) async fn slots_to_move_to(
        &self,
        asked: &MoveSearch,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let id = asked.appointment_id;
        let found = load::appointments(&mut snapshot.transaction, &BTreeSet::from([id])).await?;
        let row = found.into_values().next().ok_or(QueryError::AppointmentNotFound(id))?.row;
        let question = asked.search(&row)?;
        let owner = BTreeSet::from([row.agent_id.clone()]);
        let owner = load::versioned_agents(&mut snapshot.transaction, &owner).await?;
        let owner = owner.into_iter().map(|agent| agent.row).collect();
        let range = Interval::new(row.start, row.end);
        let views = calendars::views(&mut snapshot.transaction, owner, range, now).await?;
        let booking = views.iter().find_map(|view| view.calendar.find_booking(id)).cloned();
        let moving = Arc::new(Moving::new(&row, booking));
        self.slots_of(snapshot, &question, Some(moving), now).await
    }

    async fn slots_of(
        &self,
        mut snapshot: Snapshot,
        question: &SlotSearch,
        moving: Option<Arc<Moving>>,
        now: DateTime<Utc>,
    ) -> Result<Answer<SlotsAnswer>, QueryError> {
        let office = Arc::new(load::office(&mut snapshot.transaction).await?);
        let agents = snapshot.searched_agents(question).await?;
        let zone_of = |agent_id: &AgentId| {
            agents
                .iter()
                .find(|agent| agent.row.agent_id == *agent_id)
                .map(|agent| agent.row.profile.time_zone)
        };
        let question = SlotQuestion::read(question, &office, zone_of, now)?;
        let asked = AgentSearch::new(&question, &office, &agents, moving.clone(), now)?;
        let schema = self.settings.schema();
        let known = snapshot.offered_from_cache(&self.slot_cache, schema, &asked, &self.costly).await?;
        let page = match known.page {
            Some(page) => page,
            None => snapshot.offered(&asked, &self.costly).await?.page,
        };
        let to_explain = match question.search.explain {
            Some(explain) => Some((explain, snapshot.views_to_explain(explain, &asked).await?)),
            None => None,
        };
        // Neither a slow cache nor a long computation must keep the database's connection from others.
        let position = snapshot.end();
        self.slot_cache.share(&known.computed).await;
        let explained = match to_explain {
            Some((explain, views)) => {
                let question = question.clone();
                let answer = move |budget: &mut Budget| {
                    Explained::of(explain, &views, &office, &question, moving.as_deref(), now, budget)
                };
                self.costly.run(answer).await?
            }
            None => Explained::default(),
        };
        Ok(Answer { position, value: SlotsAnswer::new(page, explained) })
    }
}

impl<'a> AgentSearch<'a> {
    fn new(
        read: &'a SlotQuestion,
        office: &'a Arc<OfficeView>,
        agents: &'a [VersionedAgent],
        moving: Option<Arc<Moving>>,
        now: DateTime<Utc>,
    ) -> Result<Self, QueryError> {
        let question = &read.search;
        if moving.is_none() && office.calendar.appointment_type(&question.appointment_type).is_none() {
            return Err(QueryError::UnknownAppointmentType(question.appointment_type.clone()));
        }
        let mut from = question.from.max(now);
        if let Some(Cursor::Slot(seconds, _) | Cursor::Unsearched(seconds)) = question.page.cursor()? {
            from = from.max(DateTime::from_timestamp(seconds, 0).ok_or(QueryError::BadCursor)?);
        }
        Ok(Self { question, read, office, moving, agents, from, now })
    }

    /// The active agents, by id.
    pub(super) fn active(&self) -> impl Iterator<Item = &'a VersionedAgent> {
        self.agents.iter().filter(|agent| agent.row.active)
    }

    /// Its search up to `to`, in this index.
    pub(super) fn search_in(&self, index: SlotIndex<AgentId>, to: DateTime<Utc>) -> IndexSearch {
        let index = match &self.moving {
            Some(moving) => moving.index(index),
            None => index,
        };
        IndexSearch {
            index: Arc::new(index),
            office: Arc::clone(self.office),
            question: SlotQuestion {
                search: SlotSearch { to, ..self.question.clone() },
                windows: self.read.windows.clone(),
                cuts: Arc::clone(&self.read.cuts),
                is_short: self.read.is_short,
            },
            moving: self.moving.clone(),
            now: self.now,
        }
    }

    /// The range of everything that can affect starts in this range. Other bookings' own buffers are in their table.
    pub(super) fn widened(&self, range: Interval) -> Interval {
        let widened = widened(range, self.question, self.office);
        // A longer appointment than its type's reaches further.
        let longer = self.moving.as_ref().map_or(TimeDelta::zero(), |moving| moving.present().length());
        Interval::new(
            widened.start.checked_sub_signed(longer).unwrap_or(widened.start),
            widened.end.checked_add_signed(longer).unwrap_or(widened.end),
        )
    }
}

impl Snapshot {
    /// The agents that the search names, active or not, or else all active ones; by id.
    async fn searched_agents(&mut self, question: &SlotSearch) -> Result<Vec<VersionedAgent>, QueryError> {
        if question.agent_ids.is_empty() {
            return Ok(load::active_agents(&mut self.transaction).await?);
        }
        let agent_ids: BTreeSet<AgentId> = question.agent_ids.iter().cloned().collect();
        let agents = load::versioned_agents(&mut self.transaction, &agent_ids).await?;
        let is_there = |agent_id: &AgentId| agents.iter().any(|agent| agent.row.agent_id == *agent_id);
        match question.agent_ids.iter().find(|agent_id| !is_there(agent_id)) {
            Some(unknown) => Err(QueryError::UnknownAgent(unknown.clone())),
            None => Ok(agents),
        }
    }

    /// The searched agents, with everything that can affect what is to be explained.
    async fn views_to_explain(
        &mut self,
        explain: Explain,
        asked: &AgentSearch<'_>,
    ) -> Result<Vec<Arc<AgentView>>, QueryError> {
        let range = match explain {
            Explain::Start(start) => Interval::new(start, start),
            Explain::Range => Interval::new(asked.question.from, asked.question.to),
        };
        let rows = asked.agents.iter().map(|agent| agent.row.clone()).collect();
        let views = calendars::views(&mut self.transaction, rows, asked.widened(range), asked.now).await?;
        Ok(views.into_iter().map(Arc::new).collect())
    }

    /// The first slots, from an index over no more days than it takes to fill the page.
    async fn offered(
        &mut self,
        asked: &AgentSearch<'_>,
        costly: &CostlyQueries,
    ) -> Result<Offered, QueryError> {
        let AgentSearch { question, office, from, now, ref moving, .. } = *asked;
        let steps = FIRST_DAYS.map(|days| from.checked_add_signed(TimeDelta::days(days)));
        let ends = steps.into_iter().flatten().filter(|end| *end < question.to).chain([question.to]);
        let mut units = costly.max_units();
        for to in ends {
            let range = asked.widened(Interval::new(from, to));
            let mut range = range.intersection(&bookable(question, office, now));
            // It can be handed over at the hour that it has, whatever the horizon is by now.
            if let Some(present) = moving.as_ref().map(|moving| moving.present())
                && (from..to).contains(&present.start)
            {
                let present = asked.widened(present);
                range = Interval::new(range.start.min(present.start), range.end.max(present.end));
            }
            let active = asked.active().map(|agent| agent.row.clone()).collect();
            let views = calendars::views(&mut self.transaction, active, range, now).await?;
            let search = asked.search_in(index_of(views, office), to);
            let offered = search.offered(costly, &mut units).await?;
            if offered.is_settled || to == question.to {
                return Ok(offered);
            }
        }
        unreachable!("the last range is the whole")
    }
}

pub(super) fn index_of(views: Vec<AgentView>, office: &OfficeView) -> SlotIndex<AgentId> {
    let mut index = SlotIndex::new(office.calendar.clone());
    for view in views {
        index.insert_agent(view.row.agent_id, view.calendar);
    }
    index
}

fn widened(range: Interval, question: &SlotSearch, office: &OfficeView) -> Interval {
    let minutes = |minutes: u16| TimeDelta::minutes(i64::from(minutes));
    let reach =
        office.calendar.appointment_type(&question.appointment_type).map_or(TimeDelta::zero(), |kind| {
            let apart = kind
                .buffer_before_minutes
                .max(kind.buffer_after_minutes)
                .max(office.calendar.travel_minutes());
            minutes(kind.duration_minutes) + minutes(apart)
        });
    let by = reach + MARGIN;
    Interval::new(
        range.start.checked_sub_signed(by).unwrap_or(range.start),
        range.end.checked_add_signed(by).unwrap_or(range.end),
    )
}

/// The range that can affect bookable slots: none is offered beyond the type's horizon.
fn bookable(question: &SlotSearch, office: &OfficeView, now: DateTime<Utc>) -> Interval {
    let horizon_days = office
        .calendar
        .appointment_type(&question.appointment_type)
        .map_or(0, |kind| i64::from(kind.horizon_days));
    let last = now.checked_add_signed(TimeDelta::days(horizon_days) + MARGIN).unwrap_or(now);
    widened(Interval::new(now, last), question, office)
}
