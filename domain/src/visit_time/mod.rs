//! The time that visits take on the streams of leads and properties, where agents decide.
//!
//! A booking, a hold or a move is decided on its agent's stream, and takes time on that of its lead, and on that of its
//! property if that is registered. It is a reservation at first ([`reservation`](crate::reservation)), and from the commit
//! on, without another event, a *claim*: it stands for as long as its agent's stream says so. Who finds one in the way has
//! it verified there before anybody is refused because of it; one that stands no longer is released then.
//!
//! - `times.rs` is the state: what is reserved, and what becomes of it.
//! - `of_lead.rs` and `of_property.rs` judge what may be reserved beside what is.

pub(crate) mod of_lead;
pub(crate) mod of_property;
mod rejection;
mod times;

use availability::Interval;
use chrono::{DateTime, Utc};
use schemas::event::TimeReserved;
use schemas::value::ForcedRule;
use schemas::{AppointmentId, AppointmentTypeCode, HoldId, LeadId, PropertyId, ReservationId};
use serde::{Deserialize, Serialize};

pub use of_lead::LeadLimits;
pub use of_property::PropertyTerms;
pub use rejection::{ClaimInTheWay, VisitRejection};
pub(crate) use times::VisitTimeEvent;
pub use times::VisitTimes;

/// What an appointment or a hold takes on the streams of its lead and its property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTime {
    /// The appointment; of a hold, the hold's id.
    pub appointment_id: AppointmentId,
    /// The hold, if it is one.
    pub hold_id: Option<HoldId>,
    /// The lead.
    pub lead_id: LeadId,
    /// The type.
    pub appointment_type: AppointmentTypeCode,
    /// The property.
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// How many appointments its slot has room for.
    pub max_appointments_per_slot: u16,
}

impl VisitTime {
    pub(crate) const fn interval(&self) -> Interval {
        Interval::new(self.start, self.end)
    }

    fn of(event: &TimeReserved) -> Self {
        Self {
            appointment_id: event.appointment_id,
            hold_id: event.hold_id,
            lead_id: event.lead_id.clone(),
            appointment_type: event.appointment_type.clone(),
            property_id: event.property_id.clone(),
            start: event.start,
            end: event.end,
            max_appointments_per_slot: event.max_appointments_per_slot,
        }
    }
}

/// Reserve time on the stream of a lead or a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveVisit {
    /// The id of the new reservation.
    pub reservation_id: ReservationId,
    /// The stream of the agent who decides.
    pub deciding_stream: String,
    /// From then on, others may have it decided.
    pub expires_at: DateTime<Utc>,
    /// What it takes.
    pub visit: VisitTime,
    /// What the same appointment has, or the hold that it uses up: neither is in its way.
    pub besides: Vec<ReservationId>,
    /// The claims that were found to stand.
    pub verified: Vec<ReservationId>,
    /// The rules that are passed over.
    pub force: Vec<ForcedRule>,
}

/// A command on the time that visits take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitTimeCommand<L> {
    /// Reserve time, under these terms.
    Reserve(Box<ReserveVisit>, L),
    /// What is reserved is decided on another stream from now on.
    Repoint {
        /// The reservation.
        reservation_id: ReservationId,
        /// The stream that it names; it stays as it is if it names another.
        from: String,
        /// The stream of the agent who decides now.
        to: String,
    },
    /// Give a reservation up, or a claim that stands no longer.
    Release {
        /// The reservation.
        reservation_id: ReservationId,
        /// The stream that has said so; it stays as it is if it names another.
        deciding_stream: String,
    },
}

impl<L> VisitTimeCommand<L> {
    /// Its name in metrics and traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Reserve(..) => "reserve_visit",
            Self::Repoint { .. } => "repoint_reservation",
            Self::Release { .. } => "release_reservation",
        }
    }
}
