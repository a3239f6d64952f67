//! Hours, free time and busy time of a calendar.

use availability::{ExternalBusy, Interval, busy, free};
use chrono::{DateTime, Utc};
use chrono_tz::UTC;
use schemas::BusyId;
use schemas::value::AppointmentType;

use crate::support::{agent, at, block, booking, hold, office, visit};

fn day(time: &str) -> DateTime<Utc> {
    at(&format!("2026-06-17T{time}:00Z"))
}

fn times(set: &availability::IntervalSet) -> Vec<String> {
    let clock = |at: DateTime<Utc>| at.format("%H:%M").to_string();
    set.iter().map(|interval| format!("{}-{}", clock(interval.start), clock(interval.end))).collect()
}

fn range() -> Interval {
    Interval::new(day("08:00"), day("20:00"))
}

#[test]
fn free_time_is_hours_less_everything_with_buffers_and_busy_time_is_everything_without() {
    let mut agent = agent(UTC, "09:00", "18:00");
    agent.block(block(1, UTC, "2026-06-17T13:00:00", "2026-06-17T14:00:00"));
    agent.record_busy(ExternalBusy {
        busy_id: BusyId::parse("x").unwrap(),
        start: day("07:00"),
        end: day("09:30"),
    });
    let buffered = AppointmentType { buffer_before_minutes: 10, buffer_after_minutes: 15, ..visit() };
    agent.book(booking(1, &buffered, day("11:00")));
    agent.hold(hold(2, &visit(), day("16:00"), day("08:30")));
    let office = office(UTC);
    let now = day("08:00");
    assert_eq!(
        times(&free(&agent, &office, None, range(), now)),
        ["09:30-10:50", "12:15-13:00", "14:00-16:00", "17:00-18:00"]
    );
    assert_eq!(
        times(&busy(&agent, &office, range(), now)),
        ["08:00-09:30", "11:00-12:00", "13:00-14:00", "16:00-17:00"]
    );
    assert_eq!(times(&busy(&agent, &office, range(), day("08:30"))).len(), 3);
}
