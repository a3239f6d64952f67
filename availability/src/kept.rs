//! Whether an agent has room for what was agreed before: a slot that is held, or another agent's appointment.
//!
//! What was agreed keeps its interval and its buffers. So neither what passes by time (notice, horizon, daily limit) nor a
//! type or grid that has changed since speaks against it. Hours, blocks, external busy time and what else takes the
//! agent's time do, and that it has begun.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use schemas::value::{AppointmentType, LocationKind};
use schemas::{AppointmentId, AppointmentTypeCode, LeadId, PropertyId};

use crate::claim::Booking;
use crate::day::LocalDay;
use crate::search::{all_findings, first_reason};
use crate::slot::{Finding, Reason, Slot};
use crate::slot_rules::{OnFinding, SlotRules, judge_blocks, outside};
use crate::{AgentCalendar, Interval, OfficeCalendar};

/// Returns the slot if the agent has room for an appointment that was agreed on with another agent, at the same time;
/// otherwise the first reason why not.
pub fn check_agreed(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    agreed: &Booking,
    now: DateTime<Utc>,
) -> Result<Slot, Reason> {
    first_reason(|on_finding| Kept::agreed(agreed, office).judge(agent, office, None, now, on_finding))
}

/// All reasons why the agent has no room for such an appointment, in the order of [`Reason`]; empty if there is room.
pub fn explain_agreed(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    agreed: &Booking,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    all_findings(|on_finding| Kept::agreed(agreed, office).judge(agent, office, None, now, on_finding))
}

/// Whether the agent's other appointments and live holds leave room for an appointment that the agent has, in a slot that
/// has room for `capacity`; otherwise the first reason why not. Hours and blocks do not matter.
pub fn check_beside_others(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    agreed: &Booking,
    capacity: u16,
    now: DateTime<Utc>,
) -> Result<(), Reason> {
    let kept = Kept::agreed(agreed, office);
    let appointment_type = kept.type_as_agreed();
    let slot_rules = kept.rules(&appointment_type, agent, office, now);
    first_reason(|on_finding| slot_rules.judge_claims(kept.slot, capacity, on_finding)).map(|_| ())
}

/// A slot as it was agreed on.
pub(crate) struct Kept<'a> {
    pub(crate) slot: Interval,
    pub(crate) appointment_type: &'a AppointmentTypeCode,
    pub(crate) buffer_before_minutes: u16,
    pub(crate) buffer_after_minutes: u16,
    pub(crate) property_id: Option<&'a PropertyId>,
    pub(crate) lead_id: &'a LeadId,
    /// Whether travel time to other visits counts.
    pub(crate) travels: bool,
    pub(crate) moving: Option<AppointmentId>,
}

impl<'a> Kept<'a> {
    /// As it was agreed on with another agent.
    pub(crate) fn agreed(agreed: &'a Booking, office: &OfficeCalendar) -> Self {
        Self {
            slot: agreed.interval(),
            appointment_type: &agreed.appointment_type,
            buffer_before_minutes: agreed.buffer_before_minutes,
            buffer_after_minutes: agreed.buffer_after_minutes,
            property_id: agreed.property_id.as_ref(),
            lead_id: &agreed.lead_id,
            travels: office.is_at_property(&agreed.appointment_type),
            moving: Some(agreed.appointment_id),
        }
    }

    /// Judges whether the agent has room for it. `capacity` is how many may share the slot; none = as the hours say.
    pub(crate) fn judge(
        &self,
        agent: &AgentCalendar,
        office: &OfficeCalendar,
        capacity: Option<u16>,
        now: DateTime<Utc>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<(), Slot> {
        let appointment_type = self.type_as_agreed();
        let slot_rules = self.rules(&appointment_type, agent, office, now);
        let day = slot_rules.day(LocalDay::around(agent.time_zone(), self.slot.start), self.slot.end);
        slot_rules.judge_time(self.slot, day.local, on_finding)?;
        if !day.encloses(self.slot) {
            on_finding(outside(&day))?;
        }
        judge_blocks(self.slot, slot_rules.blocks(self.slot), on_finding)?;
        let capacity = capacity.unwrap_or_else(|| day.capacity(self.slot));
        slot_rules.judge_changing(self.slot, capacity, day.local, on_finding)
    }

    /// The rules of a slot, but for what `appointment_type` leaves out.
    fn rules<'r>(
        &'r self,
        appointment_type: &'r AppointmentType,
        agent: &'r AgentCalendar,
        office: &'r OfficeCalendar,
        now: DateTime<Utc>,
    ) -> SlotRules<'r> {
        SlotRules {
            agent,
            office,
            appointment_type,
            property_id: self.property_id,
            lead_id: Some(self.lead_id),
            moving: self.moving,
            duration_minutes: appointment_type.duration_minutes,
            now,
        }
    }

    /// Its type with what was agreed, and without the limits that pass by time.
    fn type_as_agreed(&self) -> AppointmentType {
        AppointmentType {
            code: self.appointment_type.clone(),
            name: BTreeMap::new(),
            duration_minutes: u16::try_from(self.slot.length().num_minutes()).unwrap_or(u16::MAX),
            slot_step_minutes: 1,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            min_notice_minutes: 0,
            horizon_days: u16::MAX,
            daily_limit: None,
            location_kind: if self.travels { LocationKind::Property } else { LocationKind::Phone },
            confirm_before_minutes: None,
        }
    }
}
