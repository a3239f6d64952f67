use schemas::AppointmentId;
use thiserror::Error;

/// Why a command on a bulk move is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BulkMoveRejection {
    /// It was never started.
    #[error("there is no such bulk move")]
    MoveNotFound,
    /// The appointment is none of its visits.
    #[error("appointment {0} is no visit of this bulk move")]
    VisitNotFound(AppointmentId),
}
