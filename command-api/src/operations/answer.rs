use operation::{Accepted, Code, Problem};

/// Converts the answer of the aggregate into that of the operation.
///
/// A receipt is found by operation and content, so the types match unless stored events were tampered with.
pub(super) fn answer<From, To: TryFrom<From>>(accepted: Accepted<From>) -> Result<Accepted<To>, Problem> {
    accepted.try_map(|answer| {
        To::try_from(answer).map_err(|_| {
            tracing::error!("the stored answer of a command has the type of another command");
            Problem::new(Code::Internal, "The log of the service has the details; nothing was done.")
        })
    })
}
