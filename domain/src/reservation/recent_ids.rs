use std::collections::{BTreeSet, VecDeque};

use chrono::TimeDelta;
use schemas::ReservationId;
use serde::{Deserialize, Serialize};

use super::REMEMBERED;

/// Ids that are remembered for [`REMEMBERED`] of the stream's passed time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RecentIds {
    known: BTreeSet<ReservationId>,
    /// With the passed time at which each was noted.
    oldest_first: VecDeque<(TimeDelta, ReservationId)>,
}

impl RecentIds {
    pub(super) fn contains(&self, id: ReservationId) -> bool {
        self.known.contains(&id)
    }

    pub(super) fn note(&mut self, id: ReservationId, passed: TimeDelta) {
        let limit = passed - REMEMBERED;
        while let Some((_, oldest)) = self.oldest_first.pop_front_if(|(noted, _)| *noted < limit) {
            self.known.remove(&oldest);
        }
        if self.known.insert(id) {
            self.oldest_first.push_back((passed, id));
        }
    }
}
