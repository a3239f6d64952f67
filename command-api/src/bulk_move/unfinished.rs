//! Goes on with the bulk moves that a killed process, or one that lost the store, has left.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::TimeDelta;

use super::carry_out::carry_out;
use crate::CommandApi;

/// How often they are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// One that nothing has happened to for so long is left: whoever carries one out records a visit more often.
const LEFT_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Goes on with those that were left when this process started, and from then on with those that nothing happens to.
/// Ends when the api is dropped.
pub(crate) async fn continue_unfinished(api: Weak<CommandApi>) {
    let Some(directory) = api.upgrade().map(|api| Arc::clone(&api.directory)) else { return };
    directory.ready().await;
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let mut left_after = TimeDelta::zero();
    loop {
        ticks.tick().await;
        let Some(api) = api.upgrade() else { return };
        let now = api.now();
        let left = directory.unfinished_moves().into_iter().filter(|(_, at)| now - *at >= left_after);
        for (move_id, _) in left {
            match carry_out(&api, move_id).await {
                Ok(()) => tracing::info!(%move_id, "went on with a bulk move that was left"),
                Err(problem) => {
                    tracing::warn!(%move_id, %problem, "bulk move not finished; it is tried again");
                }
            }
        }
        left_after = LEFT_AFTER;
    }
}
