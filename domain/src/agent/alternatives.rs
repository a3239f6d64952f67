//! The slots that a refusal offers instead.

use availability::lead_bookings::requested_slot;
use availability::{Cause, Interval, Reason, SlotRequest, explain, nearest};
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
        let mut requested = Box::new(self.requested(request, office));
        self.tell_why(&mut requested, reason, request, office, now);
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
            last_date: None,
            block_reason: None,
        }
    }

    /// What an agent has blocked is nobody else's business: only the office's blocks are told.
    fn tell_why(
        &self,
        requested: &mut RequestedSlot,
        reason: Reason,
        request: &SlotRequest<'_>,
        office: &Office,
        now: DateTime<Utc>,
    ) {
        if !matches!(reason, Reason::BeyondHorizon | Reason::Blocked) {
            return;
        }
        for finding in explain(&self.calendar, office.calendar(), request, now) {
            match finding.cause {
                Cause::Horizon { last_date } => requested.last_date = Some(last_date),
                Cause::OfficeBlock { block_id, .. } if requested.block_reason.is_none() => {
                    let block = office.calendar().find_block(block_id);
                    let said = block.map(|block| block.reason.clone());
                    requested.block_reason = said.filter(|said| !said.is_empty());
                }
                _ => {}
            }
        }
    }
}
