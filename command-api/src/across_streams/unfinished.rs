//! Completes or releases what a killed process has left reserved.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use operation::Code;

use super::settling::Found;
use super::side::{Sends, Side};
use crate::CommandApi;
use crate::directory::LooseClaim;

/// How often open reservations are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many are settled at the same time.
const AT_ONCE: usize = 16;
/// How many claims on time of leads and properties are looked after in one go.
const BATCH: usize = 1_000;

/// Settles the reservations that are overdue. Ends when the api is dropped.
pub(crate) async fn settle_unfinished(api: Weak<CommandApi>) {
    let Some(directory) = api.upgrade().map(|api| Arc::clone(&api.directory)) else { return };
    directory.ready().await;
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        let Some(api) = api.upgrade() else { return };
        let now = api.now();
        let due = directory.reservations().into_iter().filter(|open| open.expires_at <= now);
        let settling = due.map(|open| {
            let api = Arc::clone(&api);
            async move {
                let (id, deciding) = (open.reservation_id, &open.deciding_stream);
                (id, api.settle(&open.on, id, deciding, open.expires_at).await)
            }
        });
        let mut settled = stream::iter(settling).buffer_unordered(AT_ONCE);
        while let Some((reservation_id, found)) = settled.next().await {
            match found {
                Ok(Found::Closed) => tracing::info!(%reservation_id, "reservation settled"),
                Ok(Found::Live) => {}
                // Why the store cannot be used is told already.
                Err(problem) if problem.code() == Code::StoreUnavailable => {}
                Err(problem) => {
                    tracing::warn!(%reservation_id, %problem, "reservation not settled; it is tried again");
                }
            }
        }
        settle_claims(&api, now).await;
    }
}

/// Releases the claims of what is over, and has those that went to another agent name that one.
async fn settle_claims(api: &Arc<CommandApi>, now: chrono::DateTime<chrono::Utc>) {
    let due = api.directory.loose_claims(now, BATCH);
    let settling = due.into_iter().map(|loose| settle_claim(api, loose));
    let mut settled = stream::iter(settling).buffer_unordered(AT_ONCE);
    while settled.next().await.is_some() {}
}

async fn settle_claim(api: &CommandApi, LooseClaim { on, claim, held_by }: LooseClaim) {
    let reservation_id = claim.reservation_id;
    let Some(side) = Side::of(&on) else { return };
    let settled = match held_by {
        Some(agent_id) => {
            let to = schemas::stream::agent(&agent_id);
            let repointed = api.repoint_on(&side, reservation_id, claim.deciding_stream, to).await;
            repointed.map_err(|failure| format!("{failure:?}"))
        }
        None => {
            let standing = api.standing(&side, &claim, Sends::Command).await;
            standing.map(drop).map_err(|problem| problem.to_string())
        }
    };
    if let Err(why) = settled {
        tracing::debug!(%reservation_id, why, "claim not settled; it is tried again");
    }
}
