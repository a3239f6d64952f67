//! What one agent's calendar holds between two instants, and when the agent is free and busy.

use availability::{
    AgentCalendar, Conflict, ExternalBusy, Hold, Interval, Localized, OfficeCalendar, Wording,
    block_occurrences, busy, free, hours,
};
use calendar_fold::before;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::Block;
use schemas::{AgentId, BusyId, Metadata};
use serde::Serialize;

use crate::agent::AgentView;
use crate::budget::{Budget, OF_AN_APPOINTMENT, OF_AN_OCCURRENCE};
use crate::conflict::conflict;
use crate::office::OfficeView;
use crate::{AppointmentRow, QueryError};

/// How long bookings, holds and external busy time are kept after they end: enough to show the last month.
pub(crate) const KEPT_PAST_DAYS: i64 = 62;

/// What ended by this instant is dropped, when an event with this metadata is applied. No wrong clock drops what is still
/// to come: it would be offered again.
pub(crate) fn forget_before(metadata: &Metadata) -> DateTime<Utc> {
    long_before(metadata.lowest_clock())
}

/// The instant so long before this one that what ended by then is dropped.
pub(crate) fn long_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    before(instant, TimeDelta::days(KEPT_PAST_DAYS))
}

/// One agent's calendar between two instants.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgentCalendarAnswer {
    /// The agent.
    pub agent_id: AgentId,
    /// The time zone of the agent's hours.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// The start.
    pub from: DateTime<Utc>,
    /// The end.
    pub to: DateTime<Utc>,
    /// Appointments that overlap the range and are not cancelled, earliest first.
    pub appointments: Vec<Localized<AppointmentRow>>,
    /// Blocks that take effect in the range: the agent's, then the office's.
    pub blocks: Vec<CalendarBlock>,
    /// The hours, for any appointment type.
    pub hours: Vec<Interval>,
    /// Busy times from external calendars.
    pub external_busy: Vec<ExternalBusyRow>,
    /// Live holds that overlap the range.
    pub holds: Vec<Localized<Hold>>,
    /// Of the appointments that are still to be, those that no longer fit into the calendar.
    pub conflicts: Vec<Conflict>,
}

/// A busy time from an external calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExternalBusyRow {
    /// Its id in the external calendar.
    pub busy_id: BusyId,
    /// The external calendar.
    pub source: String,
    /// The start.
    pub start: DateTime<Utc>,
    /// The end.
    pub end: DateTime<Utc>,
}

/// A block with the times at which it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CalendarBlock {
    /// Whether it is the agent's or the office's.
    pub owner: BlockOwner,
    /// The block.
    #[serde(flatten)]
    pub block: Block,
    /// Its occurrences that overlap the range, at full length: whole days in the agent's zone, moved ones where they were
    /// moved to, and without those that were left out.
    pub occurrences: Vec<Interval>,
}

/// Who a block applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockOwner {
    /// The one agent.
    Agent,
    /// Every agent, or some.
    Office,
}

/// When an agent is free and busy between two instants, whatever a type's grid, notice and limits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AvailabilityAnswer {
    /// The agent.
    pub agent_id: AgentId,
    /// The time zone of the agent's hours.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// The start.
    pub from: DateTime<Utc>,
    /// The end.
    pub to: DateTime<Utc>,
    /// Hours less everything that takes time, buffers included.
    pub free: Vec<Interval>,
    /// Blocks, external busy time, appointments and live holds, merged.
    pub busy: Vec<Interval>,
}

pub(crate) fn calendar_of(
    view: &AgentView,
    office: &OfficeView,
    appointments: Vec<AppointmentRow>,
    range: Interval,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<AgentCalendarAnswer, QueryError> {
    let (agent, wording) = (&view.calendar, office.wording());
    let office = &office.calendar;
    budget.spend(days_of(range) * recurring_blocks(agent, office))?;
    budget.spend(appointments.len() * OF_AN_APPOINTMENT)?;
    let own = agent.blocks().map(|block| (BlockOwner::Agent, block));
    let mut blocks = Vec::new();
    let theirs = office.blocks().filter(|block| agent.is_concerned_by(block));
    for (owner, block) in own.chain(theirs.map(|block| (BlockOwner::Office, block))) {
        let occurrences = block_occurrences(block, agent.time_zone(), range);
        budget.spend(occurrences.len() * OF_AN_OCCURRENCE)?;
        if !occurrences.is_empty() {
            blocks.push(CalendarBlock { owner, block: block.clone(), occurrences });
        }
    }
    // Time that is reserved for another agent's appointment is none of this agent's yet.
    let mut conflicts = Vec::new();
    for row in &appointments {
        let (appointment_id, interval) = (row.id, Interval::new(row.start, row.end));
        let found = conflict(view, office, row, budget)?;
        conflicts.extend(found.map(|findings| Conflict { appointment_id, interval, findings }));
    }
    Ok(AgentCalendarAnswer {
        agent_id: view.row.agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        appointments: appointments.into_iter().map(|row| row.localized(&wording)).collect(),
        blocks,
        hours: hours(agent, office, None, range).into(),
        external_busy: external_busy_in(view, range),
        holds: live_holds_in(view, &wording, range, now),
        conflicts,
    })
}

/// The agent's busy times from external calendars that overlap the range.
pub(crate) fn external_busy_in(view: &AgentView, range: Interval) -> Vec<ExternalBusyRow> {
    let overlapping = view.calendar.external_busy().filter(|busy| busy.interval().overlaps(&range));
    let row = |busy: &ExternalBusy| ExternalBusyRow {
        busy_id: busy.busy_id.clone(),
        source: view.busy_sources.get(&busy.busy_id).cloned().unwrap_or_default(),
        start: busy.start,
        end: busy.end,
    };
    overlapping.map(row).collect()
}

/// The agent's live holds that overlap the range.
pub(crate) fn live_holds_in(
    view: &AgentView,
    wording: &Wording,
    range: Interval,
    now: DateTime<Utc>,
) -> Vec<Localized<Hold>> {
    let (zone, holds) = (view.calendar.time_zone(), view.calendar.holds());
    holds
        .filter(|hold| hold.is_live(now) && hold.interval().overlaps(&range))
        .map(|hold| wording.localized(hold.clone(), hold.interval(), zone))
        .collect()
}

pub(crate) fn availability_of(
    view: &AgentView,
    office: &OfficeCalendar,
    range: Interval,
    now: DateTime<Utc>,
    budget: &mut Budget,
) -> Result<AvailabilityAnswer, QueryError> {
    let agent = &view.calendar;
    budget.spend(days_of(range) * recurring_blocks(agent, office))?;
    Ok(AvailabilityAnswer {
        agent_id: view.row.agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        free: free(agent, office, None, range, now).into(),
        busy: busy(agent, office, range, now).into(),
    })
}

/// The days of a range, whole or in part.
pub(crate) fn days_of(range: Interval) -> usize {
    usize::try_from((range.end - range.start).num_days()).unwrap_or(0) + 1
}

/// The blocks that have to be looked at on each day, whether they take effect on it or not.
pub(crate) fn recurring_blocks(agent: &AgentCalendar, office: &OfficeCalendar) -> usize {
    agent.recurring_blocks() + office.recurring_blocks()
}
