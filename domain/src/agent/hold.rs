//! Holding and releasing of slots.

use availability::{SlotRequest, check};
use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, HoldReleased, SlotHeld};
use schemas::{Actor, ActorKind, HoldId};

use super::alternatives::Alternatives;
use super::{Agent, AgentRejection, HoldSlot};
use crate::Office;

impl Agent {
    pub(super) fn decide_hold(
        &self,
        hold: &HoldSlot,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.active()?;
        if hold.expires_at <= now {
            return Err(AgentRejection::HoldExpired);
        }
        let appointment_type = office
            .calendar()
            .appointment_type(&hold.appointment_type)
            .ok_or_else(|| AgentRejection::UnknownAppointmentType(hold.appointment_type.clone()))?;
        let request = SlotRequest {
            appointment_type: &hold.appointment_type,
            start: hold.start,
            property_id: hold.property_id.as_ref(),
            lead_id: Some(&hold.lead_id),
            moving: None,
            duration_minutes: None,
        };
        self.lead_overlap(&request, None, office).map_or(Ok(()), Err)?;
        let slot = check(&self.calendar, office.calendar(), &request, now)
            .map_err(|reason| self.slot_unavailable(reason, &request, office, now, Alternatives::NEAREST))?;
        let own = self.calendar.holds().filter(|known| known.lead_id == hold.lead_id && known.is_live(now));
        // This hold replaces the lead's earlier one on the same slot.
        let (replaced, others): (Vec<_>, Vec<_>) = own
            .partition(|known| known.appointment_type == hold.appointment_type && known.start == hold.start);
        let max = office.policy().max_holds_per_lead;
        if others.len() >= usize::from(max) {
            return Err(AgentRejection::HoldLimit { max });
        }
        Ok(vec![
            SlotHeld {
                hold_id: hold.hold_id,
                lead_id: hold.lead_id.clone(),
                appointment_type: hold.appointment_type.clone(),
                property_id: hold.property_id.clone(),
                start: slot.start,
                end: slot.end,
                buffer_before_minutes: appointment_type.buffer_before_minutes,
                buffer_after_minutes: appointment_type.buffer_after_minutes,
                max_appointments_per_slot: slot.max_appointments_per_slot,
                expires_at: hold.expires_at,
                replaces: replaced.into_iter().map(|known| known.hold_id).collect(),
            }
            .into(),
        ])
    }

    pub(super) fn decide_release(
        &self,
        hold_id: HoldId,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        self.registered()?;
        match self.calendar.find_hold(hold_id) {
            Some(hold) if actor.kind == ActorKind::Lead && actor.id != hold.lead_id.as_str() => {
                Err(AgentRejection::HoldNotFound(hold_id))
            }
            Some(hold) if hold.is_live(now) => Ok(vec![HoldReleased { hold_id }.into()]),
            _ => Err(AgentRejection::HoldExpired),
        }
    }
}
