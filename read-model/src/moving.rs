//! Searches for the times that an appointment could move to.

use availability::{
    AgentCalendar, Booking, Finding, Interval, Slot, SlotIndex, SlotRequest, check, check_agreed, explain,
    explain_agreed,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::value::AppointmentType;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode};

use crate::office::OfficeView;
use crate::{AppointmentRow, Explain, PageRequest, QueryError, SlotSearch, StartFilter};

/// A search for the times that an appointment could move to, by itself or with another agent.
///
/// Its own time is not in its way, and never offered. At the hour that it has, other agents are offered by the rules of a
/// hand-over; at every other, by those of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveSearch {
    /// The appointment. Type, length, lead and property are its own.
    pub appointment_id: AppointmentId,
    /// Its type, if it was named: refused if it is another.
    pub appointment_type: Option<AppointmentTypeCode>,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// Starts lie before this instant.
    pub to: DateTime<Utc>,
    /// The agents; empty = any active agent.
    pub agent_ids: Vec<AgentId>,
    /// Which of these starts are wanted.
    pub starts: StartFilter,
    /// As in [`SlotSearch`].
    pub zone: Option<Tz>,
    /// What to explain, if anything.
    pub explain: Option<Explain>,
    /// Which page.
    pub page: PageRequest,
}

impl MoveSearch {
    /// The search for slots like the appointment's, if it can be moved.
    pub(crate) fn search(&self, row: &AppointmentRow) -> Result<SlotSearch, QueryError> {
        if row.status.is_final() {
            return Err(QueryError::NotMovable(row.id, row.status));
        }
        if self.appointment_type.as_ref().is_some_and(|named| *named != row.appointment_type) {
            return Err(QueryError::OtherType(row.appointment_type.clone()));
        }
        Ok(SlotSearch {
            appointment_type: row.appointment_type.clone(),
            from: self.from,
            to: self.to,
            agent_ids: self.agent_ids.clone(),
            starts: self.starts.clone(),
            property_id: row.property_id.clone(),
            lead_id: Some(row.lead_id.clone()),
            zone: self.zone,
            explain: self.explain,
            page: self.page.clone(),
        })
    }
}

/// The appointment that is to be moved.
#[derive(Debug, Clone)]
pub(crate) struct Moving {
    /// The agent who has it.
    pub(crate) agent_id: AgentId,
    /// What it takes now.
    pub(crate) booking: Booking,
    duration_minutes: u16,
}

impl Moving {
    /// `booking` is what its agent's calendar has of it: none of one that has long ended.
    pub(crate) fn new(row: &AppointmentRow, booking: Option<Booking>) -> Self {
        let booking = booking.unwrap_or_else(|| Booking {
            appointment_id: row.id,
            lead_id: row.lead_id.clone(),
            appointment_type: row.appointment_type.clone(),
            property_id: row.property_id.clone(),
            start: row.start,
            end: row.end,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
        });
        Self { agent_id: row.agent_id.clone(), booking, duration_minutes: row.duration_minutes }
    }

    /// When it is now.
    pub(crate) const fn present(&self) -> Interval {
        self.booking.interval()
    }

    /// The index as if the appointment were nowhere, with its length for that of its type. With another length than that,
    /// nothing of what was computed is left.
    pub(crate) fn index(&self, mut index: SlotIndex<AgentId>) -> SlotIndex<AgentId> {
        let code = &self.booking.appointment_type;
        if let Some(of_type) = index.office().appointment_type(code).cloned()
            && of_type.duration_minutes != self.duration_minutes
        {
            let duration_minutes = self.duration_minutes;
            index.change_office(|office| {
                office.define_type(AppointmentType { duration_minutes, ..of_type });
            });
        }
        index.free(&self.agent_id, self.booking.appointment_id);
        index
    }

    /// The slot of another agent at the hour that it has.
    pub(crate) fn handed_over(
        &self,
        index: &SlotIndex<AgentId>,
        agent_id: &AgentId,
        now: DateTime<Utc>,
    ) -> Option<Slot> {
        let calendar = index.agent(agent_id).filter(|_| *agent_id != self.agent_id)?;
        check_agreed(calendar, index.office(), &self.booking, now).ok()
    }

    /// Whether it can be moved to this start with the agent, and what speaks against it. Where it is now, it is itself in the
    /// way.
    pub(crate) fn judge(
        &self,
        (agent_id, calendar): (&AgentId, &AgentCalendar),
        office: &OfficeView,
        start: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> (Option<Slot>, Vec<Finding>) {
        let (office, is_its_own) = (&office.calendar, *agent_id == self.agent_id);
        if start == self.booking.start && !is_its_own {
            return (
                check_agreed(calendar, office, &self.booking, now).ok(),
                explain_agreed(calendar, office, &self.booking, now),
            );
        }
        let is_present = start == self.booking.start;
        let request = SlotRequest {
            appointment_type: &self.booking.appointment_type,
            start,
            property_id: self.booking.property_id.as_ref(),
            lead_id: Some(&self.booking.lead_id),
            moving: (!is_present).then_some(self.booking.appointment_id),
            duration_minutes: Some(self.duration_minutes),
        };
        (check(calendar, office, &request, now).ok(), explain(calendar, office, &request, now))
    }
}
