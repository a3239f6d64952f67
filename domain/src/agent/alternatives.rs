//! The slots that a refusal offers instead.

use availability::lead_bookings::requested_slot;
use availability::{Interval, Reason, SlotRequest, nearest};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Agent, AgentRejection, RequestedSlot};
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
        let requested = Box::new(self.requested(request, office));
        AgentRejection::SlotUnavailable { reason, requested, alternatives }
    }

    fn requested(&self, request: &SlotRequest<'_>, office: &Office) -> RequestedSlot {
        // Of a retired type, an appointment still has its own length.
        let own_length = TimeDelta::minutes(request.duration_minutes.unwrap_or_default().into());
        let of_length = || Interval::new(request.start, request.start + own_length);
        RequestedSlot {
            agent_id: self.agent_id(),
            appointment_type: request.appointment_type.clone(),
            interval: requested_slot(office.calendar(), request).unwrap_or_else(of_length),
            property_id: request.property_id.cloned(),
            lead_id: request.lead_id.cloned(),
            moving: request.moving,
            time_zone: self.calendar.time_zone(),
        }
    }
}
