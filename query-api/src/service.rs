//! What the queries of one process share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use operation::{Clock, Prepared, Problem, QueryCall, SlotRefs};
use read_model::{ReadModel, SlotsAnswer};

use crate::refusal::{behind, reading_the_past};
use crate::response_cache::ResponseCache;
use crate::slot_search::{Offer, SlotsRequest};

/// How long a request waits for `min_position`.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The read side of one process.
#[derive(Debug, Clone)]
pub struct QueryApi {
    read_model: ReadModel,
    pub(crate) slot_refs: SlotRefs,
    pub(crate) offers: ResponseCache<SlotsRequest, Prepared<SlotsAnswer<Offer>>>,
    clock: Clock,
}

impl QueryApi {
    /// Queries this read model; `slot_refs` makes the references of offered slots.
    pub fn new(read_model: impl Into<ReadModel>, slot_refs: SlotRefs, clock: Clock) -> Self {
        Self { read_model: read_model.into(), slot_refs, offers: ResponseCache::default(), clock }
    }

    /// The read model, once it has reached the caller's `min_position`. Until it has caught up once, queries are
    /// refused: they would not find much of what exists.
    pub(crate) async fn read_model(&self, call: &QueryCall) -> Result<&ReadModel, Problem> {
        if self.read_model.is_catching_up() {
            return Err(reading_the_past());
        }
        self.read_model.wait_for(call.min_position, MAX_WAIT).await.map_err(behind)?;
        Ok(&self.read_model)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
