//! Tables that are built from the log, for a rebuild or a comparison, while events are applied to them.

use schemas::Landmark;
use sqlx::PgConnection;

use crate::error::ProjectError;
use crate::event::ProjectedEvent;
use crate::postgres::writer::Writer;
use crate::postgres::{apply, landmark, load, parked};
use crate::{ParkedStream, Unavailable};

/// Tables being built, which no query reads yet.
#[derive(Debug)]
pub struct RebuildTables<'tables> {
    pub(in crate::postgres) connection: &'tables mut PgConnection,
    pub(in crate::postgres) writer: Writer,
    pub(in crate::postgres) position: &'tables mut u64,
}

impl RebuildTables<'_> {
    /// Their position in the log.
    pub const fn position(&self) -> u64 {
        *self.position
    }

    /// As [`super::super::PostgresReadModel::apply`] does.
    pub async fn apply(
        &mut self,
        events: &[ProjectedEvent],
        parked: &[ParkedStream],
    ) -> Result<(), ProjectError> {
        let applied = apply::apply(self.connection, &self.writer, events, parked).await;
        if let Ok(()) | Err(ProjectError::ApplyErrorReason(_)) = applied {
            *self.position = load::position(&mut *self.connection).await.map_err(Unavailable::from)?;
        }
        applied
    }

    /// As [`super::super::PostgresReadModel::advance`] does.
    pub async fn advance(&mut self, position: u64, parked: &[ParkedStream]) -> Result<(), Unavailable> {
        apply::advance(self.connection, &self.writer, position, parked).await?;
        *self.position = position.max(*self.position);
        Ok(())
    }

    /// As [`super::super::PostgresReadModel::park`] does.
    pub async fn park(&mut self, parked: &ParkedStream) -> Result<(), Unavailable> {
        parked::park(self.connection, &self.writer, parked).await?;
        *self.position = parked.position.max(*self.position);
        Ok(())
    }

    /// The last event that is in them; none before the first.
    pub async fn landmark(&mut self) -> Result<Option<Landmark>, Unavailable> {
        Ok(landmark::landmark(&mut *self.connection).await?)
    }

    /// The parked streams, whose events are left out.
    pub async fn parked(&mut self) -> Result<Vec<ParkedStream>, Unavailable> {
        Ok(load::parked_streams(&mut *self.connection).await?)
    }
}
