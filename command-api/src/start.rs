use std::sync::{Arc, Weak};
use std::time::Duration;

use event_store::EventStore;
use operation::{Clock, SlotRefs};

use crate::across_streams::settle_unfinished;
use crate::bulk_move::continue_unfinished;
use crate::unconfirmed::release_unconfirmed;
use crate::{CommandApi, Settings};

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl CommandApi {
    /// Starts the write side. Commands are taken at once; [`Self::ready`] says when the log has been read to its end.
    ///
    /// Must be called within a tokio runtime, on which everything that outlives a request will run.
    pub fn start(store: EventStore, clock: Clock, slot_refs: SlotRefs, settings: &Settings) -> Arc<Self> {
        let api = Self::following(store, clock, slot_refs, settings);
        // Each has a weak reference to the api, and ends by itself when the api is dropped.
        tokio::spawn(settle_unfinished(Arc::downgrade(&api)));
        tokio::spawn(release_unconfirmed(Arc::downgrade(&api)));
        tokio::spawn(continue_unfinished(Arc::downgrade(&api)));
        tokio::spawn(compare_clock(Arc::downgrade(&api)));
        api
    }
}

/// Looks at the clock once the log has been read: it may be behind what is recorded there. Then goes on looking, so that
/// a jump is noticed without a request too.
async fn compare_clock(api: Weak<CommandApi>) {
    let Some(directory) = api.upgrade().map(|api| Arc::clone(&api.directory)) else { return };
    directory.ready().await;
    drop(directory);
    if let Some(api) = api.upgrade() {
        api.compare_clock();
    }
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    while let Some(api) = api.upgrade() {
        api.now();
        drop(api);
        ticks.tick().await;
    }
}
