//! The reactor that projects events into tables that nobody reads yet: those of a rebuild or a verification.

use event_store::{RecordedEvent, StreamFilter};
use reactor::{HandleError, Reactor, Retry, StartPosition};
use read_model::ParkedStream;
use read_model::postgres::RebuildTables;

use crate::projection::{Decoded, filter, handled, retry, to_reactor, to_read_model};

pub(crate) struct BuildReactor<'tables> {
    name: &'static str,
    tables: RebuildTables<'tables>,
    /// As the tables have them.
    parked: Vec<ParkedStream>,
}

impl<'tables> BuildReactor<'tables> {
    /// Under this name in the log.
    pub(crate) const fn new(name: &'static str, tables: RebuildTables<'tables>) -> Self {
        Self { name, tables, parked: Vec::new() }
    }
}

impl Reactor for BuildReactor<'_> {
    fn name(&self) -> &'static str {
        self.name
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
