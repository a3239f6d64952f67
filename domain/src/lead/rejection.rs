use thiserror::Error;

/// Why a command on a lead is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LeadRejection {
    /// Nobody has said anything in the future.
    #[error("at must not be in the future: it is when the lead said so")]
    SaidInTheFuture,
}
