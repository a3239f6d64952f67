//! Bulk moves as queries return them.

use calendar_fold::MoveProgress;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode, BulkMoveEvent, Metadata, MoveId};
use serde::Serialize;

use crate::error::ApplyErrorReason;

/// A bulk move with the outcome of each visit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BulkMoveRow {
    /// The plan and the outcomes.
    #[serde(flatten)]
    pub progress: MoveProgress,
    /// How often it has changed, counted from 1.
    pub version: u64,
}

impl BulkMoveRow {
    /// Applies the next event of a bulk move to what is known of it. On an error nothing has changed.
    pub(crate) fn evolve(
        known: &mut Option<Self>,
        move_id: MoveId,
        event: &BulkMoveEvent,
        metadata: &Metadata,
    ) -> Result<(), ApplyErrorReason> {
        let at = metadata.recorded_at;
        match (event, known.as_mut()) {
            (BulkMoveEvent::BulkMoveStarted(event), None) => {
                *known = Some(Self { progress: MoveProgress::started(event, at), version: 1 });
            }
            (BulkMoveEvent::BulkMoveStarted(_) | BulkMoveEvent::CommandHadNoEffect(_), Some(_)) => {}
            (event, Some(row)) => {
                row.progress.evolve(event, at);
                row.version += 1;
            }
            (_, None) => return Err(ApplyErrorReason::MoveNotStarted(move_id)),
        }
        Ok(())
    }

    /// Gives each time that is offered instead the reference under which it can be booked; see
    /// [`MoveProgress::with_slot_refs`].
    #[must_use]
    pub fn with_slot_refs(
        self,
        issue: impl Fn(&AgentId, &AppointmentTypeCode, DateTime<Utc>, DateTime<Utc>) -> String,
    ) -> Self {
        Self { progress: self.progress.with_slot_refs(issue), ..self }
    }
}
