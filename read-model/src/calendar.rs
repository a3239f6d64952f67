use availability::{
    Conflict, Hold, Interval, OfficeCalendar, block_occurrences, busy, conflicts, free, hours,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::Block;
use schemas::{AgentId, BusyId};
use serde::Serialize;

use crate::AppointmentRow;
use crate::agent::AgentView;

/// One agent's calendar between two instants.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgentCalendarAnswer {
    /// Whose.
    pub agent_id: AgentId,
    /// The zone in which the agent's hours are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Those that overlap the range and were not called off, earliest first.
    pub appointments: Vec<AppointmentRow>,
    /// Those of the agent, then those of the office, that take effect in the range.
    pub blocks: Vec<CalendarBlock>,
    /// The hours, for any type.
    pub hours: Vec<Interval>,
    /// What external calendars show.
    pub external_busy: Vec<ExternalBusyRow>,
    /// Slots that are set aside right now.
    pub holds: Vec<Hold>,
    /// Appointments that stand where there is no room for them any more.
    pub conflicts: Vec<Conflict>,
}

/// Time that an external calendar shows as taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExternalBusyRow {
    /// The external calendar's name of it.
    pub busy_id: BusyId,
    /// Which calendar says so.
    pub source: String,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
}

/// A block with the times at which it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CalendarBlock {
    /// Whose it is.
    pub owner: BlockOwner,
    /// The block as it was made.
    #[serde(flatten)]
    pub block: Block,
    /// When it takes effect in the range; occurrences that reach into it are whole.
    pub occurrences: Vec<Interval>,
}

/// For whom a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlockOwner {
    /// The one agent.
    Agent,
    /// Every agent.
    Office,
}

/// When an agent is free and busy between two instants, without the grid, notice and limits of any one type.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AvailabilityAnswer {
    /// Whose time.
    pub agent_id: AgentId,
    /// The zone in which the agent's hours are read.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Hours less everything that takes time, buffers included.
    pub free: Vec<Interval>,
    /// Blocks, external busy time, appointments and live holds, joined.
    pub busy: Vec<Interval>,
}

pub(crate) fn calendar_of(
    view: &AgentView,
    office: &OfficeCalendar,
    appointments: Vec<AppointmentRow>,
    range: Interval,
    now: DateTime<Utc>,
) -> AgentCalendarAnswer {
    let agent = &view.calendar;
    let own = agent.blocks().map(|block| (BlockOwner::Agent, block));
    let blocks = own.chain(office.blocks().map(|block| (BlockOwner::Office, block)));
    let blocks = blocks.map(|(owner, block)| CalendarBlock {
        owner,
        block: block.clone(),
        occurrences: block_occurrences(block, range),
    });
    AgentCalendarAnswer {
        agent_id: view.row.agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        appointments,
        blocks: blocks.filter(|block| !block.occurrences.is_empty()).collect(),
        hours: hours(agent, office, None, range).into(),
        external_busy: agent
            .external_busy()
            .filter(|busy| busy.interval().overlaps(&range))
            .map(|busy| ExternalBusyRow {
                busy_id: busy.busy_id.clone(),
                source: view.busy_sources.get(&busy.busy_id).cloned().unwrap_or_default(),
                start: busy.start,
                end: busy.end,
            })
            .collect(),
        holds: agent
            .holds()
            .filter(|hold| hold.is_live(now) && hold.interval().overlaps(&range))
            .cloned()
            .collect(),
        conflicts: conflicts(agent, office, range),
    }
}

pub(crate) fn availability_of(
    view: &AgentView,
    office: &OfficeCalendar,
    range: Interval,
    now: DateTime<Utc>,
) -> AvailabilityAnswer {
    let agent = &view.calendar;
    AvailabilityAnswer {
        agent_id: view.row.agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        free: free(agent, office, None, range, now).into(),
        busy: busy(agent, office, range, now).into(),
    }
}
