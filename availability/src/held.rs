//! Whether a lead can still take the slot that a live hold keeps.
//!
//! A hold guarantees its slot: it keeps interval, buffers and capacity as they were when it was made. So neither what
//! passes by time (notice, horizon, daily limit) nor a type, grid or travel time that has changed since speaks against
//! it. Only what an owner of the time has taken away since does: hours, blocks and external busy time. Nor can a slot
//! be taken that has begun.
//!
//! Other appointments and holds were kept away by the hold itself. They are looked at all the same: by a clock that
//! jumps, a hold can be live again after others have taken its time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use schemas::PropertyId;
use schemas::value::{AppointmentType, LocationKind};

use crate::claim::Hold;
use crate::day::LocalDay;
use crate::search::{all_findings, first_reason};
use crate::slot::{Finding, Reason, Slot, SlotRequest};
use crate::slot_rules::{OnFinding, SlotRules, judge_blocks, outside};
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

fn judge(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    hold: &Hold,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    on_finding: OnFinding<'_>,
) -> ControlFlow<(), Slot> {
    let appointment_type = type_as_held(office, hold, request.property_id);
    let slot_rules = SlotRules {
        agent,
        office,
        appointment_type: &appointment_type,
        property_id: request.property_id,
        lead_id: Some(&hold.lead_id),
        moving: request.moving,
        now,
    };
    let slot = hold.interval();
    let day = slot_rules.day(LocalDay::around(agent.time_zone(), slot.start));
    if day.hours_around(slot).is_none() {
        on_finding(outside(&day))?;
    }
    judge_blocks(slot, slot_rules.blocks(slot), on_finding)?;
    slot_rules.judge_changing(slot, hold.max_appointments_per_slot, day.local, on_finding)
}

/// The hold's type with what the hold has kept of it, and without the limits that pass by time.
fn type_as_held(office: &OfficeCalendar, hold: &Hold, property_id: Option<&PropertyId>) -> AppointmentType {
    // A hold without a property has kept the travel time to every visit.
    let keeps_travel = hold.property_id.is_none() || hold.property_id.as_ref() == property_id;
    let travels = !keeps_travel && office.is_at_property(&hold.appointment_type);
    AppointmentType {
        code: hold.appointment_type.clone(),
        name: BTreeMap::new(),
        duration_minutes: u16::try_from(hold.interval().length().num_minutes()).unwrap_or(u16::MAX),
        slot_step_minutes: 1,
        buffer_before_minutes: hold.buffer_before_minutes,
        buffer_after_minutes: hold.buffer_after_minutes,
        min_notice_minutes: 0,
        horizon_days: u16::MAX,
        daily_limit: None,
        location_kind: if travels { LocationKind::Property } else { LocationKind::Phone },
    }
}
