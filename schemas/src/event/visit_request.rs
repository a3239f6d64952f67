//! The events of visits that occupants or owners of the property have to approve.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{AppointmentStatus, VisitRequest, stored};
use crate::{AppointmentId, Personal};

/// A visit that was just booked, or moved, has to be approved. It comes in one append after the booking or the move, whose
/// status is `requested`, and is part of that change: the appointment's version stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitRequested {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// What is asked, and until when.
    pub request: VisitRequest,
}

/// An occupant or owner approved a visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitApproved {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Who approved it.
    pub approver_id: String,
    /// Its status from now on: scheduled, or still requested, as others have to approve it too.
    pub status: AppointmentStatus,
    /// When the visit starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// It is released unless it is confirmed by then; none = it need not be confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub confirm_by: Option<DateTime<Utc>>,
}

/// An occupant or owner declined a visit, which cancels it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitDeclined {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Who declined it.
    pub approver_id: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// The start that was proposed instead.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub proposal: Option<DateTime<Utc>>,
}

/// A visit was cancelled, as it had not been approved in time. It was so since `expires_at`: this only records it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisitRequestExpired {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Since when.
    #[serde(deserialize_with = "stored::micros")]
    pub expires_at: DateTime<Utc>,
}
