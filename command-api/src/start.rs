use std::sync::Arc;

use event_store::EventStore;
use operation::{Clock, SlotRefs};

use crate::reassignment;
use crate::{CommandApi, Settings};

impl CommandApi {
    /// Starts the write side. Commands are taken at once; [`Self::ready`] says when the log has been read to its end.
    ///
    /// Must be called within a tokio runtime, on which everything that outlives a request will run.
    pub fn start(store: EventStore, clock: Clock, slot_refs: SlotRefs, settings: &Settings) -> Arc<Self> {
        let api = Self::following(store, clock, slot_refs, settings);
        // It has a weak reference to the api, and ends by itself when the api is dropped.
        tokio::spawn(reassignment::settle(Arc::downgrade(&api)));
        api
    }
}
