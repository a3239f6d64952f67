use std::sync::Arc;

use event_store::EventStore;
use operation::{Clock, SlotRefs};

use crate::reassignment;
use crate::{CommandApi, Settings};

impl CommandApi {
    /// Starts to follow the store. Commands are taken at once; [`Self::ready`] says when the past is known.
    ///
    /// Must be called within a tokio runtime, on which everything that outlives a request will run.
    pub fn start(store: EventStore, clock: Clock, slot_refs: SlotRefs, settings: &Settings) -> Arc<Self> {
        let api = Self::following(store, clock, slot_refs, settings);
        // It keeps no hold of the api, and ends by itself when the api is gone.
        tokio::spawn(reassignment::settle(Arc::downgrade(&api)));
        api
    }
}
