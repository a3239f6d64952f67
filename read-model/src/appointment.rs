mod view;

use availability::{Interval, Localized, Wording, zone};
use calendar_fold::AppointmentDetails;
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::event::{AppointmentBooked, AppointmentRescheduled};
use schemas::value::{
    AppointmentSnapshot, AppointmentStatus, CancellationCause, LeadContact, NoShowBy, Outcome,
};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, Metadata, Origin, Personal, PropertyId};
use serde::{Deserialize, Serialize};

use crate::AppointmentSort;
use crate::page::SortKey;

pub(crate) use self::view::AppointmentView;

/// An appointment as queries return it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentRow {
    /// Its id.
    pub id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// The agent whose calendar it is in.
    pub agent_id: AgentId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// Its status.
    pub status: AppointmentStatus,
    /// What became of it; none as long as that has not been recorded.
    pub outcome: Option<Outcome>,
    /// Who did not come, if it is a no-show.
    pub no_show_by: Option<NoShowBy>,
    /// Its start.
    pub start: DateTime<Utc>,
    /// Its end.
    pub end: DateTime<Utc>,
    /// `end` − `start`.
    pub duration_minutes: u16,
    /// `start` in local time, as agreed on.
    pub local_start: NaiveDateTime,
    /// The time zone of `local_start`.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Address or link.
    pub location: Option<String>,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// Notes for the agent.
    pub notes: Option<String>,
    /// What to call the lead, by now: what it says itself, or else what its latest booking told.
    pub lead_name: Option<String>,
    /// How to reach the lead about this appointment.
    pub lead_contact: Option<LeadContact>,
    /// Whether the lead has been reminded of it.
    pub reminder_sent: bool,
    /// When it was first booked.
    pub created_at: DateTime<Utc>,
    /// When its last event was recorded.
    pub updated_at: DateTime<Utc>,
    /// How often it has changed, counted from 1; its agent's change is one.
    pub version: u64,
    /// How often it has been rescheduled.
    pub sequence: u32,
    /// The channel it came through.
    pub origin: Origin,
    /// It is released unless it is confirmed by then; null = it need not be confirmed, or not any more.
    pub confirm_by: Option<DateTime<Utc>>,
    /// What has cancelled it, where nobody asked for it; null in all other cases.
    pub cancellation_cause: Option<CancellationCause>,
}

impl AppointmentRow {
    /// The version of an appointment that was just booked.
    pub(crate) const FIRST_VERSION: u64 = 1;

    pub(crate) fn booked(event: AppointmentBooked, metadata: &Metadata) -> Self {
        let recorded_at = metadata.recorded_at;
        Self {
            id: event.appointment_id,
            lead_id: event.lead_id,
            agent_id: event.agent_id,
            appointment_type: event.appointment_type,
            status: event.status,
            outcome: None,
            no_show_by: None,
            start: event.start,
            end: event.end,
            duration_minutes: event.duration_minutes,
            local_start: event.local_start,
            time_zone: event.time_zone,
            location: event.location.map(Personal::disclose),
            property_id: event.property_id,
            notes: event.notes.map(Personal::disclose),
            lead_name: None,
            lead_contact: event.lead_contact.map(Personal::disclose),
            reminder_sent: false,
            created_at: recorded_at,
            updated_at: recorded_at,
            version: Self::FIRST_VERSION,
            sequence: event.sequence,
            origin: event.origin,
            confirm_by: event.confirm_by,
            cancellation_cause: None,
        }
    }

    /// The appointment as a whole, as of an event with this metadata; the time of its booking is not known from it.
    pub(crate) fn whole(agent_id: &AgentId, stated: AppointmentSnapshot, metadata: &Metadata) -> Self {
        let recorded_at = metadata.recorded_at;
        Self {
            id: stated.appointment_id,
            lead_id: stated.lead_id,
            agent_id: agent_id.clone(),
            appointment_type: stated.appointment_type,
            status: stated.status,
            outcome: None,
            no_show_by: None,
            start: stated.start,
            end: stated.end,
            duration_minutes: stated.duration_minutes,
            local_start: stated.local_start,
            time_zone: stated.time_zone,
            location: stated.location.map(Personal::disclose),
            property_id: stated.property_id,
            notes: stated.notes.map(Personal::disclose),
            lead_name: None,
            lead_contact: stated.lead_contact.map(Personal::disclose),
            reminder_sent: false,
            created_at: recorded_at,
            updated_at: recorded_at,
            version: stated.version,
            sequence: stated.sequence,
            origin: stated.origin,
            confirm_by: stated.confirm_by,
            cancellation_cause: None,
        }
    }

    /// Whether it is still open and its local start is no longer the one agreed on, because the zone's rules have
    /// changed.
    pub fn wall_time_has_changed(&self) -> bool {
        !self.status.is_final() && zone::has_other_rules(self.time_zone, self.local_start, self.start)
    }

    pub(crate) fn reschedule(&mut self, event: &AppointmentRescheduled) {
        self.status = event.status;
        self.start = event.start;
        self.end = event.end;
        self.duration_minutes = event.duration_minutes;
        self.local_start = event.local_start;
        self.time_zone = event.time_zone;
        self.sequence = event.sequence;
        self.confirm_by = event.confirm_by;
        self.reminder_sent = false;
    }

    /// Shows what an event states as a whole.
    pub(crate) fn restate(&mut self, stated: &AppointmentSnapshot, metadata: &Metadata) {
        let now = Self::whole(&self.agent_id, stated.clone(), metadata);
        *self = Self { created_at: self.created_at, reminder_sent: self.reminder_sent, ..now };
    }

    pub(crate) fn conclude(&mut self, outcome: Outcome, no_show_by: Option<NoShowBy>) {
        self.status = outcome.status();
        self.outcome = Some(outcome);
        self.no_show_by = no_show_by;
    }

    pub(crate) fn touch(&mut self, metadata: &Metadata) {
        self.version += 1;
        self.updated_at = metadata.recorded_at;
    }

    /// What a calendar's fold needs of the appointment besides an event.
    pub(crate) fn as_booked(&self) -> AppointmentDetails<'_> {
        AppointmentDetails {
            lead_id: &self.lead_id,
            appointment_type: &self.appointment_type,
            property_id: self.property_id.as_ref(),
        }
    }

    /// With its time in the zone it was agreed in, for people to read.
    pub(crate) fn localized(self, wording: &Wording) -> Localized<Self> {
        let (time, zone) = (Interval::new(self.start, self.end), self.time_zone);
        wording.localized(self, time, zone)
    }

    /// Its sort key in an order.
    pub(crate) fn sort_key(&self, sort: AppointmentSort) -> SortKey {
        let instant = match sort {
            AppointmentSort::Start | AppointmentSort::StartDescending => self.start,
            AppointmentSort::CreatedAt | AppointmentSort::CreatedAtDescending => self.created_at,
            AppointmentSort::UpdatedAt | AppointmentSort::UpdatedAtDescending => self.updated_at,
        };
        SortKey(instant.timestamp_micros(), self.id)
    }
}
