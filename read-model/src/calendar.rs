//! Events into calendars, and calendars into answers about one agent's time.

use availability::{
    AgentCalendar, Booking, Conflict, ExternalBusy, Hold, Interval, OfficeCalendar, block_occurrences, busy,
    conflicts, free, hours,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::value::Block;
use schemas::{AgentEvent, AgentId, OfficeEvent};
use serde::Serialize;

use crate::AppointmentRow;

/// How long external busy time and the like stay after they are over: what a view of the last month shows.
const KEPT_PAST_DAYS: i64 = 62;

/// Folds one event of an agent into the calendar. `domain` does the same for decisions; a test holds the two equal.
pub(crate) fn evolve_agent(calendar: &mut AgentCalendar, event: &AgentEvent, recorded_at: DateTime<Utc>) {
    match event {
        AgentEvent::AgentRegistered(event) => follow_profile(calendar, &event.profile),
        AgentEvent::AgentProfileUpdated(event) => follow_profile(calendar, &event.profile),
        AgentEvent::AvailabilityRuleAdded(event) => calendar.add_rule(event.rule.clone()),
        AgentEvent::AvailabilityRuleRemoved(event) => drop(calendar.remove_rule(event.rule_id)),
        AgentEvent::DateExceptionSet(event) => calendar.set_exception(event.exception.clone()),
        AgentEvent::DateExceptionRemoved(event) => drop(calendar.remove_exception(event.date)),
        AgentEvent::TimeBlocked(event) => calendar.block(event.block.clone()),
        AgentEvent::TimeUnblocked(event) => drop(calendar.unblock(event.block_id)),
        AgentEvent::SlotHeld(event) => calendar.hold(Hold {
            hold_id: event.hold_id,
            lead_id: event.lead_id.clone(),
            appointment_type: event.appointment_type.clone(),
            property_id: event.property_id.clone(),
            start: event.start,
            end: event.end,
            buffer_before_minutes: event.buffer_before_minutes,
            buffer_after_minutes: event.buffer_after_minutes,
            expires_at: event.expires_at,
        }),
        AgentEvent::HoldReleased(event) => drop(calendar.release_hold(event.hold_id)),
        AgentEvent::AppointmentBooked(event) => {
            event.hold_id.and_then(|hold_id| calendar.release_hold(hold_id));
            calendar.book(Booking {
                appointment_id: event.appointment_id,
                lead_id: event.lead_id.clone(),
                appointment_type: event.appointment_type.clone(),
                property_id: event.property_id.clone(),
                start: event.start,
                end: event.end,
                buffer_before_minutes: event.buffer_before_minutes,
                buffer_after_minutes: event.buffer_after_minutes,
            });
        }
        AgentEvent::AppointmentRescheduled(event) => {
            event.hold_id.and_then(|hold_id| calendar.release_hold(hold_id));
            if let Some(booking) = calendar.free(event.appointment_id) {
                calendar.book(Booking {
                    start: event.start,
                    end: event.end,
                    buffer_before_minutes: event.buffer_before_minutes,
                    buffer_after_minutes: event.buffer_after_minutes,
                    ..booking
                });
            }
        }
        AgentEvent::AppointmentReassigned(event) => drop(calendar.free(event.appointment_id)),
        AgentEvent::AppointmentCancelled(event) => drop(calendar.free(event.appointment_id)),
        AgentEvent::ExternalBusyRecorded(event) => calendar.record_busy(ExternalBusy {
            busy_id: event.busy_id.clone(),
            start: event.start,
            end: event.end,
        }),
        AgentEvent::ExternalBusyRemoved(event) => drop(calendar.remove_busy(&event.busy_id)),
        AgentEvent::AgentDeactivated(_)
        | AgentEvent::AppointmentConfirmed(_)
        | AgentEvent::AppointmentCompleted(_)
        | AgentEvent::AppointmentNoShow(_) => {}
    }
    calendar.drop_before(recorded_at - TimeDelta::days(KEPT_PAST_DAYS));
}

const fn follow_profile(calendar: &mut AgentCalendar, profile: &schemas::value::AgentProfile) {
    calendar.set_time_zone(profile.time_zone);
    calendar.set_inherits_office_hours(profile.inherits_office_hours);
}

/// Folds one event of the office into its calendar.
pub(crate) fn evolve_office(calendar: &mut OfficeCalendar, event: &OfficeEvent) {
    match event {
        OfficeEvent::OfficePolicySet(event) => calendar.set_policy(&event.policy),
        OfficeEvent::AppointmentTypeDefined(event) => calendar.define_type(event.appointment_type.clone()),
        OfficeEvent::AppointmentTypeRetired(event) => {
            calendar.retire_type(&event.code);
        }
        OfficeEvent::OfficeRuleAdded(event) => calendar.add_rule(event.rule.clone()),
        OfficeEvent::OfficeRuleRemoved(event) => drop(calendar.remove_rule(event.rule_id)),
        OfficeEvent::OfficeBlocked(event) => calendar.block(event.block.clone()),
        OfficeEvent::OfficeUnblocked(event) => drop(calendar.unblock(event.block_id)),
    }
}

/// One agent's calendar between two instants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentCalendarAnswer {
    /// Whose.
    pub agent_id: AgentId,
    /// The zone in which the agent's hours are read.
    pub time_zone: Tz,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Those that overlap the range and were not called off, earliest first.
    pub appointments: Vec<AppointmentRow>,
    /// Those of the agent, then those of the office, that take effect in the range.
    pub blocks: Vec<CalendarBlock>,
    /// The hours, for any type.
    pub hours: Vec<Interval>,
    /// What external calendars show.
    pub external_busy: Vec<ExternalBusy>,
    /// Slots that are set aside right now.
    pub holds: Vec<Hold>,
    /// Appointments that stand where there is no room for them any more.
    pub conflicts: Vec<Conflict>,
}

/// A block with the times at which it takes effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalendarBlock {
    /// Whose it is.
    pub owner: BlockOwner,
    /// The block as it was made.
    #[serde(flatten)]
    pub block: Block,
    /// When it takes effect in the range; occurrences that reach into it are whole.
    pub occurrences: Vec<Interval>,
}

/// For whom a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockOwner {
    /// The one agent.
    Agent,
    /// Every agent.
    Office,
}

/// When an agent is free and busy between two instants, without the grid, notice and limits of any one type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AvailabilityAnswer {
    /// Whose time.
    pub agent_id: AgentId,
    /// The zone in which the agent's hours are read.
    pub time_zone: Tz,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Hours less everything that takes time, buffers included.
    pub free: Vec<Interval>,
    /// Blocks, external busy time, appointments and live holds, joined.
    pub busy: Vec<Interval>,
}

pub(crate) fn calendar_of(
    (agent_id, agent): (&AgentId, &AgentCalendar),
    office: &OfficeCalendar,
    appointments: Vec<AppointmentRow>,
    range: Interval,
    now: DateTime<Utc>,
) -> AgentCalendarAnswer {
    let own = agent.blocks().map(|block| (BlockOwner::Agent, block));
    let blocks = own.chain(office.blocks().map(|block| (BlockOwner::Office, block)));
    let blocks = blocks.map(|(owner, block)| CalendarBlock {
        owner,
        block: block.clone(),
        occurrences: block_occurrences(block, range),
    });
    AgentCalendarAnswer {
        agent_id: agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        appointments,
        blocks: blocks.filter(|block| !block.occurrences.is_empty()).collect(),
        hours: hours(agent, office, None, range).into(),
        external_busy: agent
            .external_busy()
            .filter(|busy| busy.interval().overlaps(&range))
            .cloned()
            .collect(),
        holds: agent
            .holds()
            .filter(|hold| hold.is_live(now) && hold.interval().overlaps(&range))
            .cloned()
            .collect(),
        conflicts: conflicts(agent, office, range),
    }
}

pub(crate) fn availability_of(
    (agent_id, agent): (&AgentId, &AgentCalendar),
    office: &OfficeCalendar,
    range: Interval,
    now: DateTime<Utc>,
) -> AvailabilityAnswer {
    AvailabilityAnswer {
        agent_id: agent_id.clone(),
        time_zone: agent.time_zone(),
        from: range.start,
        to: range.end,
        free: free(agent, office, None, range, now).into(),
        busy: busy(agent, office, range, now).into(),
    }
}
