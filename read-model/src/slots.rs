//! Free slots as queries return them, and why other starts are not free.

use std::sync::Arc;

use availability::timestamp::instant;
use availability::{Finding, Slot, SlotRequest, TimeText, check, check_held, explain, explain_held};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode};
use serde::Serialize;

use crate::agent::AgentView;
use crate::budget::{Budget, OF_A_START};
use crate::calendar::recurring_blocks;
use crate::moving::Moving;
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::slot_question::SlotQuestion;
use crate::summary::{SlotsSummary, summary_of};
use crate::{Explain, Page, QueryError, Shown, SlotSearch};

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
    /// Its time in the zone that was asked for, or else the office's.
    #[serde(flatten)]
    pub time: TimeText,
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
    /// The start in the zone that was asked for, or else the office's.
    #[serde(flatten)]
    pub time: TimeText,
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
        question: &SlotQuestion,
        moving: Option<&Moving>,
        now: DateTime<Utc>,
        budget: &mut Budget,
    ) -> Result<Self, QueryError> {
        let mut explained = Self::default();
        for agent in agents {
            match explain {
                Explain::Start(start) => {
                    budget.spend(OF_A_START + recurring_blocks(&agent.calendar, &office.calendar))?;
                    let explanation = explanation(agent, office, &question.search, moving, start, now);
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

/// The page with the slots found, which are one more than its limit if there is a next one.
pub(crate) fn page_of(
    found: Vec<(AgentId, Slot)>,
    searched_until: Option<DateTime<Utc>>,
    office: &OfficeView,
    question: &SlotSearch,
) -> Page<OfferedSlot> {
    let limit = question.page.limit;
    let zone = question.zone.unwrap_or_else(|| office.time_zone());
    let wording = office.wording();
    let mut times = wording.writer(zone);
    let offered = found.into_iter().map(|(agent_id, slot)| OfferedSlot {
        agent_id,
        appointment_type: question.appointment_type.clone(),
        start: slot.start,
        end: slot.end,
        time: times.time(slot.start, slot.end),
        remaining: slot.remaining,
    });
    let mut page = Page::cut(offered.collect(), limit, |slot: &OfferedSlot| match question.starts.shown {
        Shown::OnePerStart => Cursor::Unsearched(slot.start.timestamp() + 1),
        Shown::All | Shown::Spread => Cursor::Slot(slot.start.timestamp(), slot.agent_id.clone()),
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
        time: office.wording().instant(start, zone),
        available: agent.row.active && free.is_some(),
        remaining: free.map_or(0, |slot| slot.remaining),
        findings,
    }
}
