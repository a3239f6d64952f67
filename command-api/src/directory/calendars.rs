//! Each agent's calendar as far as the log has been read: who could take a booking is known before anybody is asked.
//!
//! It proposes, and the agent's stream decides: whoever changed something since then is asked in vain, or not at all.

use availability::lead_bookings::{at_same_time, requested_slot};
use availability::{AgentCalendar, Booking, OfficeCalendar, Reason, Slot, SlotRequest, check, check_held};
use calendar_fold::{AppointmentDetails, StreamTime, before, fold_agent};
use chrono::{DateTime, TimeDelta, Utc};
use schemas::event::AgentEvent;

/// How many past days are kept. Daily limits need one day at most.
const KEPT_PAST_DAYS: TimeDelta = TimeDelta::days(3);

/// What an agent's calendar says about a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// The lead holds it, and can take it.
    Held,
    /// It can be taken.
    Free,
    /// The agent has hours for the type, but not then, or something is in the way.
    Taken,
    /// The agent has no hours for the type.
    NoHours,
}

/// Folds the next event of the agent into the calendar. `time` is that of the log.
pub(super) fn fold(calendar: &mut AgentCalendar, event: &AgentEvent, time: &StreamTime) {
    // Of one that is over nothing is known any more: if it is moved, the agent may be asked in vain.
    let moved = event.appointment_id().and_then(|id| calendar.find_booking(id)).cloned();
    let details = moved.as_ref().map(|booking| AppointmentDetails {
        lead_id: &booking.lead_id,
        appointment_type: &booking.appointment_type,
        property_id: booking.property_id.as_ref(),
    });
    let past = time.lowest().map_or(DateTime::<Utc>::MIN_UTC, |lowest| before(lowest, KEPT_PAST_DAYS));
    fold_agent(calendar, event, details, past);
}

/// Whether the lead has an appointment at that time in the calendar; it may be over.
pub(super) fn has_lead(calendar: &AgentCalendar, office: &OfficeCalendar, request: &SlotRequest<'_>) -> bool {
    requested_slot(office, request).is_some_and(|slot| at_same_time(calendar, request, slot).next().is_some())
}

/// What the calendar says about a booking.
pub(super) fn outlook(
    calendar: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Outlook {
    let own_hold = request
        .lead_id
        .and_then(|lead_id| calendar.own_hold(lead_id, request.appointment_type, request.start, now));
    if own_hold.is_some_and(|hold| check_held(calendar, office, hold, request, now).is_ok()) {
        return Outlook::Held;
    }
    if !calendar.has_hours_for(office, request.appointment_type) {
        return Outlook::NoHours;
    }
    match check(calendar, office, request, now) {
        Ok(_) => Outlook::Free,
        Err(_) => Outlook::Taken,
    }
}

/// Whether an appointment can be moved there by the rules of a booking, its present time not in its way.
pub(super) fn check_moved(
    calendar: &AgentCalendar,
    office: &OfficeCalendar,
    moved: &Booking,
    now: DateTime<Utc>,
) -> Result<Slot, Reason> {
    let request = SlotRequest {
        appointment_type: &moved.appointment_type,
        start: moved.start,
        property_id: moved.property_id.as_ref(),
        lead_id: Some(&moved.lead_id),
        moving: Some(moved.appointment_id),
        duration_minutes: u16::try_from(moved.interval().length().num_minutes()).ok(),
    };
    let own_hold = calendar.own_hold(&moved.lead_id, &moved.appointment_type, moved.start, now);
    match own_hold.filter(|hold| hold.interval() == moved.interval()) {
        Some(hold) => check_held(calendar, office, hold, &request, now),
        None => check(calendar, office, &request, now),
    }
}

#[cfg(test)]
mod tests {
    use fixtures::{VISIT, ZONE, actor, appointment_type, block, booked, policy, rescheduled, rule};
    use schemas::event::{AppointmentCancelled, AvailabilityRuleAdded, TimeBlocked, TimeUnblocked};
    use schemas::value::AvailabilityRule;
    use schemas::{AppointmentId, AppointmentTypeCode, BlockId, HoldId, LeadId};
    use uuid::Uuid;

    use super::*;

    /// An agent's calendar from 09:00 to 18:00 on Tuesdays.
    struct Given {
        calendar: AgentCalendar,
        office: OfficeCalendar,
    }

    impl Given {
        fn with_hours_for(code: Option<&str>) -> Self {
            let mut office = OfficeCalendar::new(&policy());
            office.define_type(appointment_type(VISIT, 60));
            let mut given = Self { calendar: AgentCalendar::new(ZONE, true), office };
            let appointment_type = code.map(|code| code.parse().unwrap());
            let rule = AvailabilityRule { appointment_type, ..rule(1, 1, "09:00", "18:00") };
            given.note(AvailabilityRuleAdded { rule });
            given
        }

        fn note(&mut self, event: impl Into<AgentEvent>) {
            fold(&mut self.calendar, &event.into(), &StreamTime::default());
        }

        /// For a visit on a Tuesday.
        fn outlook_at(&self, time: &str) -> Outlook {
            let (appointment_type, lead_id): (AppointmentTypeCode, LeadId) =
                (VISIT.parse().unwrap(), "55".parse().unwrap());
            let request = SlotRequest {
                appointment_type: &appointment_type,
                start: at(time),
                property_id: None,
                lead_id: Some(&lead_id),
                moving: None,
                duration_minutes: None,
            };
            outlook(&self.calendar, &self.office, &request, at("00:00") - TimeDelta::days(1))
        }
    }

    /// On a Tuesday in Santiago.
    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-12-15T{time}:00-03:00").parse().unwrap()
    }

    #[test]
    fn a_time_is_taken_for_as_long_as_something_is_there() {
        let mut given = Given::with_hours_for(None);
        assert_eq!(given.outlook_at("10:00"), Outlook::Free);
        assert_eq!(given.outlook_at("20:00"), Outlook::Taken, "outside of hours");

        let appointment_id = AppointmentId::new(Uuid::from_u128(1));
        given.note(booked(appointment_id, &"7".parse().unwrap(), at("10:00"), 60));
        assert_eq!(given.outlook_at("10:30"), Outlook::Taken);
        given.note(rescheduled(appointment_id, at("12:00"), 60));
        assert_eq!(["10:00", "12:00"].map(|time| given.outlook_at(time)), [Outlook::Free, Outlook::Taken]);
        given.note(AppointmentCancelled {
            appointment_id,
            cancelled_by: actor(),
            reason: None,
            requested_by: None,
        });
        assert_eq!(given.outlook_at("12:00"), Outlook::Free);

        let block_id = BlockId::new(Uuid::from_u128(2));
        given.note(TimeBlocked { block: block(block_id, ZONE, at("13:00"), at("14:00")) });
        assert_eq!(given.outlook_at("13:00"), Outlook::Taken);
        given.note(TimeUnblocked { block_id, date: None });
        assert_eq!(given.outlook_at("13:00"), Outlook::Free);
    }

    #[test]
    fn a_slot_that_the_lead_holds_is_known() {
        let mut given = Given::with_hours_for(None);
        given.note(fixtures::held(HoldId::new(Uuid::from_u128(3)), at("10:10"), 60, at("20:00")));
        assert_eq!(given.outlook_at("10:10"), Outlook::Held, "off the grid by now");
        assert_eq!(given.outlook_at("10:00"), Outlook::Taken);
        let block_id = BlockId::new(Uuid::from_u128(2));
        given.note(TimeBlocked { block: block(block_id, ZONE, at("10:30"), at("11:00")) });
        assert_eq!(given.outlook_at("10:10"), Outlook::Taken, "taken away by its owner");
    }

    #[test]
    fn who_has_no_hours_for_the_type_is_known() {
        assert_eq!(Given::with_hours_for(Some("llamada")).outlook_at("10:00"), Outlook::NoHours);
        assert_eq!(Given::with_hours_for(Some(VISIT)).outlook_at("10:00"), Outlook::Free);
    }
}
