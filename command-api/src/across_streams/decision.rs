//! One decision across streams, from the first question to the last append.

use domain::reservation::Attempt;
use operation::Problem;

use crate::send::always_elsewhere;

/// How often a decision that others have overtaken is tried again. An attempt that was left behind is waited for in each, 2 s,
/// and so until its reservation has expired.
const MAX_ATTEMPTS: usize = 6;

/// What the deciding stream says when it is asked.
pub(super) enum Asked<N, A> {
    /// There is nothing to decide, or it was decided before.
    Answered(A),
    /// This has to be reserved first.
    Needs(Vec<N>),
}

/// Why something is not reserved.
pub(super) enum NotReserved {
    /// What was asked about has changed: ask again.
    Overtaken,
    /// It is refused, and nothing was done.
    Refused(Problem),
    /// It may have been reserved.
    InDoubt(Problem),
}

/// What became of the one append that decides.
pub(super) enum Committed<A> {
    /// It was made.
    Made(A),
    /// What was reserved is no longer what is needed: ask again.
    Overtaken,
    /// It is refused.
    Refused(Problem),
    /// It may have been made.
    InDoubt(Problem),
}

/// A decision on one stream that needs reservations on others.
pub(super) trait Decision: Send + Sync {
    /// What has to be reserved on one stream.
    type Need: Send + Sync;
    /// What was reserved there.
    type Reserved: Send + Sync;
    /// The answer of the deciding stream.
    type Answer: Send;

    /// Whether it is only asked what would happen: then every step is answered, and none is stored.
    fn is_dry_run(&self) -> bool;

    /// Asks the deciding stream; nothing is reserved yet.
    fn ask(&self) -> impl Future<Output = Result<Asked<Self::Need, Self::Answer>, Problem>> + Send;

    /// Asks whether it could be reserved; nothing is appended.
    fn check(&self, need: &Self::Need) -> impl Future<Output = Result<(), NotReserved>> + Send;

    /// Reserves it, under an id of this attempt.
    fn reserve(
        &self,
        need: Self::Need,
    ) -> impl Future<Output = Result<(Attempt, Self::Reserved), NotReserved>> + Send;

    /// Decides, with what was reserved.
    fn commit(
        &self,
        reserved: &[(Attempt, Self::Reserved)],
    ) -> impl Future<Output = Committed<Self::Answer>> + Send;

    /// Turns a reservation into what was decided.
    fn settle(
        &self,
        attempt: Attempt,
        reserved: &Self::Reserved,
    ) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Gives up a reservation whose decision was not made.
    fn release(&self, attempt: Attempt) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// Makes a decision. What is refused leaves nothing behind.
///
/// A reservation that cannot be settled or released at once is left to whoever meets it, and to
/// [`settle_unfinished`](super::settle_unfinished).
pub(super) async fn decide<D: Decision>(decision: &D) -> Result<D::Answer, Problem> {
    for _ in 0..MAX_ATTEMPTS {
        let needs = match decision.ask().await? {
            Asked::Answered(answer) => return Ok(answer),
            Asked::Needs(needs) => needs,
        };
        let reserved = match reserve_all(decision, needs).await {
            Ok(reserved) => reserved,
            Err(NotReserved::Overtaken) => continue,
            Err(NotReserved::Refused(problem) | NotReserved::InDoubt(problem)) => return Err(problem),
        };
        match decision.commit(&reserved).await {
            Committed::Made(answer) if decision.is_dry_run() => return Ok(answer),
            Committed::Made(answer) => {
                for (attempt, reserved) in &reserved {
                    left_behind(*attempt, decision.settle(*attempt, reserved).await);
                }
                return Ok(answer);
            }
            Committed::Overtaken => release_all(decision, reserved).await,
            Committed::Refused(problem) => {
                release_all(decision, reserved).await;
                return Err(problem);
            }
            Committed::InDoubt(problem) => return Err(problem),
        }
    }
    Err(always_elsewhere())
}

/// Reserves everything in its order, or nothing.
async fn reserve_all<D: Decision>(
    decision: &D,
    needs: Vec<D::Need>,
) -> Result<Vec<(Attempt, D::Reserved)>, NotReserved> {
    // With a single one, it is asked and reserved in one.
    if needs.len() > 1 {
        for need in &needs {
            decision.check(need).await?;
        }
    }
    let mut reserved = Vec::with_capacity(needs.len());
    for need in needs {
        match decision.reserve(need).await {
            Ok(one) => reserved.push(one),
            Err(not_reserved) => {
                release_all(decision, reserved).await;
                return Err(not_reserved);
            }
        }
    }
    Ok(reserved)
}

async fn release_all<D: Decision>(decision: &D, reserved: Vec<(Attempt, D::Reserved)>) {
    if decision.is_dry_run() {
        return;
    }
    for (attempt, _) in reserved {
        left_behind(attempt, decision.release(attempt).await);
    }
}

fn left_behind(attempt: Attempt, closed: Result<(), Problem>) {
    if let Err(problem) = closed {
        let reservation_id = attempt.reservation_id;
        tracing::debug!(%reservation_id, %problem, "reservation left open; it is settled later");
    }
}
