use availability::Localized;
use operation::{Accepted, Code, Problem};

use crate::CommandApi;
use crate::impact::Foreseen;
use crate::timed_answer::Timed;
pub(super) use crate::timed_answer::WholeAppointment;

/// Converts the answer of the aggregate into that of the operation.
///
/// A receipt is found by operation and content, so the types match unless stored events were tampered with.
pub(super) fn answer<From, To: TryFrom<From>>(accepted: Accepted<From>) -> Result<Accepted<To>, Problem> {
    accepted.try_map(converted)
}

/// The same with its time as people read it.
pub(super) fn timed<From, To: TryFrom<From> + Timed>(
    api: &CommandApi,
    accepted: Accepted<From>,
) -> Result<Accepted<Localized<To>>, Problem> {
    accepted.try_map(|answer| Ok(api.localized(converted(answer)?)))
}

/// The same for an answer that may tell an impact.
pub(super) fn foreseen<From, To: TryFrom<From>>(
    accepted: Accepted<Foreseen<From>>,
) -> Result<Accepted<Foreseen<To>>, Problem> {
    accepted.try_map(|Foreseen { answer, impact }| Ok(Foreseen { answer: converted(answer)?, impact }))
}

fn converted<From, To: TryFrom<From>>(answer: From) -> Result<To, Problem> {
    To::try_from(answer).map_err(|_| {
        tracing::error!("the stored answer of a command has the type of another command");
        Problem::new(Code::Internal, "The log of the service has the details; nothing was done.")
    })
}
