use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http_edge::{Clock, Metrics, SlotRefs};
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

/// What is told of the process itself.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    /// What has to be well for requests to be sent here.
    pub checks: Vec<ReadinessCheck>,
    /// What has been counted, if anything is.
    pub metrics: Option<Metrics>,
}

/// One part that has to be well, by name.
#[derive(Clone)]
pub struct ReadinessCheck {
    name: &'static str,
    check: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
}

impl ReadinessCheck {
    /// `check` answers at once, without IO; what it says when not well is shown to anyone, so it tells nothing secret.
    pub fn new<E: fmt::Display>(
        name: &'static str,
        check: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self { name, check: Arc::new(move || check().map_err(|reason| reason.to_string())) }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn run(&self) -> Result<(), String> {
        (self.check)()
    }
}

impl fmt::Debug for ReadinessCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadinessCheck").field(&self.name).finish()
    }
}
