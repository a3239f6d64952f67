use chrono::{DateTime, Utc};
use http_edge::{Clock, SlotRefs};
use read_model::ReadModel;

use crate::recent::RecentAnswers;

/// The read side of one process.
#[derive(Debug, Clone)]
pub struct QueryApi {
    pub(crate) read_model: ReadModel,
    pub(crate) slot_refs: SlotRefs,
    pub(crate) recent_slots: RecentAnswers,
    clock: Clock,
}

impl QueryApi {
    /// Asks this read model; offered slots carry references that whoever has the same secret can read.
    pub fn new(read_model: impl Into<ReadModel>, slot_refs: SlotRefs, clock: Clock) -> Self {
        Self { read_model: read_model.into(), slot_refs, recent_slots: RecentAnswers::default(), clock }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
