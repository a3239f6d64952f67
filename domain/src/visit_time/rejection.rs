use availability::Reason;
use chrono::{DateTime, Utc};
use schemas::{LeadId, ReservationId};
use thiserror::Error;

use super::VisitTime;

/// A reservation or claim that is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimInTheWay {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// The stream that says whether it stands.
    pub deciding_stream: String,
    /// From then on, whoever wants what it takes may have it decided.
    pub expires_at: DateTime<Utc>,
    /// What it takes.
    pub visit: VisitTime,
}

/// Why time is not reserved on the stream of a lead or a property.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum VisitRejection {
    /// The lead has this at that time.
    #[error("the lead has an appointment at that time already; move or cancel that one instead")]
    LeadHasAppointment(Box<ClaimInTheWay>),
    /// The lead has this of the same type for the same property, at another time.
    #[error("the lead has such an appointment for this property already; move or cancel that one instead")]
    AlreadyScheduled(Box<ClaimInTheWay>),
    /// Too many live holds of the lead.
    #[error("the lead has {max} live holds, as many as the office allows; release one, or book it")]
    HoldLimit {
        /// The office's limit.
        max: u16,
    },
    /// Too many live visits of the lead.
    #[error("the lead has {max} visits ahead, as many as the office allows; cancel or move one of them")]
    VisitLimit {
        /// The office's limit.
        max: u16,
    },
    /// The lead was merged into another.
    #[error("the lead was merged into {into}; name that one")]
    LeadMerged {
        /// Into which.
        into: LeadId,
    },
    /// The property cannot be visited then.
    #[error("the property cannot be visited then: {0}")]
    Property(Reason),
    /// These are in the way: whether they stand has to be found out first.
    #[error("{otherwise}")]
    NeedsVerifying {
        /// The reservations and claims that are not known to stand.
        in_the_way: Vec<ClaimInTheWay>,
        /// The refusal, if they do.
        otherwise: Box<VisitRejection>,
    },
}
