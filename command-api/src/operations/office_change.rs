//! Changes of what they name, completed from the office as it is.

use std::sync::Arc;

use domain::{Aggregate as _, Office, OfficeAnswer, OfficeCommand};
use operation::{Accepted, Code, CommandCall, Problem};
use schemas::IfMatch;

use crate::CommandApi;
use crate::impact::Foreseen;

/// How often a partial change is tried while other changes come first.
const MAX_ATTEMPTS: usize = 8;

/// Sends a command that is completed from the office as it is, which must not have changed until it is decided.
pub(super) async fn complete(
    api: &Arc<CommandApi>,
    call: &CommandCall,
    completed: impl Fn(&Office) -> Result<OfficeCommand, Problem>,
) -> Result<Accepted<Foreseen<OfficeAnswer>>, Problem> {
    let names_version = matches!(call.delivery.if_match, Some(IfMatch::OneOf(_)));
    let attempt = || async {
        let office = api.refresh_office().await;
        let command = completed(&office)?;
        let mut since_read = call.clone();
        if !names_version {
            let version = office.version_of(&command).map(IfMatch::version);
            since_read.delivery.if_match = version.or_else(|| call.delivery.if_match.clone());
        }
        api.send_to_every_calendar(&since_read, command).await
    };
    // A caller that names a version means that one, so there is no retry.
    if names_version {
        return unless_stale(1, attempt).await;
    }
    // Within this process one change waits for the other, so that only other processes make an attempt stale.
    let _turn = api.policy_change.lock().await;
    unless_stale(MAX_ATTEMPTS, attempt).await
}

/// Retries while the version is stale, up to `max` attempts.
async fn unless_stale<T, Attempt>(max: usize, attempt: impl Fn() -> Attempt) -> Result<T, Problem>
where
    Attempt: Future<Output = Result<T, Problem>>,
{
    for _ in 1..max {
        match attempt().await {
            Err(problem) if problem.code() == Code::StaleVersion => {}
            result => return result,
        }
    }
    attempt().await.map_err(|problem| match problem.code() {
        Code::StaleVersion if max > 1 => Problem::new(
            Code::Overloaded,
            "The office is being changed by other requests; nothing was done. Send it again in a moment.",
        ),
        _ => problem,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Fails with a stale version `stale` times, then succeeds. Returns the result and the number of attempts.
    async fn after(stale: usize, max: usize) -> (Result<(), Code>, usize) {
        let attempts = Cell::new(0);
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            if attempts.get() > stale {
                Ok(())
            } else {
                Err(Problem::new(Code::StaleVersion, "another was first"))
            }
        };
        (unless_stale(max, attempt).await.map_err(|problem| problem.code()), attempts.get())
    }

    #[tokio::test]
    async fn a_change_that_others_are_always_before_is_given_up() {
        assert_eq!(after(7, MAX_ATTEMPTS).await, (Ok(()), 8));
        assert_eq!(after(usize::MAX, MAX_ATTEMPTS).await, (Err(Code::Overloaded), 8));
        assert_eq!(after(usize::MAX, 1).await, (Err(Code::StaleVersion), 1), "a version was named");
    }
}
