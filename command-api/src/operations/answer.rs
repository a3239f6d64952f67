use operation::{Accepted, Code, Problem};

/// The answer in the form that the operation gives.
///
/// A receipt is found by operation and content, so it is of that form, unless what is stored was tampered with.
pub(super) fn answer<From, To: TryFrom<From>>(accepted: Accepted<From>) -> Result<Accepted<To>, Problem> {
    accepted.try_map(|answer| {
        To::try_from(answer).map_err(|_| {
            tracing::error!("the answer that is kept of a command is not of that command's form");
            Problem::new(Code::Internal, "The log of the service has the details; nothing was done.")
        })
    })
}
