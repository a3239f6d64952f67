use std::sync::Arc;

use availability::{Finding, SlotQuery, SlotRequest, check, explain, slots, zone};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Serialize, Serializer};

use crate::agent::AgentView;
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::summary::{SlotsSummary, summary_of};
use crate::{Limit, Page, PageRequest, QueryError};

/// How many agents are looked at before other tasks get their turn.
const AGENTS_AT_A_TIME: usize = 64;

/// What someone would like to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotsQuestion {
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// The first instant that is too late a start.
    pub to: DateTime<Utc>,
    /// With whom; empty = any active agent.
    pub agent_ids: Vec<AgentId>,
    /// The property it would be about, whose open houses are then offered too.
    pub property_id: Option<PropertyId>,
    /// For whom; this lead's own holds then do not stand in the way.
    pub lead_id: Option<LeadId>,
    /// The zone of the wall clock in the answer; none = the office's.
    pub zone: Option<Tz>,
    /// What the answer shall give reasons for.
    pub explain: Option<Explain>,
    /// Which page.
    pub page: PageRequest,
}

/// What reasons are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// Of one start: everything that speaks against it.
    Start(DateTime<Utc>),
    /// Of the whole range: how many starts each rule takes away.
    Range,
}

/// A time that is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferedSlot {
    /// With whom.
    pub agent_id: AgentId,
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// `start` on the wall clock of `zone`, `YYYY-MM-DDTHH:MM`.
    #[serde(serialize_with = "to_the_minute")]
    pub local: NaiveDateTime,
    /// The day of `local`, in the office's language.
    pub weekday: &'static str,
    /// The zone of `local`.
    pub zone: Tz,
    /// How many more fit in.
    pub remaining: u16,
}

/// What speaks for and against one start with one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotExplanation {
    /// With whom.
    pub agent_id: AgentId,
    /// Whether the agent takes appointments at all.
    pub active: bool,
    /// From when.
    pub start: DateTime<Utc>,
    /// `start` on the wall clock of `zone`.
    #[serde(serialize_with = "to_the_minute")]
    pub local: NaiveDateTime,
    /// The zone of `local`.
    pub zone: Tz,
    /// Whether it can be booked.
    pub available: bool,
    /// How many more fit in, if any.
    pub remaining: u16,
    /// Every rule that speaks against it.
    pub findings: Vec<Finding>,
}

/// Free slots, and why a start asked about is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotsAnswer<Item = OfferedSlot> {
    /// Earliest first, then by agent id.
    #[serde(flatten)]
    pub slots: Page<Item>,
    /// One for each agent asked about, if a start was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanations: Option<Vec<SlotExplanation>>,
    /// One for each agent asked about, if the range was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summaries: Option<Vec<SlotsSummary>>,
}

impl<Item> SlotsAnswer<Item> {
    /// The same answer with something else for every slot.
    pub fn map<To>(self, to: impl FnMut(Item) -> To) -> SlotsAnswer<To> {
        SlotsAnswer { slots: self.slots.map(to), explanations: self.explanations, summaries: self.summaries }
    }
}

fn to_the_minute<S: Serializer>(local: &NaiveDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&local.format("%Y-%m-%dT%H:%M"))
}

/// `agents` are those asked about, by id.
pub(crate) async fn slots_of(
    agents: &[Arc<AgentView>],
    office: &OfficeView,
    question: &SlotsQuestion,
    now: DateTime<Utc>,
) -> Result<SlotsAnswer, QueryError> {
    if office.calendar.appointment_type(&question.appointment_type).is_none() {
        return Err(QueryError::UnknownAppointmentType(question.appointment_type.clone()));
    }
    let page = offered(agents, office, question, now).await?;
    let explanations = match question.explain {
        Some(Explain::Start(start)) => {
            Some(agents.iter().map(|agent| explanation(agent, office, question, start, now)).collect())
        }
        _ => None,
    };
    let summaries = match question.explain {
        Some(Explain::Range) => Some(summaries(agents, office, question, now).await),
        _ => None,
    };
    Ok(SlotsAnswer { slots: page, explanations, summaries })
}

async fn summaries(
    agents: &[Arc<AgentView>],
    office: &OfficeView,
    question: &SlotsQuestion,
    now: DateTime<Utc>,
) -> Vec<SlotsSummary> {
    let mut summaries = Vec::with_capacity(agents.len());
    for agent in agents {
        summaries.push(summary_of(agent, office, question, now));
        tokio::task::yield_now().await;
    }
    summaries
}

/// Looks at a day first, then at twice as long a stretch each time, so that a full page costs what is in it.
async fn offered(
    agents: &[Arc<AgentView>],
    office: &OfficeView,
    question: &SlotsQuestion,
    now: DateTime<Utc>,
) -> Result<Page<OfferedSlot>, QueryError> {
    let limit: Limit = question.page.limit;
    let after = match question.page.cursor()? {
        None => None,
        Some(Cursor::Slot(start, agent_id)) => {
            let start = DateTime::from_timestamp(start, 0).ok_or(QueryError::BadCursor)?;
            Some((start, agent_id))
        }
        Some(_) => return Err(QueryError::BadCursor),
    };
    let zone = question.zone.unwrap_or_else(|| office.time_zone());
    let language = office.language();
    let mut from = after.as_ref().map_or(question.from, |(start, _)| question.from.max(*start)).max(now);
    let mut stretch = TimeDelta::days(1);
    let mut found = Vec::new();
    while from < question.to && found.len() <= limit.get() {
        let to = from.checked_add_signed(stretch).map_or(question.to, |to| to.min(question.to));
        let query = SlotQuery {
            appointment_type: &question.appointment_type,
            from,
            to,
            property_id: question.property_id.as_ref(),
            lead_id: question.lead_id.as_ref(),
            // One more says that there is another page, and one may be the cursor's own.
            limit: limit.get() + 2,
        };
        let mut in_stretch = Vec::new();
        for some in agents.chunks(AGENTS_AT_A_TIME) {
            for agent in some.iter().filter(|agent| agent.row.active) {
                let free = slots(&agent.calendar, &office.calendar, &query, now);
                in_stretch.extend(free.into_iter().map(|slot| (slot.start, &agent.row.agent_id, slot)));
            }
            tokio::task::yield_now().await;
        }
        in_stretch.sort_unstable_by_key(|(start, agent_id, _)| (*start, *agent_id));
        let not_seen = in_stretch.into_iter().filter(|(start, agent_id, _)| {
            after.as_ref().is_none_or(|(last, seen)| (last, seen) < (start, *agent_id))
        });
        found.extend(not_seen.map(|(start, agent_id, slot)| {
            let local = zone::local(zone, start);
            OfferedSlot {
                agent_id: agent_id.clone(),
                appointment_type: question.appointment_type.clone(),
                start,
                end: slot.end,
                local,
                weekday: language.weekday(local.weekday()),
                zone,
                remaining: slot.remaining,
            }
        }));
        from = to;
        stretch = stretch * 2;
    }
    Ok(Page::cut(found, limit, |slot| Cursor::Slot(slot.start.timestamp(), slot.agent_id.clone())))
}

fn explanation(
    agent: &AgentView,
    office: &OfficeView,
    question: &SlotsQuestion,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SlotExplanation {
    let request = SlotRequest {
        appointment_type: &question.appointment_type,
        start,
        property_id: question.property_id.as_ref(),
        lead_id: question.lead_id.as_ref(),
        moving: None,
    };
    let zone = question.zone.unwrap_or_else(|| office.time_zone());
    let free = check(&agent.calendar, &office.calendar, &request, now).ok();
    SlotExplanation {
        agent_id: agent.row.agent_id.clone(),
        active: agent.row.active,
        start,
        local: zone::local(zone, start),
        zone,
        available: agent.row.active && free.is_some(),
        remaining: free.map_or(0, |slot| slot.remaining),
        findings: explain(&agent.calendar, &office.calendar, &request, now),
    }
}
