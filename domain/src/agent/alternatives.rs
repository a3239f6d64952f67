//! The slots that a refusal offers instead.

use availability::{Interval, Reason, SlotRequest, nearest};
use chrono::{DateTime, Utc};

use super::{Agent, AgentRejection};
use crate::Office;

/// How many other slots a refusal offers.
const MAX_ALTERNATIVES: usize = 3;

/// Which other slots a refusal offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alternatives {
    count: usize,
    /// When an appointment that is moved is now: that is no alternative.
    present: Option<Interval>,
}

impl Alternatives {
    /// The nearest.
    pub(super) const NEAREST: Self = Self { count: MAX_ALTERNATIVES, present: None };
    /// None: finding them takes longer than the decision.
    pub(super) const NONE: Self = Self { count: 0, present: None };

    /// The nearest, but not where the appointment is now.
    pub(super) const fn besides(present: Interval) -> Self {
        Self { count: MAX_ALTERNATIVES, present: Some(present) }
    }
}

impl Agent {
    pub(super) fn slot_unavailable(
        &self,
        reason: Reason,
        request: &SlotRequest<'_>,
        office: &Office,
        now: DateTime<Utc>,
        Alternatives { count, present }: Alternatives,
    ) -> AgentRejection {
        let asked = if present.is_some() { count + 1 } else { count };
        let mut alternatives = nearest(&self.calendar, office.calendar(), request, now, asked);
        alternatives.retain(|slot| {
            present.is_none_or(|present| slot.start != present.start || slot.end != present.end)
        });
        alternatives.truncate(count);
        AgentRejection::SlotUnavailable { reason, alternatives }
    }
}
