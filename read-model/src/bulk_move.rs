//! Bulk moves as queries return them.

use availability::Wording;
use calendar_fold::{MoveProgress, MoveStatus, VisitCounts};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::OfficePolicy;
use schemas::{AgentId, AppointmentTypeCode, BulkMoveEvent, Metadata, MoveId};
use serde::{Deserialize, Serialize};

use crate::error::ApplyErrorReason;
use crate::page::Cursor;
use crate::{Page, PageRequest, QueryError};

/// A bulk move with the outcome of each visit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BulkMoveRow {
    /// The plan and the outcomes.
    #[serde(flatten)]
    pub progress: MoveProgress,
    /// How often it has changed, counted from 1.
    pub version: u64,
}

/// A bulk move in the list of all: how far it is, without its visits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BulkMoveSummary {
    /// What it is, and how many visits have which outcome.
    #[serde(flatten)]
    pub(crate) outline: BulkMoveOutline,
    /// How often it has changed, counted from 1.
    pub version: u64,
}

/// A bulk move without its visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct BulkMoveOutline {
    /// Its id.
    pub(crate) move_id: MoveId,
    /// The agent whose visits they were.
    agent_id: AgentId,
    /// The visits overlap the time from here.
    from: DateTime<Utc>,
    /// To here.
    to: DateTime<Utc>,
    /// Why, for people to read.
    reason: String,
    /// How far it is.
    status: MoveStatus,
    /// How many of its visits have which outcome.
    counts: VisitCounts,
    /// When it was started.
    started_at: DateTime<Utc>,
    /// When its last event was recorded.
    updated_at: DateTime<Utc>,
}

impl BulkMoveSummary {
    pub(crate) fn of(row: &BulkMoveRow) -> Self {
        let progress = &row.progress;
        let outline = BulkMoveOutline {
            move_id: progress.move_id,
            agent_id: progress.agent_id.clone(),
            from: progress.from,
            to: progress.to,
            reason: progress.reason.clone(),
            status: progress.status,
            counts: progress.counts,
            started_at: progress.started_at,
            updated_at: progress.updated_at,
        };
        Self { outline, version: row.version }
    }

    /// The page of these, which are one more than its limit if there is a next one.
    pub(crate) fn page(summaries: Vec<Self>, page: &PageRequest) -> Page<Self> {
        Page::cut(summaries, page.limit, |last: &Self| Cursor::Move(last.outline.move_id))
    }

    /// The last bulk move of the page before; none for the first page.
    pub(crate) fn last_of(page: &PageRequest) -> Result<Option<MoveId>, QueryError> {
        match page.cursor()? {
            None => Ok(None),
            Some(Cursor::Move(move_id)) => Ok(Some(move_id)),
            Some(_) => Err(QueryError::BadCursor),
        }
    }
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

    /// Tells each time as people read it, in the language and the zone of the office.
    #[must_use]
    pub fn with_texts(self, office: &OfficePolicy) -> Self {
        let wording = Wording::of(&office.locale, office.time_zone);
        Self { progress: self.progress.with_texts(&wording, office.time_zone), ..self }
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
