//! Whether a lead can still take the slot that a live hold keeps.
//!
//! A hold guarantees its slot: it keeps interval, buffers and capacity as they were when it was made. So neither what
//! passes by time (notice, horizon, daily limit) nor a type, grid or travel time that has changed since speaks against
//! it. Only what an owner of the time has taken away since does: hours, blocks and external busy time. Nor can a slot
//! be taken that has begun.
//!
//! Other appointments and holds were kept away by the hold itself. They are looked at all the same: by a clock that
//! jumps, a hold can be live again after others have taken its time.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::claim::Hold;
use crate::kept::Kept;
use crate::search::{all_findings, first_reason};
use crate::slot::{Finding, Reason, Slot, SlotRequest};
use crate::slot_rules::OnFinding;
use crate::{AgentCalendar, OfficeCalendar};

/// Returns the slot of a live hold if its lead can take it, otherwise the first reason why not.
///
/// `request` is for the hold's type and start. Its property may be another than the hold's: then travel time to others
/// at the property counts as in [`check`](crate::check()).
pub fn check_held(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    hold: &Hold,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Slot, Reason> {
    first_reason(|on_finding| judge(agent, office, hold, request, now, on_finding))
}

/// All reasons why the lead of a live hold cannot take its slot, in the order of [`Reason`]; empty if it can.
pub fn explain_held(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    hold: &Hold,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    all_findings(|on_finding| judge(agent, office, hold, request, now, on_finding))
}

pub(crate) fn judge(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    hold: &Hold,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    on_finding: OnFinding<'_>,
) -> ControlFlow<(), Slot> {
    // A hold without a property has kept the travel time to every visit.
    let keeps_travel = hold.property_id.is_none() || hold.property_id.as_ref() == request.property_id;
    let kept = Kept {
        slot: hold.interval(),
        appointment_type: &hold.appointment_type,
        buffer_before_minutes: hold.buffer_before_minutes,
        buffer_after_minutes: hold.buffer_after_minutes,
        property_id: request.property_id,
        lead_id: &hold.lead_id,
        travels: !keeps_travel && office.is_at_property(&hold.appointment_type),
        moving: request.moving,
    };
    kept.judge(agent, office, Some(hold.max_appointments_per_slot), now, on_finding)
}
