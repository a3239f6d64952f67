//! Which hours, types and blocks are valid.

use availability::{
    Interval, InvalidBlock, InvalidRule, InvalidType, OutOfRange, block_occurrences, validate_block,
    validate_exception, validate_rule, validate_type, zone,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::{America::Santiago, UTC};
use schemas::value::{AppointmentType, AvailabilityRule, Block, DateException, LocalInterval};

use crate::support::{block, date, time, visit, weekly};

fn rule() -> AvailabilityRule {
    weekly(1, Weekday::Mon, "09:00", "18:00")
}

#[test]
fn weekly_hours_need_time_room_and_a_span_of_dates() {
    assert_eq!(validate_rule(&rule()), Ok(()));
    assert_eq!(validate_rule(&AvailabilityRule { end_time: time("24:00"), ..rule() }), Ok(()));
    for end_time in ["08:59", "00:00"] {
        let over_midnight = AvailabilityRule { end_time: time(end_time), ..rule() };
        assert_eq!(validate_rule(&over_midnight), Ok(()), "{end_time}");
    }
    for (start, end, why) in [
        ("09:00", "09:00", InvalidRule::Empty),
        ("00:00", "00:00", InvalidRule::Empty),
        ("24:00", "24:00", InvalidRule::Empty),
        ("24:00", "02:00", InvalidRule::Start),
    ] {
        let never = AvailabilityRule { start_time: time(start), end_time: time(end), ..rule() };
        assert_eq!(validate_rule(&never), Err(why), "{start} to {end}");
    }
    for max_appointments_per_slot in [0, 1001] {
        let crowded = AvailabilityRule { max_appointments_per_slot, ..rule() };
        assert_eq!(validate_rule(&crowded), Err(InvalidRule::PerSlot));
    }
    let (from, until) = (Some(date("2026-12-15")), Some(date("2026-12-14")));
    let never = AvailabilityRule { valid_from: from, valid_until: until, ..rule() };
    assert_eq!(validate_rule(&never), Err(InvalidRule::Validity));
    assert_eq!(validate_rule(&AvailabilityRule { valid_from: from, valid_until: from, ..rule() }), Ok(()));
}

#[test]
fn hours_of_one_date_name_it_and_its_day_of_the_week() {
    let monday = Some(date("2026-12-14"));
    let once = AvailabilityRule { is_recurring: false, valid_from: monday, ..rule() };
    assert_eq!(validate_rule(&once), Ok(()));
    assert_eq!(validate_rule(&AvailabilityRule { valid_until: monday, ..once.clone() }), Ok(()));
    let unnamed = AvailabilityRule { valid_from: None, ..once.clone() };
    assert_eq!(validate_rule(&unnamed), Err(InvalidRule::NoDate));
    let tuesday = Some(date("2026-12-15"));
    let other_day = AvailabilityRule { valid_from: tuesday, ..once.clone() };
    assert_eq!(validate_rule(&other_day), Err(InvalidRule::DayOfWeek(1)));
    let longer = AvailabilityRule { valid_until: tuesday, ..once };
    assert_eq!(validate_rule(&longer), Err(InvalidRule::OneDate));
}

#[test]
fn the_hours_of_a_date_exception_do_not_overlap() {
    let exception = |hours: &[(&str, &str)]| DateException {
        date: date("2026-12-14"),
        intervals: hours
            .iter()
            .map(|(start, end)| LocalInterval { start_time: time(start), end_time: time(end) })
            .collect(),
    };
    for good in [
        &[][..],
        &[("09:00", "10:00")],
        &[("10:00", "24:00"), ("09:00", "10:00")],
        // The end of the one is on the next date.
        &[("22:00", "02:00"), ("01:00", "03:00")],
    ] {
        assert_eq!(validate_exception(&exception(good)), Ok(()));
    }
    for overlapping in [[("22:00", "02:00"), ("23:00", "24:00")], [("22:00", "02:00"), ("22:00", "23:00")]] {
        assert_eq!(validate_exception(&exception(&overlapping)), Err(InvalidRule::Overlap));
    }
    assert_eq!(validate_exception(&exception(&[("24:00", "02:00")])), Err(InvalidRule::Start));
    assert_eq!(validate_exception(&exception(&[("10:00", "10:00")])), Err(InvalidRule::Empty));
    let overlapping = exception(&[("10:00", "12:00"), ("09:00", "10:01")]);
    assert_eq!(validate_exception(&overlapping), Err(InvalidRule::Overlap));
}

#[test]
fn dates_lie_in_the_years_1900_to_8999() {
    let refused = Err(InvalidRule::OutOfRange(OutOfRange));
    for (date, expected) in [
        (date("1899-12-31"), refused),
        (date("1900-01-01"), Ok(())),
        (date("8999-12-31"), Ok(())),
        (date("9000-01-01"), refused),
        (date("-9999-01-01"), refused),
        (date("+99999-01-01"), refused),
        (NaiveDate::MIN, refused),
        (NaiveDate::MAX, refused),
    ] {
        let from = AvailabilityRule { valid_from: Some(date), ..rule() };
        assert_eq!(validate_rule(&from), expected, "{date}");
        let until = AvailabilityRule { valid_until: Some(date), ..rule() };
        assert_eq!(validate_rule(&until), expected, "{date}");
        let closed = DateException { date, intervals: Vec::new() };
        assert_eq!(validate_exception(&closed), expected, "{date}");
    }
}

#[test]
fn a_block_begins_and_ends_within_reach() {
    let Interval { start, end } = zone::SUPPORTED_RANGE;
    let from = |start: DateTime<Utc>, end| Block {
        start,
        end,
        ..block(1, UTC, "2026-06-17T10:00:00", "2026-06-17T11:00:00")
    };
    let second = TimeDelta::seconds(1);
    assert_eq!(validate_block(&from(start, end - second)), Ok(()));
    for (start, end) in
        [(start - second, end - second), (start, end), (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)]
    {
        assert_eq!(validate_block(&from(start, end)), Err(InvalidBlock::OutOfRange(OutOfRange)));
    }
}

#[test]
fn the_numbers_of_a_type_are_within_reason() {
    let refused = |kind: AppointmentType| validate_type(&kind).err();
    assert_eq!(refused(visit()), None);
    let day = 1440;
    assert_eq!(refused(AppointmentType { duration_minutes: day, slot_step_minutes: day, ..visit() }), None);
    for minutes in [0, day + 1] {
        let expected = Some(InvalidType::Duration);
        assert_eq!(refused(AppointmentType { duration_minutes: minutes, ..visit() }), expected);
        let expected = Some(InvalidType::Step);
        assert_eq!(refused(AppointmentType { slot_step_minutes: minutes, ..visit() }), expected);
    }
    let buffer = Some(InvalidType::Buffer);
    assert_eq!(refused(AppointmentType { buffer_before_minutes: day + 1, ..visit() }), buffer);
    assert_eq!(refused(AppointmentType { buffer_after_minutes: day + 1, ..visit() }), buffer);
    let notice = Some(InvalidType::Notice);
    assert_eq!(refused(AppointmentType { min_notice_minutes: 366 * 1440 + 1, ..visit() }), notice);
    assert_eq!(refused(AppointmentType { horizon_days: 733, ..visit() }), Some(InvalidType::Horizon));
    let longest = AppointmentType {
        buffer_before_minutes: 1440,
        buffer_after_minutes: 1440,
        min_notice_minutes: 366 * 1440,
        horizon_days: 732,
        daily_limit: Some(1),
        confirm_before_minutes: Some(366 * 1440),
        ..visit()
    };
    assert_eq!(refused(longest), None);
    assert_eq!(refused(AppointmentType { daily_limit: Some(0), ..visit() }), Some(InvalidType::DailyLimit));
    for minutes in [0, 366 * 1440 + 1] {
        let kind = AppointmentType { confirm_before_minutes: Some(minutes), ..visit() };
        assert_eq!(refused(kind), Some(InvalidType::ConfirmBefore));
    }
}

#[test]
fn a_refusal_says_what_is_allowed() {
    assert_eq!(InvalidType::Duration.to_string(), "duration_minutes must be 1 to 1440");
    assert_eq!(InvalidType::Notice.to_string(), "min_notice_minutes must be 0 to 527040");
    assert_eq!(InvalidType::Horizon.to_string(), "horizon_days must be 0 to 732");
    assert_eq!(InvalidRule::PerSlot.to_string(), "max_appointments_per_slot must be 1 to 1000");
}

#[test]
fn a_block_that_recurs_is_a_minute_long_at_least_and_a_year_at_most() {
    let daily = |local_end: &str| Block {
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..block(1, UTC, "2026-06-17T10:00:00", local_end)
    };
    assert_eq!(validate_block(&daily("2026-06-17T10:01:00")), Ok(()));
    assert_eq!(validate_block(&daily("2026-06-17T10:00:59")), Err(InvalidBlock::Length));
    let yearly =
        |local_end: &str| Block { recurrence: Some("FREQ=YEARLY;INTERVAL=2".to_owned()), ..daily(local_end) };
    assert_eq!(validate_block(&yearly("2027-06-18T10:00:00")), Ok(()));
    assert_eq!(validate_block(&yearly("2027-06-18T10:00:01")), Err(InvalidBlock::Length));
    assert_eq!(validate_block(&daily("2026-06-17T10:00:00")), Err(InvalidBlock::Empty));
    assert_eq!(validate_block(&daily("2026-06-17T09:00:00")), Err(InvalidBlock::Empty));
    // A block that does not recur may have any length.
    let once = |local_end: &str| Block { recurrence: None, ..daily(local_end) };
    assert_eq!(validate_block(&once("2029-06-18T10:00:00")), Ok(()));
    assert_eq!(validate_block(&once("2026-06-17T10:00:00")), Err(InvalidBlock::Empty));
    let never = Block { recurrence: Some("FREQ=NEVER".to_owned()), ..daily("2026-06-17T11:00:00") };
    assert!(matches!(validate_block(&never), Err(InvalidBlock::Recurrence(_))));
}

#[test]
fn a_block_that_recurs_ends_before_it_begins_again() {
    for (recurrence, local_end, is_valid) in [
        ("FREQ=DAILY", "2026-06-18T10:00:00", true),
        ("FREQ=DAILY", "2026-06-18T10:00:01", false),
        ("FREQ=DAILY;INTERVAL=3", "2026-06-20T10:00:00", true),
        ("FREQ=DAILY;COUNT=1", "2026-08-01T10:00:00", true),
        // A Wednesday: the next day is the shortest way, and that from a Friday three days long.
        ("FREQ=WEEKLY;BYDAY=WE,TH,FR", "2026-06-18T10:00:00", true),
        ("FREQ=WEEKLY;BYDAY=WE,TH,FR", "2026-06-18T11:00:00", false),
        ("FREQ=MONTHLY", "2026-07-17T10:00:00", false),
        ("FREQ=MONTHLY;BYMONTHDAY=17", "2026-07-15T10:00:00", true),
    ] {
        let block = Block {
            recurrence: Some(recurrence.to_owned()),
            ..block(1, UTC, "2026-06-17T10:00:00", local_end)
        };
        let expected = if is_valid { Ok(()) } else { Err(InvalidBlock::OverlapsItself) };
        assert_eq!(validate_block(&block), expected, "{recurrence} until {local_end}");
    }
}

#[test]
fn the_first_occurrence_is_the_blocks_own_time_even_where_the_clock_shows_it_twice() {
    // Half past eleven comes twice on this night; the block is about the second one.
    let night = block(1, Santiago, "2026-04-04T23:30:00", "2026-04-04T23:45:00");
    let second = Block {
        start: night.start + TimeDelta::hours(1),
        end: night.end,
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..night
    };
    let range = Interval::new(second.start - TimeDelta::hours(2), second.start + TimeDelta::hours(30));
    let next = second.start + TimeDelta::hours(24);
    assert_eq!(
        block_occurrences(&second, UTC, range),
        [Interval::new(second.start, second.end), Interval::new(next, next + TimeDelta::minutes(15))]
    );
}
