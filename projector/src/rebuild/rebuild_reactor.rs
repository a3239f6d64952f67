//! The reactor that projects events into the tables of a rebuild.

use event_store::{RecordedEvent, StreamFilter};
use reactor::{HandleError, Reactor, Retry, StartPosition};
use read_model::ParkedStream;
use read_model::postgres::RebuildTables;

use crate::projection::{Decoded, filter, handled, retry, to_reactor, to_read_model};

pub(super) struct RebuildReactor<'tables> {
    pub(super) tables: RebuildTables<'tables>,
    /// As the tables have them.
    parked: Vec<ParkedStream>,
}

impl<'tables> RebuildReactor<'tables> {
    pub(super) const fn new(tables: RebuildTables<'tables>) -> Self {
        Self { tables, parked: Vec::new() }
    }
}

impl Reactor for RebuildReactor<'_> {
    fn name(&self) -> &'static str {
        "rebuild"
    }

    fn filter(&self) -> StreamFilter {
        filter()
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        self.parked = self.tables.parked().await.map_err(retry)?;
        let position = self.tables.position();
        let parked = Some(self.parked.iter().map(to_reactor).collect());
        Ok(StartPosition { after: (0 < position).then_some(position), parked })
    }

    async fn handle(&mut self, events: &[RecordedEvent], position: u64) -> Result<(), HandleError> {
        let Decoded { decoded, failed } = Decoded::of(events);
        let outcome = self.tables.apply(&decoded, &self.parked).await;
        handled(outcome, failed, events)?;
        if self.tables.position() < position {
            self.tables.advance(position, &self.parked).await.map_err(retry)?;
        }
        Ok(())
    }

    async fn park(&mut self, parked: &reactor::ParkedStream) -> Result<(), Retry> {
        let parked = to_read_model(parked);
        self.tables.park(&parked).await.map_err(retry)?;
        self.parked.push(parked);
        Ok(())
    }
}
