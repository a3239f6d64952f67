use std::time::Duration;

use chrono::{DateTime, Utc};
use operation::{Clock, Prepared, Problem, QueryCall, SlotRefs};
use read_model::{ReadModel, SlotsAnswer};

use crate::refusal::{behind, reading_the_past};
use crate::response_cache::ResponseCache;
use crate::slot_search::{Offer, SlotSearch};

/// How long a request waits for the projection.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The read side of one process.
#[derive(Debug, Clone)]
pub struct QueryApi {
    read_model: ReadModel,
    pub(crate) slot_refs: SlotRefs,
    pub(crate) offers: ResponseCache<SlotSearch, Prepared<SlotsAnswer<Offer>>>,
    clock: Clock,
}

impl QueryApi {
    /// Asks this read model; offered slots carry references that whoever has the same secret can read.
    pub fn new(read_model: impl Into<ReadModel>, slot_refs: SlotRefs, clock: Clock) -> Self {
        Self { read_model: read_model.into(), slot_refs, offers: ResponseCache::default(), clock }
    }

    /// The read model, once it is as new as the caller asks for. Until the past has been read once, nothing is answered: of
    /// much that there is it would be said that it does not exist.
    pub(crate) async fn read_model(&self, call: &QueryCall) -> Result<&ReadModel, Problem> {
        if self.read_model.is_reading_the_past() {
            return Err(reading_the_past());
        }
        self.read_model.wait_for(call.min_position, MAX_WAIT).await.map_err(behind)?;
        Ok(&self.read_model)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
