//! Completes or releases what a killed process has left reserved.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use operation::Code;

use super::settling::Found;
use crate::CommandApi;

/// How often open reservations are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many are settled at the same time.
const AT_ONCE: usize = 16;

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
    }
}
