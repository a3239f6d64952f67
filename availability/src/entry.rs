use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use schemas::{AppointmentId, AppointmentTypeCode, BusyId, HoldId, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::timeline::Entry;

/// An appointment as far as it takes the agent's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// With whom.
    pub lead_id: LeadId,
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
}

/// A slot set aside for a lead. It counts while `now < expires_at`; no one has to take it away afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Which hold.
    pub hold_id: HoldId,
    /// For whom.
    pub lead_id: LeadId,
    /// Of which type the appointment will be.
    pub appointment_type: AppointmentTypeCode,
    /// The property it will be about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
    /// The first instant at which it no longer counts.
    pub expires_at: DateTime<Utc>,
}

impl Hold {
    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }
}

/// Time that an external calendar shows as taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalBusy {
    /// The external calendar's name of it.
    pub busy_id: BusyId,
    /// From when.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
}

/// What a booking and a hold have in common: a claim on the agent's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) interval: Interval,
    pub(crate) appointment_type: &'a AppointmentTypeCode,
    pub(crate) property_id: Option<&'a PropertyId>,
    pub(crate) buffer_before: TimeDelta,
    pub(crate) buffer_after: TimeDelta,
}

impl Claim<'_> {
    /// Whether both may stand in one slot if it has room: the same thing at the same time.
    pub(crate) fn can_share_with(&self, other: &Self) -> bool {
        self.interval == other.interval
            && self.appointment_type == other.appointment_type
            && self.property_id == other.property_id
    }

    /// Whether they leave each other the time they need: no overlap, and between the two the longer of what the
    /// earlier asks for after it, what the later asks for before it, and `travel`.
    pub(crate) fn stands_clear_of(&self, other: &Self, travel: TimeDelta) -> bool {
        let fits = |first: &Self, second: &Self| {
            let gap = first.buffer_after.max(second.buffer_before).max(travel);
            first.interval.end <= second.interval.start && second.interval.start - first.interval.end >= gap
        };
        fits(self, other) || fits(other, self)
    }
}

fn minutes(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

macro_rules! claims_time {
    ($entry:ident, $id:ident: $id_type:ident) => {
        impl $entry {
            /// When.
            pub const fn interval(&self) -> Interval {
                Interval::new(self.start, self.end)
            }

            pub(crate) fn claim(&self) -> Claim<'_> {
                Claim {
                    interval: self.interval(),
                    appointment_type: &self.appointment_type,
                    property_id: self.property_id.as_ref(),
                    buffer_before: minutes(self.buffer_before_minutes),
                    buffer_after: minutes(self.buffer_after_minutes),
                }
            }
        }

        impl Entry for $entry {
            type Id = $id_type;

            fn id(&self) -> &$id_type {
                &self.$id
            }

            fn interval(&self) -> Interval {
                Interval::new(self.start, self.end)
            }

            fn margin(&self) -> TimeDelta {
                minutes(self.buffer_before_minutes.max(self.buffer_after_minutes))
            }
        }
    };
}

claims_time!(Booking, appointment_id: AppointmentId);
claims_time!(Hold, hold_id: HoldId);

impl ExternalBusy {
    /// When.
    pub const fn interval(&self) -> Interval {
        Interval::new(self.start, self.end)
    }
}

impl Entry for ExternalBusy {
    type Id = BusyId;

    fn id(&self) -> &BusyId {
        &self.busy_id
    }

    fn interval(&self) -> Interval {
        Interval::new(self.start, self.end)
    }
}
