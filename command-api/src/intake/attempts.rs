//! Retries of commands: transient failures are retried without limit, a failing handler four times.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use operation::{Code, Problem};
use tokio::sync::watch;

use super::partition_queue::{Interrupted, Phase};

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(2);

/// How often a command's handler may fail before the command becomes a dead letter.
const MAX_BREAKDOWNS: u32 = 5;

/// Retries until there is an answer to give. An internal error and a panic count as a failed handler.
pub(super) async fn carry_out<T, Attempt>(
    attempt: impl Fn() -> Attempt,
    mut phase: watch::Receiver<Phase>,
) -> Result<Result<T, Problem>, Interrupted>
where
    Attempt: Future<Output = Result<T, Problem>>,
{
    let (mut pause, mut breakdowns) = (FIRST_RETRY_DELAY, 0);
    loop {
        let answer = AssertUnwindSafe(async { attempt().await }).catch_unwind().await;
        let problem = match answer.unwrap_or_else(|_| Err(broken_down())) {
            Err(problem) if problem.code() == Code::Internal => {
                breakdowns += 1;
                if breakdowns == MAX_BREAKDOWNS {
                    return Ok(Err(problem));
                }
                problem
            }
            Err(problem) if passes(problem.code()) => problem,
            answer => return Ok(answer),
        };
        metrics::counter!("intake_retries_total").increment(1);
        tracing::debug!(%problem, "a command is retried");
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = LONGEST_RETRY_DELAY.min(pause * 2),
            _ = phase.wait_for(|phase| *phase > Phase::Working) => return Err(Interrupted),
        }
    }
}

fn broken_down() -> Problem {
    let detail = format!(
        "The command's handler failed {MAX_BREAKDOWNS} times; the log of the service has the details."
    );
    Problem::new(Code::Internal, detail)
}

/// Whether the failure is transient.
const fn passes(code: Code) -> bool {
    matches!(
        code,
        Code::Overloaded
            | Code::StoreUnavailable
            | Code::StorageFull
            | Code::OutcomeUnknown
            | Code::Behind
            | Code::NotReady
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Fails `breakdowns` times, then succeeds. Returns the result and the number of attempts.
    async fn after(breakdowns: u32, code: Option<Code>) -> (Result<&'static str, Code>, u32) {
        let attempts = Cell::new(0);
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            match code {
                _ if attempts.get() > breakdowns => Ok("done"),
                Some(code) => Err(Problem::new(code, "not now")),
                None => panic!("a handler that panics"),
            }
        };
        let (_phase, working) = watch::channel(Phase::Working);
        let Ok(answer) = carry_out(attempt, working).await else { panic!("the partition is not revoked") };
        (answer.map_err(|problem| problem.code()), attempts.get())
    }

    #[tokio::test(start_paused = true)]
    async fn what_breaks_its_handler_five_times_is_given_up() {
        for code in [None, Some(Code::Internal)] {
            assert_eq!(after(4, code).await, (Ok("done"), 5), "{code:?}");
            assert_eq!(after(5, code).await, (Err(Code::Internal), 5), "{code:?}");
            assert_eq!(after(u32::MAX, code).await, (Err(Code::Internal), 5), "{code:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_until_it_has_and_what_is_refused_is_not_tried_again() {
        for code in [Code::StoreUnavailable, Code::StorageFull, Code::OutcomeUnknown, Code::Behind] {
            assert_eq!(after(500, Some(code)).await, (Ok("done"), 501), "{code:?}");
        }
        assert_eq!(after(1, Some(Code::SlotUnavailable)).await, (Err(Code::SlotUnavailable), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_partition_that_is_let_go_of_ends_the_attempts() {
        let (_phase, closing) = watch::channel(Phase::Closing);
        let attempt = || async { Err::<(), _>(Problem::new(Code::StoreUnavailable, "away")) };
        assert!(carry_out(attempt, closing).await.is_err());
    }
}
