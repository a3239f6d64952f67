//! Helpers that build calendars, types and requests.

use availability::{AgentCalendar, Booking, Hold, Interval, OfficeCalendar, SlotQuery, SlotRequest};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use schemas::value::{AppointmentType, AvailabilityRule, Block, LocationKind, OfficePolicy};
use schemas::{
    AppointmentId, AppointmentTypeCode, BlockId, DayOfWeek, HoldId, LeadId, LocalTime, PropertyId,
};
use uuid::Uuid;

pub(crate) use fixtures::{CALL, VISIT};

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a test's instant").to_utc()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a test's date")
}

pub(crate) fn time(text: &str) -> LocalTime {
    text.parse().expect("a test's time of day")
}

pub(crate) fn code(text: &str) -> AppointmentTypeCode {
    AppointmentTypeCode::parse(text).expect("a test's code")
}

pub(crate) fn lead(number: u128) -> LeadId {
    LeadId::parse(&number.to_string()).expect("a number is an id")
}

pub(crate) fn property(number: u128) -> PropertyId {
    PropertyId::parse(&number.to_string()).expect("a number is an id")
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn interval(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end))
}

/// A type with one-hour slots every half hour and no limits, at a property.
pub(crate) fn visit() -> AppointmentType {
    AppointmentType { horizon_days: 700, ..fixtures::appointment_type(VISIT, 60) }
}

pub(crate) fn call() -> AppointmentType {
    AppointmentType { code: code(CALL), location_kind: LocationKind::Phone, ..visit() }
}

pub(crate) fn office(time_zone: Tz) -> OfficeCalendar {
    let policy = OfficePolicy { time_zone, max_holds_per_lead: 1, ..fixtures::policy() };
    let mut office = OfficeCalendar::new(&policy);
    office.define_type(visit());
    office.define_type(call());
    office
}

pub(crate) fn weekly(number: u128, day: Weekday, start: &str, end: &str) -> AvailabilityRule {
    fixtures::rule(number, DayOfWeek::from(day).into(), start, end)
}

/// An agent with the same hours every day of the week.
pub(crate) fn agent(time_zone: Tz, start: &str, end: &str) -> AgentCalendar {
    let mut agent = AgentCalendar::new(time_zone, false);
    let mut day = Weekday::Mon;
    for number in 0..7 {
        agent.add_rule(weekly(number, day, start, end));
        day = day.succ();
    }
    agent
}

pub(crate) fn booking(number: u128, of: &AppointmentType, start: DateTime<Utc>) -> Booking {
    Booking {
        appointment_id: AppointmentId::new(uuid(number)),
        lead_id: lead(number),
        appointment_type: of.code.clone(),
        property_id: None,
        start,
        end: start + TimeDelta::minutes(i64::from(of.duration_minutes)),
        buffer_before_minutes: of.buffer_before_minutes,
        buffer_after_minutes: of.buffer_after_minutes,
    }
}

pub(crate) fn hold(
    number: u128,
    of: &AppointmentType,
    start: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Hold {
    let booking = booking(number, of, start);
    Hold {
        hold_id: HoldId::new(uuid(number)),
        lead_id: booking.lead_id,
        appointment_type: booking.appointment_type,
        property_id: None,
        start,
        end: booking.end,
        buffer_before_minutes: booking.buffer_before_minutes,
        buffer_after_minutes: booking.buffer_after_minutes,
        max_appointments_per_slot: 1,
        expires_at,
    }
}

/// A block of whole days, once.
pub(crate) fn days_blocked(number: u128, tz: Tz, first: NaiveDate, until: NaiveDate) -> Block {
    let after = until.succ_opt().expect("a test's date");
    Block {
        date: Some(first),
        until: Some(until).filter(|until| *until != first),
        ..block(number, tz, &format!("{first}T00:00:00"), &format!("{after}T00:00:00"))
    }
}

/// A block by its local times, once.
pub(crate) fn block(number: u128, tz: Tz, local_start: &str, local_end: &str) -> Block {
    let local = |text: &str| text.parse().expect("a test's local time");
    let (local_start, local_end) = (local(local_start), local(local_end));
    Block {
        local_start,
        local_end,
        reason: "privado".to_owned(),
        ..fixtures::block(
            BlockId::new(uuid(number)),
            tz,
            availability::zone::start_instant(tz, local_start),
            availability::zone::end_instant(tz, local_end),
        )
    }
}

pub(crate) fn request(code: &AppointmentTypeCode, start: DateTime<Utc>) -> SlotRequest<'_> {
    SlotRequest {
        appointment_type: code,
        start,
        property_id: None,
        lead_id: None,
        moving: None,
        duration_minutes: None,
    }
}

pub(crate) fn query<'a>(code: &'a AppointmentTypeCode, from: &str, to: &str) -> SlotQuery<'a> {
    SlotQuery {
        appointment_type: code,
        from: at(from),
        to: at(to),
        property_id: None,
        lead_id: None,
        limit: usize::MAX,
    }
}
