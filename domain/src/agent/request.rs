//! What commands on an agent ask for, where it takes several members to say.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::event::AppointmentHandedOver;
use schemas::value::{AppointmentReceipt, ForcedRule, LeadContact, RequestedBy};
use schemas::{
    AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, Origin, Personal, PropertyId, ReservationId,
};

use super::{NeededTime, ReservedTime};
use crate::reservation::Attempt;

/// What changes of a profile; members that are none stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new name.
    pub name: Option<String>,
    /// The new zone.
    pub time_zone: Option<Tz>,
    /// The new address, or that there is none.
    pub email: Option<Contact>,
    /// The new number, or that there is none.
    pub phone: Option<Contact>,
    /// The new room for video calls, or that there is none.
    pub meeting_room_url: Option<Contact>,
    /// Whether the office's hours are the agent's too.
    pub inherits_office_hours: Option<bool>,
    /// The new comunas.
    pub comunas: Option<Vec<String>>,
    /// The new regions.
    pub regions: Option<Vec<String>>,
}

/// How an agent can be reached from now on; none = not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(pub Option<String>);

/// What changes of an appointment's details; members that are none stay as they are, an inner none takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailsChange {
    /// The property it is about.
    pub property_id: Option<Option<PropertyId>>,
    /// Address or link.
    pub location: Option<Option<String>>,
    /// For the agent to read.
    pub notes: Option<Option<String>>,
    /// How to reach the lead.
    pub lead_contact: Option<Option<LeadContact>>,
}

/// Hold a slot for a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSlot {
    /// The id of the new hold.
    pub hold_id: HoldId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

/// Move an appointment; what is none stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescheduleAppointment {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The new start.
    pub start: Option<DateTime<Utc>>,
    /// The new length, at least 1.
    pub duration_minutes: Option<u16>,
    /// The agent who gets it.
    pub to_agent_id: Option<AgentId>,
    /// The time that is reserved with that agent; none = ask what has to be reserved.
    pub reserved: Option<Reserved>,
    /// The zone in which the new time was agreed on; none = that of the time before.
    pub agreed_zone: Option<Tz>,
    /// Whether a confirmed appointment stays confirmed at a new time.
    pub keep_confirmed: bool,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
    /// Why.
    pub reason: Option<String>,
    /// On whose wish.
    pub requested_by: Option<RequestedBy>,
}

impl RescheduleAppointment {
    /// A move that changes nothing yet.
    pub const fn of(appointment_id: AppointmentId) -> Self {
        Self {
            appointment_id,
            start: None,
            duration_minutes: None,
            to_agent_id: None,
            reserved: None,
            agreed_zone: None,
            keep_confirmed: false,
            force: Vec::new(),
            reason: None,
            requested_by: None,
        }
    }

    /// Whether it changes the agent alone.
    pub const fn is_reassignment(&self) -> bool {
        self.to_agent_id.is_some() && self.start.is_none() && self.duration_minutes.is_none()
    }
}

/// Time that was reserved with another agent, for one attempt at a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The attempt.
    pub attempt: Attempt,
    /// The time.
    pub time: ReservedTime,
}

/// Reserve time for an appointment that is another agent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveTime {
    /// The id of the new reservation.
    pub reservation_id: ReservationId,
    /// The stream on which it is decided.
    pub deciding_stream: String,
    /// From then on, others may have it decided.
    pub expires_at: DateTime<Utc>,
    /// What it takes.
    pub needed: NeededTime,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
}

/// Take over an appointment that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiveAppointment {
    /// The agent who handed it over.
    pub from_agent_id: AgentId,
    /// The decision.
    pub handed_over: AppointmentHandedOver,
    /// The command that the decision was on, with its answer.
    pub receipt: AppointmentReceipt,
    /// Whether that command may be sent again, and so has to be remembered.
    pub may_repeat: bool,
}

/// Make an appointment.
#[derive(Debug, Clone, PartialEq)]
pub struct BookAppointment {
    /// The id of the new appointment.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// The zone in which the time was agreed on; none = the agent's.
    pub agreed_zone: Option<Tz>,
    /// The hold to use up.
    pub hold_id: Option<HoldId>,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// Address or link.
    pub location: Option<Personal<String>>,
    /// For the agent to read.
    pub notes: Option<Personal<String>>,
    /// How to reach the lead.
    pub lead_contact: Option<Personal<LeadContact>>,
    /// The channel it came through.
    pub origin: Origin,
    /// Whether it is confirmed at once.
    pub confirm: bool,
    /// The claim by which it goes to this agent, if it named none.
    pub claim: Option<Attempt>,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
    /// Whether a refusal offers other slots; finding them takes longer than the decision.
    pub offers_alternatives: bool,
}
