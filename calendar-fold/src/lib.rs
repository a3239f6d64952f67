//! Folds events into calendars: the one place that knows what an event means for hours, blocks, holds and bookings.
//!
//! It also folds the times of events into a time that no single wrong clock moves, by which a fold may forget, and knows
//! which versions an event counts in. And a bulk move is folded here, which the write side answers with and the read side shows.
//!
//! `domain` decides on the resulting calendars, `read-model` shows and searches them. It is pure, keeps nothing and
//! decides nothing; `availability` computes what is free in a calendar.

mod agent;
mod bulk_move;
mod foldable;
mod stream_time;
mod versions;

use availability::OfficeCalendar;
use schemas::OfficeEvent;

pub use agent::{AppointmentDetails, booking, changes_calendar, fold_agent, reserved};
pub use bulk_move::{MoveProgress, MoveStatus, Visit, VisitCounts, VisitOutcome};
pub use foldable::Foldable;
pub use stream_time::{StreamTime, before};
pub use versions::changes_agent;

/// Folds one event of the office into its calendar.
pub fn fold_office(calendar: &mut OfficeCalendar, event: &OfficeEvent) {
    match event {
        OfficeEvent::OfficePolicySet(event) => calendar.set_policy(&event.policy),
        OfficeEvent::AppointmentTypeDefined(event) => calendar.define_type(event.appointment_type.clone()),
        OfficeEvent::AppointmentTypeRetired(event) => {
            calendar.retire_type(&event.code);
        }
        OfficeEvent::OfficeRuleAdded(event) => calendar.add_rule(event.rule.clone()),
        OfficeEvent::OfficeRuleRemoved(event) => drop(calendar.remove_rule(event.rule_id)),
        OfficeEvent::OfficeHoursReplaced(event) => calendar.replace_rules(event.rules.iter().cloned()),
        OfficeEvent::OfficeBlocked(event) => calendar.block(event.block.clone()),
        OfficeEvent::BlockChanged(event) => calendar.block(event.block.clone()),
        OfficeEvent::OfficeUnblocked(event) => match event.date {
            Some(date) => calendar.skip_occurrence(event.block_id, date),
            None => drop(calendar.unblock(event.block_id)),
        },
        OfficeEvent::CommandHadNoEffect(_) => {}
    }
}
