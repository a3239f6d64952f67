//! Events into calendars.

use availability::{AgentCalendar, Booking, ExternalBusy, Hold, OfficeCalendar};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use schemas::value::{AgentProfile, Block};
use schemas::{AgentEvent, AppointmentId, BlockId, BusyId, HoldId, OfficeEvent};

use crate::AppointmentRow;

/// How long external busy time and the like stay after they are over: what a view of the last month shows.
pub(crate) const KEPT_PAST_DAYS: i64 = 62;

/// Folds one event of an agent into the calendar. `domain` does the same for decisions; a test holds the two equal.
///
/// Instants that need not be whole seconds are taken to the microsecond, which is what a database column holds too.
///
/// `appointment` is the row that the event is about, as this agent has it after the event.
pub(crate) fn evolve_agent(
    calendar: &mut impl Foldable,
    event: &AgentEvent,
    appointment: Option<&AppointmentRow>,
    recorded_at: DateTime<Utc>,
) {
    match event {
        AgentEvent::AgentRegistered(event) => calendar.change(|calendar| follow(calendar, &event.profile)),
        AgentEvent::AgentProfileUpdated(event) => {
            calendar.change(|calendar| follow(calendar, &event.profile));
        }
        AgentEvent::AvailabilityRuleAdded(event) => {
            calendar.change(|calendar| calendar.add_rule(event.rule.clone()));
        }
        AgentEvent::AvailabilityRuleRemoved(event) => {
            calendar.change(|calendar| drop(calendar.remove_rule(event.rule_id)));
        }
        AgentEvent::DateExceptionSet(event) => {
            calendar.change(|calendar| calendar.set_exception(event.exception.clone()));
        }
        AgentEvent::DateExceptionRemoved(event) => {
            calendar.change(|calendar| drop(calendar.remove_exception(event.date)));
        }
        AgentEvent::TimeBlocked(event) => calendar.block(event.block.clone()),
        AgentEvent::TimeUnblocked(event) => calendar.unblock(event.block_id),
        AgentEvent::SlotHeld(event) => calendar.hold(Hold {
            hold_id: event.hold_id,
            lead_id: event.lead_id.clone(),
            appointment_type: event.appointment_type.clone(),
            property_id: event.property_id.clone(),
            start: event.start,
            end: event.end,
            buffer_before_minutes: event.buffer_before_minutes,
            buffer_after_minutes: event.buffer_after_minutes,
            expires_at: event.expires_at.trunc_subsecs(6),
        }),
        AgentEvent::HoldReleased(event) => calendar.release_hold(event.hold_id),
        AgentEvent::AppointmentBooked(event) => {
            if let Some(hold_id) = event.hold_id {
                calendar.release_hold(hold_id);
            }
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
            if let Some(hold_id) = event.hold_id {
                calendar.release_hold(hold_id);
            }
            // From the row: a booking that was over long ago is not in the calendar any more.
            if let Some(row) = appointment {
                calendar.book(Booking {
                    appointment_id: row.id,
                    lead_id: row.lead_id.clone(),
                    appointment_type: row.appointment_type.clone(),
                    property_id: row.property_id.clone(),
                    start: event.start,
                    end: event.end,
                    buffer_before_minutes: event.buffer_before_minutes,
                    buffer_after_minutes: event.buffer_after_minutes,
                });
            }
        }
        AgentEvent::AppointmentReassigned(event) => calendar.free(event.appointment_id),
        AgentEvent::AppointmentCancelled(event) => calendar.free(event.appointment_id),
        AgentEvent::ExternalBusyRecorded(event) => calendar.record_busy(ExternalBusy {
            busy_id: event.busy_id.clone(),
            start: event.start.trunc_subsecs(6),
            end: event.end.trunc_subsecs(6),
        }),
        AgentEvent::ExternalBusyRemoved(event) => calendar.remove_busy(&event.busy_id),
        AgentEvent::AgentDeactivated(_)
        | AgentEvent::AppointmentConfirmed(_)
        | AgentEvent::AppointmentCompleted(_)
        | AgentEvent::AppointmentNoShow(_) => {}
    }
    calendar.drop_before(recorded_at - TimeDelta::days(KEPT_PAST_DAYS));
}

/// Whether the event changes anything that [`evolve_agent`] folds it into, but for forgetting what has long been over.
#[cfg(feature = "postgres")]
pub(crate) const fn changes_calendar(event: &AgentEvent) -> bool {
    !matches!(
        event,
        AgentEvent::AgentDeactivated(_)
            | AgentEvent::AppointmentConfirmed(_)
            | AgentEvent::AppointmentCompleted(_)
            | AgentEvent::AppointmentNoShow(_)
    )
}

/// What an agent's events are folded into: the calendar itself, or the same calendar in an index.
pub(crate) trait Foldable {
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar));
    fn block(&mut self, block: Block);
    fn unblock(&mut self, block_id: BlockId);
    fn hold(&mut self, hold: Hold);
    fn release_hold(&mut self, hold_id: HoldId);
    fn book(&mut self, booking: Booking);
    fn free(&mut self, appointment_id: AppointmentId);
    fn record_busy(&mut self, busy: ExternalBusy);
    fn remove_busy(&mut self, busy_id: &BusyId);
    /// Forgets what is over.
    fn drop_before(&mut self, instant: DateTime<Utc>);
}

impl Foldable for AgentCalendar {
    fn change(&mut self, change: impl FnOnce(&mut AgentCalendar)) {
        change(self);
    }

    fn block(&mut self, block: Block) {
        Self::block(self, block);
    }

    fn unblock(&mut self, block_id: BlockId) {
        Self::unblock(self, block_id);
    }

    fn hold(&mut self, hold: Hold) {
        Self::hold(self, hold);
    }

    fn release_hold(&mut self, hold_id: HoldId) {
        Self::release_hold(self, hold_id);
    }

    fn book(&mut self, booking: Booking) {
        Self::book(self, booking);
    }

    fn free(&mut self, appointment_id: AppointmentId) {
        Self::free(self, appointment_id);
    }

    fn record_busy(&mut self, busy: ExternalBusy) {
        Self::record_busy(self, busy);
    }

    fn remove_busy(&mut self, busy_id: &BusyId) {
        Self::remove_busy(self, busy_id);
    }

    fn drop_before(&mut self, instant: DateTime<Utc>) {
        Self::drop_before(self, instant);
    }
}

const fn follow(calendar: &mut AgentCalendar, profile: &AgentProfile) {
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

#[cfg(test)]
mod tests;
