//! The entries that take an agent's time: appointments, holds and external busy time.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use schemas::{AppointmentId, AppointmentTypeCode, BusyId, HoldId, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::timeline::Entry;

/// The parts of an appointment that matter for the agent's free time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
}

/// A slot held for a lead. It counts while `now < expires_at`; nothing has to remove it afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Its id.
    pub hold_id: HoldId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot had room for when it was made.
    pub max_appointments_per_slot: u16,
    /// The first instant at which it no longer counts.
    pub expires_at: DateTime<Utc>,
}

impl Hold {
    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }
}

/// Busy time in an external calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalBusy {
    /// Its id in the external calendar.
    pub busy_id: BusyId,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
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
    /// Whether both may share a slot that has room: same interval, type and property.
    pub(crate) fn can_share_with(&self, other: &Self) -> bool {
        self.interval == other.interval
            && self.appointment_type == other.appointment_type
            && self.property_id == other.property_id
    }

    /// Whether the two keep the gap they require: no overlap, and between them at least the longest of the earlier
    /// one's buffer after, the later one's buffer before, and `travel`.
    pub(crate) fn keeps_gap_to(&self, other: &Self, travel: TimeDelta) -> bool {
        let fits = |first: &Self, second: &Self| {
            let gap = required_gap(first.buffer_after, second.buffer_before, travel);
            first.interval.end <= second.interval.start && second.interval.start - first.interval.end >= gap
        };
        fits(self, other) || fits(other, self)
    }
}

/// The least gap between two claims: the longest of the three.
pub(crate) fn required_gap(
    earlier_asks_after: TimeDelta,
    later_asks_before: TimeDelta,
    travel: TimeDelta,
) -> TimeDelta {
    earlier_asks_after.max(later_asks_before).max(travel)
}

fn minutes(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

macro_rules! claims_time {
    ($entry:ident, $id:ident: $id_type:ident) => {
        impl $entry {
            /// When it starts and ends.
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
    /// When it starts and ends.
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
