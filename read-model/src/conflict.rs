//! Appointments that stand against the rules as they are now, of one agent or of all.

use availability::{Finding, Interval, OfficeCalendar, TimeText, Wording, against_zone_rules, conflict_of};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::Serialize;

use crate::agent::AgentView;
use crate::budget::{Budget, OF_AN_APPOINTMENT};
use crate::meeting_link::lacks_meeting_link;
use crate::office::OfficeView;
use crate::page::{Cursor, SortKey};
use crate::{AppointmentFilter, AppointmentRow, AppointmentSort, Page, PageRequest, QueryError};

/// How many appointments one page looks at; if few of them are conflicts, it has fewer entries than its limit.
pub(crate) const LOOKED_AT: usize = if cfg!(test) { 3 } else { 1_000 };

/// An appointment that stands against the rules as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConflictRow {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The agent whose calendar it is in.
    pub agent_id: AgentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// Its status.
    pub status: AppointmentStatus,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Its time in the zone it was agreed in.
    #[serde(flatten)]
    pub time: TimeText,
    /// Every rule that speaks against it, with its cause.
    pub findings: Vec<Finding>,
}

/// Which conflicts to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictSearch {
    /// The agents; empty = every agent, active or not.
    pub agent_ids: Vec<AgentId>,
    /// The appointments overlap this range.
    pub range: Interval,
    /// Which page.
    pub page: PageRequest,
}

impl ConflictSearch {
    /// The appointments to look at.
    pub(crate) fn filter(&self) -> AppointmentFilter {
        AppointmentFilter {
            agent_ids: self.agent_ids.clone(),
            statuses: vec![AppointmentStatus::Scheduled, AppointmentStatus::Confirmed],
            from: Some(self.range.start),
            to: Some(self.range.end),
            ..AppointmentFilter::default()
        }
    }

    /// The last appointment of the page before.
    pub(crate) fn last(&self) -> Result<Option<SortKey>, QueryError> {
        match self.page.cursor()? {
            None => Ok(None),
            Some(Cursor::Conflict(key)) => Ok(Some(key)),
            Some(_) => Err(QueryError::BadCursor),
        }
    }

    /// The page. `rows` are the next appointments that the filter admits, earliest first: [`LOOKED_AT`] at most, and one
    /// more if there are others behind them.
    pub(crate) fn page<'a>(
        &self,
        mut rows: Vec<AppointmentRow>,
        view: impl Fn(&AgentId) -> Option<&'a AgentView>,
        office: &OfficeView,
        budget: &mut Budget,
    ) -> Result<Page<ConflictRow>, QueryError> {
        let key = |row: &AppointmentRow| row.sort_key(AppointmentSort::Start);
        let has_more = rows.len() > LOOKED_AT;
        rows.truncate(LOOKED_AT);
        let mut next = rows.last().filter(|_| has_more).map(key);
        let (limit, mut last) = (self.page.limit.get(), None);
        let wording = office.wording();
        let mut items = Vec::new();
        for row in rows {
            let Some(view) = view(&row.agent_id) else { continue };
            let (row_key, found) = (key(&row), conflict(view, &office.calendar, &row, budget)?);
            let Some(findings) = found else { continue };
            if items.len() == limit {
                next = last;
                break;
            }
            last = Some(row_key);
            items.push(ConflictRow::new(row, &wording, findings));
        }
        Ok(Page { items, next_cursor: next.map(|key| Cursor::Conflict(key).encode()) })
    }
}

impl ConflictRow {
    fn new(row: AppointmentRow, wording: &Wording, findings: Vec<Finding>) -> Self {
        let time = wording.time(row.start, row.end, row.time_zone);
        Self {
            appointment_id: row.id,
            agent_id: row.agent_id,
            lead_id: row.lead_id,
            appointment_type: row.appointment_type,
            property_id: row.property_id,
            status: row.status,
            start: row.start,
            end: row.end,
            time,
            findings,
        }
    }
}

/// What speaks against an appointment of this agent, if it is still to be and anything does.
pub(crate) fn conflict(
    view: &AgentView,
    office: &OfficeCalendar,
    row: &AppointmentRow,
    budget: &mut Budget,
) -> Result<Option<Vec<Finding>>, QueryError> {
    if row.status.is_final() {
        return Ok(None);
    }
    let recurring_blocks = view.calendar.recurring_blocks() + office.recurring_blocks();
    budget.spend(OF_AN_APPOINTMENT + recurring_blocks)?;
    let found = conflict_of(&view.calendar, office, row.id, view.row.active);
    let mut findings = found.map_or_else(Vec::new, |conflict| conflict.findings);
    findings.extend(lacks_meeting_link(office, row));
    findings.extend(against_zone_rules(Interval::new(row.start, row.end), row.local_start, row.time_zone));
    Ok(Some(findings).filter(|findings| !findings.is_empty()))
}
