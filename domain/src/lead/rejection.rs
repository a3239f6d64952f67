use schemas::LeadId;
use thiserror::Error;

use crate::visit_time::VisitRejection;

/// Why a command on a lead is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LeadRejection {
    /// Nobody has said anything in the future.
    #[error("at must not be in the future: it is when the lead said so")]
    SaidInTheFuture,
    /// It is closed.
    #[error("the lead is one with lead {into}; send that id")]
    Merged {
        /// The lead that stays.
        into: LeadId,
    },
    /// One lead is one anyway.
    #[error("into must be another lead, and one that is not merged into this one")]
    MergedIntoItself,
    /// Its time is taken, or it has as many holds or visits as it may.
    #[error(transparent)]
    Visit(#[from] VisitRejection),
}
