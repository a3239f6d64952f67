//! Random calendars, crowded enough that their rules interact.

use availability::{AgentCalendar, Booking, ExternalBusy, Hold, Interval, OfficeCalendar, zone};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use schemas::value::{
    AppointmentType, AvailabilityRule, Block, DateException, LocalInterval, LocationKind, OfficePolicy,
};
use schemas::{AppointmentId, BlockId, BusyId, DayOfWeek, HoldId, LocalTime, RuleId};

use crate::support::{code, days_blocked, lead, office, property, uuid, visit};

pub(crate) const CODES: [&str; 3] = ["visita_propiedad", "reunion_virtual", "llamada"];

/// A calendar, and the three days around which everything in it happens.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) agent: AgentCalendar,
    pub(crate) office: OfficeCalendar,
    pub(crate) window: Interval,
    pub(crate) now: DateTime<Utc>,
}

/// Dates on which clocks change, and one on which none does.
fn dates() -> impl Strategy<Value = NaiveDate> {
    let dates =
        ["2026-04-04", "2026-09-05", "2026-03-08", "2026-11-01", "2026-10-24", "2026-10-03", "2026-06-17"];
    select(dates.map(|date| date.parse().expect("a date")).to_vec())
}

fn zones() -> impl Strategy<Value = Tz> {
    select(vec![
        Tz::America__Santiago,
        Tz::America__Santiago,
        Tz::America__Punta_Arenas,
        Tz::Pacific__Easter,
        Tz::America__Havana,
        Tz::Europe__London,
        Tz::Australia__Lord_Howe,
        Tz::Asia__Kathmandu,
    ])
}

/// Minutes of a day: mostly on the quarter, at times on five minutes, seldom odd.
fn minutes(range: std::ops::Range<i64>) -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => range.clone().prop_map(|minute| minute / 15 * 15),
        2 => range.clone().prop_map(|minute| minute / 5 * 5),
        1 => range,
    ]
}

fn small(range: std::ops::Range<i64>) -> impl Strategy<Value = u16> {
    minutes(range).prop_map(|minutes| u16::try_from(minutes).expect("small"))
}

/// Hours of a day, half of the late ones over midnight.
fn hours() -> impl Strategy<Value = LocalInterval> {
    (minutes(0..1440), minutes(20..900), any::<bool>()).prop_map(|(start, length, goes_on)| {
        let at = |minute: i64| {
            LocalTime::try_from_minutes(u16::try_from(minute.clamp(0, 1440)).expect("a day")).expect("a day")
        };
        let end = start + length.max(1);
        let end = if end >= 1440 && goes_on { end - 1440 } else { end };
        LocalInterval { start_time: at(start), end_time: at(end) }
    })
}

fn codes() -> impl Strategy<Value = schemas::AppointmentTypeCode> {
    select(CODES.to_vec()).prop_map(code)
}

pub(crate) fn kinds() -> impl Strategy<Value = Vec<AppointmentType>> {
    let kind = (
        (small(10..95), small(5..65), small(0..50), small(0..50)),
        (prop_oneof![Just(0_u32), 0..3000_u32], 0..6_u16, option::weighted(0.3, 1..4_u16), any::<bool>()),
    );
    vec(kind, CODES.len()).prop_map(|kinds| {
        let kinds = kinds.into_iter().zip(CODES);
        kinds
            .map(|((lengths, limits), name)| AppointmentType {
                code: code(name),
                duration_minutes: lengths.0.max(1),
                slot_step_minutes: lengths.1.max(1),
                buffer_before_minutes: lengths.2,
                buffer_after_minutes: lengths.3,
                min_notice_minutes: limits.0,
                horizon_days: limits.1,
                daily_limit: limits.2,
                location_kind: if limits.3 { LocationKind::Property } else { LocationKind::Video },
                ..visit()
            })
            .collect()
    })
}

pub(crate) fn rule(number: u128, date: NaiveDate) -> impl Strategy<Value = AvailabilityRule> {
    let validity = (option::weighted(0.2, -2..3_i64), option::weighted(0.2, -2..3_i64));
    (-1..2_i64, hours(), proptest::bool::weighted(0.9), validity, option::weighted(0.3, codes()), 1..4_u16)
        .prop_map(
            move |(day, hours, is_recurring, (from, until), appointment_type, max_appointments_per_slot)| {
                let valid_from = match from {
                    Some(days) => Some(date + TimeDelta::days(days)),
                    None => (!is_recurring).then_some(date),
                };
                AvailabilityRule {
                    rule_id: RuleId::new(uuid(number)),
                    day_of_week: DayOfWeek::from((date + TimeDelta::days(day)).weekday()),
                    start_time: hours.start_time,
                    end_time: hours.end_time,
                    is_recurring,
                    valid_from,
                    valid_until: until.map(|days| date + TimeDelta::days(days)).filter(|_| is_recurring),
                    appointment_type,
                    max_appointments_per_slot,
                }
            },
        )
}

pub(crate) fn some_block(number: u128, tz: Tz, date: NaiveDate) -> impl Strategy<Value = Block> {
    let recurrences = vec![
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=SA,SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA,SU",
        "FREQ=DAILY;COUNT=5",
        "FREQ=DAILY;UNTIL=20260905",
    ];
    let recurrence = option::weighted(0.5, select(recurrences));
    let whole_days = proptest::bool::weighted(0.2);
    (minutes(0..1440), small(1..400), -3..2_i64, recurrence, whole_days).prop_map(
        move |(start, length, days, recurrence, whole_days)| {
            if whole_days {
                let first = date + TimeDelta::days(if recurrence.is_some() { days * 5 } else { days });
                let until = first + TimeDelta::days(i64::from(length % 2));
                return Block {
                    recurrence: recurrence.filter(|_| until == first).map(str::to_owned),
                    ..days_blocked(number, tz, first, until)
                };
            }
            let days = if recurrence.is_some() { days * 5 } else { days };
            let midnight = (date + TimeDelta::days(days)).and_time(NaiveTime::MIN);
            let local_start = midnight + TimeDelta::minutes(start);
            let local_end = local_start + TimeDelta::minutes(i64::from(length.max(1)));
            Block {
                block_id: BlockId::new(uuid(number)),
                start: zone::start_instant(tz, local_start),
                end: zone::end_instant(tz, local_end),
                time_zone: tz,
                local_start,
                local_end,
                reason: String::new(),
                recurrence: recurrence.map(str::to_owned),
                date: None,
                until: None,
                exceptions: Vec::new(),
                regions: Vec::new(),
                agent_ids: Vec::new(),
                source: None,
            }
        },
    )
}

pub(crate) fn some_booking(number: u128, middle: DateTime<Utc>) -> impl Strategy<Value = Booking> {
    let place = (option::weighted(0.6, 1..3_u128), 1..4_u128);
    (codes(), place, minutes(-2160..2160), (small(5..95), small(0..40), small(0..40))).prop_map(
        move |(appointment_type, (at, who), start, (length, buffer_before_minutes, buffer_after_minutes))| {
            let start = middle + TimeDelta::minutes(start);
            Booking {
                appointment_id: AppointmentId::new(uuid(number)),
                lead_id: lead(who),
                appointment_type,
                property_id: at.map(property),
                start,
                end: start + TimeDelta::minutes(i64::from(length.max(1))),
                buffer_before_minutes,
                buffer_after_minutes,
            }
        },
    )
}

pub(crate) fn some_hold(
    number: u128,
    middle: DateTime<Utc>,
    now: DateTime<Utc>,
) -> impl Strategy<Value = Hold> {
    (some_booking(number, middle), -30..30_i64).prop_map(move |(booking, minutes)| Hold {
        hold_id: HoldId::new(uuid(number)),
        lead_id: booking.lead_id,
        appointment_type: booking.appointment_type,
        property_id: booking.property_id,
        start: booking.start,
        end: booking.end,
        buffer_before_minutes: booking.buffer_before_minutes,
        buffer_after_minutes: booking.buffer_after_minutes,
        max_appointments_per_slot: 1,
        expires_at: now + TimeDelta::minutes(minutes),
    })
}

pub(crate) fn some_busy(number: u128, middle: DateTime<Utc>) -> impl Strategy<Value = ExternalBusy> {
    (minutes(-2160..2160), small(1..240)).prop_map(move |(start, length)| {
        let start = middle + TimeDelta::minutes(start);
        ExternalBusy {
            busy_id: BusyId::parse(&number.to_string()).expect("a number is an id"),
            start,
            end: start + TimeDelta::minutes(i64::from(length.max(1))),
        }
    })
}

fn some_exception(date: NaiveDate) -> impl Strategy<Value = DateException> {
    (-1..2_i64, vec(hours(), 0..3))
        .prop_map(move |(days, intervals)| DateException { date: date + TimeDelta::days(days), intervals })
}

/// `count` values, each generated with its own number.
pub(crate) fn numbered<T, S>(
    count: std::ops::Range<usize>,
    make: impl Fn(u128) -> S + Clone + 'static,
) -> impl Strategy<Value = Vec<T>>
where
    T: std::fmt::Debug + 'static,
    S: Strategy<Value = T> + 'static,
{
    count.prop_flat_map(move |count| (1..).take(count).map(make.clone()).collect::<Vec<_>>())
}

/// Books some free slots up to three times, as far as they have room, so that some are shared.
fn join(scenario: &mut Scenario, joined: &[(usize, usize, u16)]) {
    for (number, (kind, slot, count)) in (5000..).zip(joined) {
        let kinds: Vec<_> = scenario.office.types().cloned().collect();
        let kind = &kinds[kind % kinds.len()];
        let query = availability::SlotQuery {
            appointment_type: &kind.code,
            from: scenario.window.start,
            to: scenario.window.end,
            property_id: None,
            lead_id: None,
            limit: 200,
        };
        let free = availability::slots(&scenario.agent, &scenario.office, &query, scenario.now);
        if let Some(slot) = free.get(slot % free.len().max(1)) {
            for place in 0..slot.remaining.min(count % 3 + 1) {
                let number = number + 1000 * u128::from(place);
                scenario.agent.book(crate::support::booking(number, kind, slot.start));
            }
        }
    }
}

pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    (zones(), zones(), dates(), -30..30_i64).prop_flat_map(|(tz, office_tz, date, hour)| {
        let middle = zone::start_instant(tz, date.and_time(NaiveTime::MIN)) + TimeDelta::hours(12);
        let now = middle - TimeDelta::hours(20 + hour);
        let hours = (
            numbered(0..8, move |number| rule(number, date)),
            numbered(0..6, move |number| rule(number + 100, date)),
            vec(some_exception(date), 0..2),
            any::<bool>(),
        );
        let blocks = (
            numbered(0..3, move |number| some_block(number, tz, date)),
            numbered(0..2, move |number| some_block(number + 100, office_tz, date)),
        );
        let claims = (
            numbered(0..4, move |number| some_booking(number, middle)),
            numbered(0..3, move |number| some_hold(number, middle, now)),
            numbered(0..2, move |number| some_busy(number, middle)),
            vec((0..9_usize, 0..200_usize, any::<u16>()), 0..6),
        );
        (hours, blocks, claims, kinds(), small(0..60)).prop_map(
            move |(hours, blocks, claims, kinds, travel_minutes)| {
                let mut office = office(office_tz);
                office.set_policy(&OfficePolicy {
                    time_zone: office_tz,
                    travel_minutes,
                    ..fixtures::policy()
                });
                let mut agent = AgentCalendar::new(tz, hours.3);
                for kind in kinds {
                    office.define_type(kind);
                }
                for rule in hours.0 {
                    agent.add_rule(rule);
                }
                for rule in hours.1 {
                    office.add_rule(rule);
                }
                for exception in hours.2 {
                    agent.set_exception(exception);
                }
                for block in blocks.0 {
                    agent.block(block);
                }
                for block in blocks.1 {
                    office.block(block);
                }
                for booking in claims.0 {
                    agent.book(booking);
                }
                for hold in claims.1 {
                    agent.hold(hold);
                }
                for busy in claims.2 {
                    agent.record_busy(busy);
                }
                let window = Interval::new(middle - TimeDelta::hours(36), middle + TimeDelta::hours(36));
                let mut scenario = Scenario { agent, office, window, now };
                join(&mut scenario, &claims.3);
                scenario
            },
        )
    })
}
