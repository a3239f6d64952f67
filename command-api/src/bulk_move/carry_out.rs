//! Goes on with a bulk move, wherever it was left; or foresees what would come of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{BulkMoveCommand, Command, MoveProgress, MoveStatus, Visit, VisitOutcome};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use operation::{Code, Problem};
use schemas::MoveId;
use tracing::Instrument as _;

use super::answers::not_found;
use super::visit::Mover;
use crate::CommandApi;

/// How long a request waits for its bulk move to be over; a longer one goes on without it.
const WAITED_FOR: Duration = Duration::from_secs(5);
/// How many visits are seen to at the same time.
const AT_ONCE: usize = 4;
/// How often visits that could not be seen to, as others changed them at the same time, are tried again at once.
const MAX_ROUNDS: usize = 5;

/// Goes on with a bulk move, also if the client disconnects, and waits a while for its end. What is left then, or after
/// a failure, goes on by itself: a failure is no answer.
pub(crate) async fn go_on(api: &Arc<CommandApi>, move_id: MoveId) {
    let (of_task, runtime) = (Arc::clone(api), api.runtime.clone());
    let carrying_out = async move { carry_out(&of_task, move_id).await };
    let task = runtime.spawn(carrying_out.in_current_span());
    match tokio::time::timeout(WAITED_FOR, task).await {
        Ok(Ok(Err(problem))) => tracing::info!(%move_id, %problem, "bulk move left for later"),
        Ok(Err(error)) => tracing::error!(%move_id, %error, "bulk move failed by a defect"),
        Ok(Ok(Ok(()))) | Err(_) => {}
    }
}

/// Sees to every visit that has no outcome yet, or that is to come back.
pub(super) async fn carry_out(api: &Arc<CommandApi>, move_id: MoveId) -> Result<(), Problem> {
    let _turn = api.locks.take(move_id.uuid()).await;
    let mut last = Ok(());
    for _ in 0..MAX_ROUNDS {
        let loaded = api.load_move(move_id).await?;
        let Some(progress) = loaded.state.progress() else { return Ok(()) };
        let due = due(progress);
        if due.is_empty() {
            return Ok(());
        }
        let mover = Mover { api, state: &loaded.state, progress, dry_run: false };
        last = round(&mover, progress.status, due).await;
        if last.as_ref().is_err_and(|problem| problem.code() != Code::Overloaded) {
            return last;
        }
    }
    last
}

/// As the bulk move would be once the command is carried out and every visit has been seen to: each is asked for as it is
/// now, by itself. Nothing is stored.
pub(crate) async fn foresee(
    api: &Arc<CommandApi>,
    move_id: MoveId,
    command: Command<BulkMoveCommand>,
) -> Result<MoveProgress, Problem> {
    let mut state = api.load_move(move_id).await?.state.after([command], api.now());
    // What turns out to be moved already is taken back in the second.
    for _ in 0..MAX_ROUNDS {
        let Some(progress) = state.progress() else { break };
        let due = due(progress);
        if due.is_empty() {
            break;
        }
        let mover = &Mover { api, state: &state, progress, dry_run: true };
        let asked = due.into_iter().map(|visit| async move { mover.outcome(&visit).await });
        let outcomes: Vec<_> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| mover.recording(outcome)).collect();
        state = state.after(outcomes, api.now());
    }
    state.progress().cloned().ok_or_else(not_found)
}

/// The visits that have no outcome yet, or that are to come back.
fn due(progress: &MoveProgress) -> Vec<Visit> {
    let is_due = |visit: &&Visit| match progress.status {
        MoveStatus::Running => visit.outcome == VisitOutcome::Pending,
        MoveStatus::Undoing => matches!(visit.outcome, VisitOutcome::Pending | VisitOutcome::Moved),
        MoveStatus::Planned | MoveStatus::Completed | MoveStatus::Undone => false,
    };
    progress.visits.iter().filter(is_due).cloned().collect()
}

/// Sees to each visit once, until its bulk move takes another turn or the service fails. What was begun is ended.
async fn round(mover: &Mover<'_>, status: MoveStatus, due: Vec<Visit>) -> Result<(), Problem> {
    let is_stopped = &AtomicBool::new(false);
    let steps = due.into_iter().map(|visit| async move {
        if is_stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let seen_to = mover.see_to(&visit).await;
        let goes_on = match &seen_to {
            Ok(answer) => answer.status == status,
            Err(problem) => problem.code() == Code::Overloaded,
        };
        if !goes_on {
            is_stopped.store(true, Ordering::Relaxed);
        }
        seen_to.map(drop)
    });
    let mut steps = stream::iter(steps).buffer_unordered(AT_ONCE);
    let mut outcome = Ok(());
    while let Some(seen_to) = steps.next().await {
        // Another failure than of one visit comes first.
        if seen_to.as_ref().is_err_and(|problem| problem.code() != Code::Overloaded) || outcome.is_ok() {
            outcome = seen_to;
        }
    }
    outcome
}
