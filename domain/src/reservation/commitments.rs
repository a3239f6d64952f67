use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemas::ReservationId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::recent_ids::RecentIds;
use super::{Attempt, LONGEST_ATTEMPT};

/// What a stream has decided about a reservation on another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a, C> {
    /// The decision was made with it.
    Committed(&'a C),
    /// The decision was ruled out.
    Fenced,
    /// Neither yet.
    Undecided,
}

/// Why a decision can no longer be made with a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CannotCommit {
    /// The decision was made with it.
    #[error("the reservation was used")]
    Used,
    /// Somebody else has ruled it out.
    #[error("the reservation was given up")]
    Fenced,
    /// It was made too long ago.
    #[error("the reservation is too old")]
    TooOld,
}

/// The decisions of a stream on reservations elsewhere.
///
/// A commit is never forgotten here: the reservation may still have to be settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commitments<C> {
    committed: BTreeMap<ReservationId, C>,
    fenced: RecentIds,
}

impl<C> Default for Commitments<C> {
    fn default() -> Self {
        Self { committed: BTreeMap::new(), fenced: RecentIds::default() }
    }
}

impl<C> Commitments<C> {
    /// What was decided about a reservation.
    pub fn outcome(&self, id: ReservationId) -> Outcome<'_, C> {
        match self.committed.get(&id) {
            Some(commit) => Outcome::Committed(commit),
            None if self.fenced.contains(id) => Outcome::Fenced,
            None => Outcome::Undecided,
        }
    }

    /// Whether the decision may still be made with the reservation of this attempt.
    pub fn check(&self, attempt: Attempt, now: DateTime<Utc>) -> Result<(), CannotCommit> {
        match self.outcome(attempt.reservation_id) {
            Outcome::Committed(_) => return Err(CannotCommit::Used),
            Outcome::Fenced => return Err(CannotCommit::Fenced),
            Outcome::Undecided => {}
        }
        // After a clock that was set back by more than this, the fence may be forgotten.
        if (now - attempt.made_at).abs() > LONGEST_ATTEMPT {
            return Err(CannotCommit::TooOld);
        }
        Ok(())
    }

    /// The decision was made.
    pub(crate) fn committed(&mut self, id: ReservationId, commit: C) {
        self.committed.insert(id, commit);
    }

    /// The decision was ruled out; `passed` is the stream's passed time.
    pub(crate) fn fenced(&mut self, id: ReservationId, passed: TimeDelta) {
        self.fenced.note(id, passed);
    }
}
