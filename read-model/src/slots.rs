//! Free slots as queries return them, and why other starts are not free.

use std::sync::Arc;

use availability::{
    Finding, Searched, Slot, SlotIndex, SlotQuery, SlotRequest, check, check_held, explain, explain_held,
    zone,
};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode};
use serde::Serialize;

use crate::agent::AgentView;
use crate::budget::{Budget, CostlyQueries, OF_A_START};
use crate::calendar::recurring_blocks;
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::summary::{SlotsSummary, summary_of};
use crate::timestamp::{instant, to_the_minute};
use crate::{Explain, Limit, Page, QueryError, SlotSearch};

/// A free slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OfferedSlot {
    /// The agent.
    pub agent_id: AgentId,
    /// The appointment type.
    pub appointment_type: AppointmentTypeCode,
    /// The start.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "DateTime<Utc>")]
    pub start: DateTime<Utc>,
    /// The end.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "DateTime<Utc>")]
    pub end: DateTime<Utc>,
    /// `start` in local time of `zone`, `YYYY-MM-DDTHH:MM`.
    #[serde(serialize_with = "to_the_minute")]
    #[schemars(with = "String")]
    pub local: NaiveDateTime,
    /// The weekday of `local`, in the office's language.
    pub weekday: &'static str,
    /// The zone of `local`.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// How many more appointments the slot has room for.
    pub remaining: u16,
}

/// Whether one start can be booked with one agent, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SlotExplanation {
    /// The agent.
    pub agent_id: AgentId,
    /// Whether the agent takes appointments at all.
    pub active: bool,
    /// The start.
    pub start: DateTime<Utc>,
    /// `start` in local time of `zone`.
    #[serde(serialize_with = "to_the_minute")]
    #[schemars(with = "String")]
    pub local: NaiveDateTime,
    /// The zone of `local`.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// Whether it can be booked.
    pub available: bool,
    /// How many more appointments the slot has room for.
    pub remaining: u16,
    /// Every rule that speaks against it.
    pub findings: Vec<Finding>,
}

/// Free slots and, on request, why other starts are not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SlotsAnswer<Item = OfferedSlot> {
    /// Earliest first, then by agent id.
    #[serde(flatten)]
    pub slots: Page<Item>,
    /// One for each agent searched, if a start is to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanations: Option<Vec<SlotExplanation>>,
    /// One for each agent searched, if the range is to be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summaries: Option<Vec<SlotsSummary>>,
}

impl<Item> SlotsAnswer<Item> {
    /// Maps every slot and keeps the rest of the answer.
    pub fn map<To>(self, to: impl FnMut(Item) -> To) -> SlotsAnswer<To> {
        SlotsAnswer { slots: self.slots.map(to), explanations: self.explanations, summaries: self.summaries }
    }
}

/// What an answer explains about starts that are not free.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    explanations: Option<Vec<SlotExplanation>>,
    summaries: Option<Vec<SlotsSummary>>,
}

impl Explained {
    /// `agents` are sorted by id.
    pub(crate) fn of(
        explain: Explain,
        agents: &[Arc<AgentView>],
        office: &OfficeView,
        question: &SlotSearch,
        moving: Option<&Moving>,
        now: DateTime<Utc>,
        budget: &mut Budget,
    ) -> Result<Self, QueryError> {
        let mut explained = Self::default();
        for agent in agents {
            match explain {
                Explain::Start(start) => {
                    budget.spend(OF_A_START + recurring_blocks(&agent.calendar, &office.calendar))?;
                    let explanation = explanation(agent, office, question, moving, start, now);
                    explained.explanations.get_or_insert_default().push(explanation);
                }
                Explain::Range => {
                    let summary = summary_of(agent, office, question, moving, now, budget)?;
                    explained.summaries.get_or_insert_default().push(summary);
                }
            }
        }
        Ok(explained)
    }
}

impl SlotsAnswer {
    pub(crate) fn new(slots: Page<OfferedSlot>, explained: Explained) -> Self {
        Self { slots, explanations: explained.explanations, summaries: explained.summaries }
    }
}

/// What a search may cost on a thread that serves requests: some 10 ms.
const QUICK: usize = 50_000;

/// A search in an index over the active agents.
#[derive(Debug, Clone)]
pub(crate) struct IndexSearch {
    pub(crate) index: Arc<SlotIndex<AgentId>>,
    pub(crate) office: Arc<OfficeView>,
    pub(crate) question: SlotSearch,
    /// The appointment that is to be moved, if the search is for that; `index` is then [`Moving::index`].
    pub(crate) moving: Option<Arc<Moving>>,
    pub(crate) now: DateTime<Utc>,
}

impl IndexSearch {
    /// The page of free slots: here if that is quick, or else on a thread of its own. Takes what it costs from `units`.
    /// A search that costs more than that ends with a page that is not full, or empty, and has a next one.
    pub(crate) async fn offered(
        &self,
        costly: &CostlyQueries,
        units: &mut usize,
    ) -> Result<Page<OfferedSlot>, QueryError> {
        let quick = QUICK.min(*units);
        let mut left = quick;
        let page = self.page(&mut |cost| match left.checked_sub(cost) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })?;
        if page.next_cursor.is_none() || self.is_full(&page) {
            *units -= quick - left;
            return Ok(page);
        }
        let (search, most) = (self.clone(), *units);
        let search = move |budget: &mut Budget| {
            budget.at_most(most);
            let page = search.page(&mut budget.days())?;
            Ok((page, budget.left()))
        };
        let (page, left) = costly.run(search).await?;
        *units = left;
        Ok(page)
    }

    /// Whether the page has as many slots as were asked for. Otherwise nothing is free later, or it was not looked at.
    pub(crate) fn is_full(&self, page: &Page<OfferedSlot>) -> bool {
        page.items.len() == self.question.page.limit.get()
    }

    fn page(&self, allow: &mut dyn FnMut(usize) -> bool) -> Result<Page<OfferedSlot>, QueryError> {
        offered(self, allow)
    }
}

/// Whether a search may cost so much more.
type Allow<'a> = &'a mut dyn FnMut(usize) -> bool;

/// The page of free slots. For `allow`, see [`SlotIndex::slots_within`].
fn offered(
    IndexSearch { index, office, question, moving, now }: &IndexSearch,
    allow: &mut dyn FnMut(usize) -> bool,
) -> Result<Page<OfferedSlot>, QueryError> {
    let now = *now;
    // At the hour that it has, an appointment of a retired type can still be handed over.
    if moving.is_none() && office.calendar.appointment_type(&question.appointment_type).is_none() {
        return Err(QueryError::UnknownAppointmentType(question.appointment_type.clone()));
    }
    let limit: Limit = question.page.limit;
    let from = question.from.max(now);
    let asked = |agent_id: &AgentId| question.agent_ids.is_empty() || question.agent_ids.contains(agent_id);
    let free = |from: DateTime<Utc>, to: DateTime<Utc>, seen: Option<&AgentId>, allow: Allow<'_>| {
        let query = SlotQuery {
            appointment_type: &question.appointment_type,
            from,
            to,
            property_id: question.property_id.as_ref(),
            lead_id: question.lead_id.as_ref(),
            // One more shows that there is another page.
            limit: limit.get() + 1,
        };
        let not_seen = |agent_id: &AgentId| seen.is_none_or(|seen| seen < agent_id);
        let wanted = |agent_id: &AgentId| asked(agent_id) && not_seen(agent_id);
        let searched = match &question.agent_ids[..] {
            [agent_id] if seen.is_none() => Searched::One(agent_id),
            _ => Searched::Each(&wanted),
        };
        let found = index.slots_within(&searched, &query, now, allow);
        let slots = found.slots.into_iter().map(|found| (found.agent.clone(), found.slot));
        (slots.collect::<Vec<_>>(), found.searched_until)
    };
    let mut search = |from: DateTime<Utc>, to: DateTime<Utc>, seen: Option<&AgentId>| {
        let present = moving.as_ref().map(|moving| (moving, moving.present().start));
        let Some((moving, present)) = present.filter(|(_, present)| from <= *present && *present < to) else {
            return free(from, to, seen, allow);
        };
        let (mut found, searched_until) = free(from, present, seen, allow);
        if searched_until.is_some() || found.len() > limit.get() {
            return (found, searched_until);
        }
        let agents = || {
            let wanted = index.agents().filter(|(agent_id, _)| asked(agent_id));
            wanted.filter(|(agent_id, _)| seen.is_none_or(|seen| seen < *agent_id))
        };
        let cost = |(_, calendar)| OF_A_START + recurring_blocks(calendar, &office.calendar);
        if !allow(agents().map(cost).sum()) {
            return (found, Some(present));
        }
        found.extend(
            agents().filter_map(|(agent_id, _)| {
                Some((agent_id.clone(), moving.handed_over(index, agent_id, now)?))
            }),
        );
        let next = present.checked_add_signed(TimeDelta::seconds(1)).map_or(to, |next| next.min(to));
        let (later, searched_until) = free(next, to, seen, allow);
        found.extend(later);
        (found, searched_until)
    };
    let (mut found, searched_until) = match question.page.cursor()? {
        None => search(from, question.to, None),
        Some(Cursor::Unsearched(start)) => {
            let start = DateTime::from_timestamp(start, 0).ok_or(QueryError::BadCursor)?;
            search(from.max(start), question.to, None)
        }
        Some(Cursor::Slot(start, seen)) => {
            let start = DateTime::from_timestamp(start, 0).ok_or(QueryError::BadCursor)?;
            // First other agents' slots at the same start, then later ones.
            let next = start.checked_add_signed(TimeDelta::seconds(1)).ok_or(QueryError::BadCursor)?;
            let mut found =
                if from <= start { search(start, next.min(question.to), Some(&seen)).0 } else { Vec::new() };
            let (later, searched_until) = search(from.max(next), question.to, None);
            found.extend(later);
            (found, searched_until)
        }
        Some(_) => return Err(QueryError::BadCursor),
    };
    found.truncate(limit.get() + 1);
    Ok(page_of(found, searched_until, office, question))
}

/// The page with the slots found, which are one more than its limit if there is a next one.
fn page_of(
    found: Vec<(AgentId, Slot)>,
    searched_until: Option<DateTime<Utc>>,
    office: &OfficeView,
    question: &SlotSearch,
) -> Page<OfferedSlot> {
    let limit = question.page.limit;
    let zone = question.zone.unwrap_or_else(|| office.time_zone());
    let language = office.language();
    let offered = found.into_iter().map(|(agent_id, slot)| {
        let local = zone::local(zone, slot.start);
        OfferedSlot {
            agent_id,
            appointment_type: question.appointment_type.clone(),
            start: slot.start,
            end: slot.end,
            local,
            weekday: language.weekday(local.weekday()),
            zone,
            remaining: slot.remaining,
        }
    });
    let mut page = Page::cut(offered.collect(), limit, |slot: &OfferedSlot| {
        Cursor::Slot(slot.start.timestamp(), slot.agent_id.clone())
    });
    if let Some(until) = searched_until
        && page.next_cursor.is_none()
    {
        page.next_cursor = Some(Cursor::Unsearched(until.timestamp()).encode());
    }
    page
}

fn explanation(
    agent: &AgentView,
    office: &OfficeView,
    question: &SlotSearch,
    moving: Option<&Moving>,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SlotExplanation {
    let request = SlotRequest {
        appointment_type: &question.appointment_type,
        start,
        property_id: question.property_id.as_ref(),
        lead_id: question.lead_id.as_ref(),
        moving: None,
        duration_minutes: None,
    };
    let zone = question.zone.unwrap_or_else(|| office.time_zone());
    let (calendar, office_calendar) = (&agent.calendar, &office.calendar);
    // A slot that the lead holds can be taken although a rule that passes by time speaks against it by now.
    let own_hold = question
        .lead_id
        .as_ref()
        .and_then(|lead_id| calendar.own_hold(lead_id, &question.appointment_type, start, now));
    let (free, findings) = match (moving, own_hold) {
        (Some(moving), _) => moving.judge((&agent.row.agent_id, calendar), office, start, now),
        (None, Some(hold)) => (
            check_held(calendar, office_calendar, hold, &request, now).ok(),
            explain_held(calendar, office_calendar, hold, &request, now),
        ),
        (None, None) => (
            check(calendar, office_calendar, &request, now).ok(),
            explain(calendar, office_calendar, &request, now),
        ),
    };
    SlotExplanation {
        agent_id: agent.row.agent_id.clone(),
        active: agent.row.active,
        start,
        local: zone::local(zone, start),
        zone,
        available: agent.row.active && free.is_some(),
        remaining: free.map_or(0, |slot| slot.remaining),
        findings,
    }
}
