//! The calendars of many agents between two instants, in the layers asked for.

use availability::{
    AgentCalendar, Hold, Interval, Localized, OfficeCalendar, block_occurrences, free, hours,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode, BlockId};
use serde::{Deserialize, Serialize};

use crate::agent::AgentView;
use crate::budget::{Budget, OF_AN_APPOINTMENT, OF_AN_OCCURRENCE};
use crate::calendar::{days_of, external_busy_in, live_holds_in, recurring_blocks};
use crate::office::OfficeView;
use crate::page::Cursor;
use crate::{AppointmentRow, BlockOwner, ExternalBusyRow, PageRequest, QueryError};

/// What a calendar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarLayer {
    /// Appointments that are not cancelled.
    Appointments,
    /// Blocks of the agent and of the office.
    Blocks,
    /// The hours.
    Hours,
    /// Hours less everything that takes time, buffers included.
    Free,
    /// Live holds.
    Holds,
    /// Busy times from external calendars.
    External,
}

impl CalendarLayer {
    /// Every layer.
    pub const ALL: [Self; 6] =
        [Self::Appointments, Self::Blocks, Self::Hours, Self::Free, Self::Holds, Self::External];
}

/// Whose calendars, when, and what of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSearch {
    /// The agents, active or not; empty = every active agent.
    pub agent_ids: Vec<AgentId>,
    /// What is shown overlaps this range.
    pub range: Interval,
    /// The layers.
    pub layers: Vec<CalendarLayer>,
    /// The type that the hours and the free time are for; none = any.
    pub appointment_type: Option<AppointmentTypeCode>,
    /// Which page of the agents, by id.
    pub page: PageRequest,
}

/// One agent's calendar. It has the layers that were asked for, each earliest first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CalendarRow {
    /// The agent.
    pub agent_id: AgentId,
    /// The agent's name.
    pub name: String,
    /// Whether the agent takes new appointments.
    pub active: bool,
    /// The time zone of the agent's hours.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// The version of the agent.
    pub version: u64,
    /// Appointments that overlap the range and are not cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointments: Option<Vec<Localized<AppointmentRow>>>,
    /// Occurrences of blocks that overlap the range, at full length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<BlockOccurrence>>,
    /// The hours in the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Interval>>,
    /// Hours less everything that takes time, buffers included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<Vec<Interval>>,
    /// Live holds that overlap the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Vec<Localized<Hold>>>,
    /// Busy times from external calendars that overlap the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<Vec<ExternalBusyRow>>,
}

/// One occurrence of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockOccurrence {
    /// Whether the block is the agent's or the office's.
    pub owner: BlockOwner,
    /// The block.
    pub block_id: BlockId,
    /// Why, for people to read.
    pub reason: String,
    /// When the occurrence starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
}

impl CalendarSearch {
    pub(crate) fn shows(&self, layer: CalendarLayer) -> bool {
        self.layers.contains(&layer)
    }

    /// The last agent of the page before.
    pub(crate) fn last(&self) -> Result<Option<AgentId>, QueryError> {
        match self.page.cursor()? {
            None => Ok(None),
            Some(Cursor::Calendar(agent_id)) => Ok(Some(agent_id)),
            Some(_) => Err(QueryError::BadCursor),
        }
    }

    /// Refuses a type that there is not.
    pub(crate) fn check_type(&self, office: &OfficeCalendar) -> Result<(), QueryError> {
        match &self.appointment_type {
            Some(code) if office.appointment_type(code).is_none() => {
                Err(QueryError::UnknownAppointmentType(code.clone()))
            }
            _ => Ok(()),
        }
    }

    /// One agent's calendar. `appointments` are those that take the agent's time, earliest first.
    pub(crate) fn row(
        &self,
        view: &AgentView,
        office: &OfficeView,
        appointments: Vec<AppointmentRow>,
        now: DateTime<Utc>,
        budget: &mut Budget,
    ) -> Result<CalendarRow, QueryError> {
        let (agent, range, of_type) = (&view.calendar, self.range, self.appointment_type.as_ref());
        let (wording, office) = (office.wording(), &office.calendar);
        let expanded = [CalendarLayer::Blocks, CalendarLayer::Hours, CalendarLayer::Free];
        let expanded = expanded.into_iter().filter(|layer| self.shows(*layer)).count();
        budget.spend(expanded * days_of(range) * (1 + recurring_blocks(agent, office)))?;
        budget.spend(appointments.len() * OF_AN_APPOINTMENT)?;
        let blocks = if self.shows(CalendarLayer::Blocks) {
            Some(self.occurrences(agent, office, budget)?)
        } else {
            None
        };
        let appointments = self
            .shows(CalendarLayer::Appointments)
            .then(|| appointments.into_iter().map(|row| row.localized(&wording)).collect());
        Ok(CalendarRow {
            agent_id: view.row.agent_id.clone(),
            name: view.row.profile.name.clone(),
            active: view.row.active,
            time_zone: agent.time_zone(),
            version: view.row.version,
            appointments,
            blocks,
            hours: self.shows(CalendarLayer::Hours).then(|| hours(agent, office, of_type, range).into()),
            free: self.shows(CalendarLayer::Free).then(|| free(agent, office, of_type, range, now).into()),
            holds: self.shows(CalendarLayer::Holds).then(|| {
                let mut holds = live_holds_in(view, &wording, range, now);
                holds.sort_by_key(|hold| (hold.entry.start, hold.entry.hold_id));
                holds
            }),
            external: self.shows(CalendarLayer::External).then(|| {
                let mut busy = external_busy_in(view, range);
                busy.sort_by(|a, b| (a.start, &a.busy_id).cmp(&(b.start, &b.busy_id)));
                busy
            }),
        })
    }

    /// What the agent's blocks, and those of the office that concern the agent, take of the range, earliest first.
    fn occurrences(
        &self,
        agent: &AgentCalendar,
        office: &OfficeCalendar,
        budget: &mut Budget,
    ) -> Result<Vec<BlockOccurrence>, QueryError> {
        let own = agent.blocks().map(|block| (BlockOwner::Agent, block));
        let theirs = office.blocks().filter(|block| agent.is_concerned_by(block));
        let mut found = Vec::new();
        for (owner, block) in own.chain(theirs.map(|block| (BlockOwner::Office, block))) {
            let occurrences = block_occurrences(block, agent.time_zone(), self.range);
            budget.spend(occurrences.len() * OF_AN_OCCURRENCE)?;
            found.extend(occurrences.into_iter().map(|Interval { start, end }| BlockOccurrence {
                owner,
                block_id: block.block_id,
                reason: block.reason.clone(),
                start,
                end,
            }));
        }
        found.sort_by_key(|block| (block.start, block.end, block.block_id));
        Ok(found)
    }
}
