//! Every date of sixteen years in nine zones, against the model.

use availability::{AgentCalendar, Interval, SlotQuery, check, slots, zone};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use schemas::BlockId;
use schemas::value::{AppointmentType, Block, DateException, LocalInterval};

use crate::model::Model;
use crate::support::{CALL, VISIT, agent, at, block, call, code, office, request, time, uuid, visit, weekly};

const FIRST_YEAR: i32 = 2020;
const LAST_YEAR: i32 = 2035;
/// How many dates are compared at once: the model also computes the days around them, and this way only once.
const STRETCH: usize = 16;

fn dates() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).expect("a date");
    first.iter_days().take_while(|date| date.year() <= LAST_YEAR)
}

/// The dates that are not 24 hours long.
fn changes(tz: Tz) -> Vec<NaiveDate> {
    dates().filter(|date| zone::day(tz, *date).length() != TimeDelta::hours(24)).collect()
}

/// Hours all through the day: some up to and over midnight, some on odd minutes, some that overlap and touch.
fn busy_agent(tz: Tz, date: NaiveDate) -> AgentCalendar {
    let mut agent = agent(tz, "00:00", "02:45");
    let hours = [
        ("01:30", "04:00"),
        ("09:07", "12:00"),
        ("12:00", "13:30"),
        ("22:00", "24:00"),
        ("22:35", "00:50"),
        ("23:20", "00:00"),
    ];
    let days =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    for (number, day) in (100..).zip(days) {
        for (offset, (start, end)) in (0..).step_by(10).zip(hours) {
            agent.add_rule(weekly(number + offset, day, start, end));
        }
        agent.add_rule(schemas::value::AvailabilityRule {
            appointment_type: Some(code(CALL)),
            max_appointments_per_slot: 3,
            ..weekly(number + 90, day, "18:20", "23:40")
        });
    }
    let long_before = date - TimeDelta::days(400);
    let over_midnight = block(
        1,
        tz,
        &format!("{long_before}T23:40:00"),
        &format!("{}T00:20:00", long_before + TimeDelta::days(1)),
    );
    agent.block(Block { recurrence: Some("FREQ=DAILY".to_owned()), ..over_midnight });
    let early = block(2, tz, &format!("{long_before}T02:10:00"), &format!("{long_before}T02:35:00"));
    agent.block(Block { recurrence: Some("FREQ=DAILY;INTERVAL=2".to_owned()), ..early });
    agent
}

fn compare(agent: &AgentCalendar, office_zone: Tz, window: Interval, kind: &AppointmentType) -> usize {
    let mut office = office(office_zone);
    office.add_rule(weekly(1000, Weekday::Sun, "05:00", "08:00"));
    office.add_rule(weekly(1001, Weekday::Sat, "22:10", "03:00"));
    office.add_rule(weekly(1002, Weekday::Tue, "13:25", "15:00"));
    office.define_type(kind.clone());
    let now = window.start - TimeDelta::days(1);
    let query = SlotQuery {
        appointment_type: &kind.code,
        from: window.start,
        to: window.end,
        property_id: None,
        lead_id: None,
        limit: usize::MAX,
    };
    let offered: Vec<DateTime<Utc>> =
        slots(agent, &office, &query, now).iter().map(|slot| slot.start).collect();
    assert!(offered.is_sorted_by(|a, b| a < b), "each slot once, in order: {offered:?}");
    let model = Model::new(agent, &office, window, &kind.code);
    let minutes = (window.end - window.start).num_minutes();
    let starts = (0..minutes).map(|minute| window.start + TimeDelta::minutes(minute));
    let expected: Vec<_> =
        starts.filter(|start| model.answer(&request(&kind.code, *start), now).is_ok()).collect();
    assert_eq!(offered, expected, "{} in {window:?}", agent.time_zone());
    let aside = window.start + TimeDelta::minutes(minutes / 3);
    let asked = check(agent, &office, &request(&kind.code, aside), now);
    assert_eq!(asked.map(|_| ()), model.answer(&request(&kind.code, aside), now).map(|_| ()));
    offered.len()
}

fn every_date_of(tz: Tz, office_zone: Tz) {
    let dates: Vec<NaiveDate> = dates().collect();
    let kinds = [AppointmentType { duration_minutes: 45, slot_step_minutes: 20, ..visit() }, call()];
    let hours = [("00:15", "00:45"), ("01:50", "03:10"), ("21:30", "01:30")];
    let hours = hours.map(|(start, end)| LocalInterval { start_time: time(start), end_time: time(end) });
    let mut found = 0;
    for (stretch, kind) in dates.chunks(STRETCH).zip(kinds.iter().cycle()) {
        let (first, last) = (stretch[0], stretch[stretch.len() - 1]);
        let mut agent = busy_agent(tz, first);
        agent.set_inherits_office_hours(true);
        for date in stretch.iter().filter(|date| date.day() % 3 == 0) {
            agent.set_exception(DateException { date: *date, intervals: hours.to_vec() });
        }
        let window = Interval::new(zone::day(tz, first).start, zone::day(tz, last).end);
        found += compare(&agent, office_zone, window, kind);
    }
    assert!(found > dates.len(), "a comparison of nothing with nothing proves nothing");
}

macro_rules! zones {
    ($($name:ident: $zone:expr, $office:expr, $changes:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(changes($zone).len(), $changes, "clock changes of {} in these years", $zone);
            every_date_of($zone, $office);
        }
    )*};
}

zones! {
    santiago: Tz::America__Santiago, Tz::America__Santiago, 32;
    punta_arenas_under_a_santiago_office: Tz::America__Punta_Arenas, Tz::America__Santiago, 0;
    coyhaique_under_a_santiago_office: Tz::America__Coyhaique, Tz::America__Santiago, 10;
    easter_under_a_santiago_office: Tz::Pacific__Easter, Tz::America__Santiago, 32;
    new_york: Tz::America__New_York, Tz::America__New_York, 32;
    london_under_an_office_far_away: Tz::Europe__London, Tz::Asia__Kathmandu, 32;
    lord_howe: Tz::Australia__Lord_Howe, Tz::Australia__Lord_Howe, 32;
    kathmandu_under_a_santiago_office: Tz::Asia__Kathmandu, Tz::America__Santiago, 0;
    havana_repeats_its_midnight: Tz::America__Havana, Tz::America__Havana, 30;
}

#[test]
fn a_lunch_block_stays_at_one_o_clock_on_both_sides_of_a_clock_change() {
    let tz = Tz::America__Santiago;
    let lunch = Block {
        block_id: BlockId::new(uuid(7)),
        recurrence: Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU".to_owned()),
        ..block(7, tz, "2026-08-30T13:00:00", "2026-08-30T14:00:00")
    };
    let mut agent = agent(tz, "12:00", "15:00");
    agent.block(lunch);
    let office = office(tz);
    let visits = code(VISIT);
    let ask = |local: &str| {
        check(&agent, &office, &request(&visits, at(local)), at("2026-08-30T00:00:00Z")).map(|_| ())
    };
    for (before, after) in [("12:00", "14:00")] {
        for (date, offset) in [("2026-09-05", "-04:00"), ("2026-09-06", "-03:00"), ("2026-09-07", "-03:00")] {
            assert_eq!(ask(&format!("{date}T{before}:00{offset}")), Ok(()), "{date}");
            assert_eq!(ask(&format!("{date}T{after}:00{offset}")), Ok(()), "{date}");
            assert!(ask(&format!("{date}T12:30:00{offset}")).is_err(), "{date}");
            assert!(ask(&format!("{date}T13:00:00{offset}")).is_err(), "{date}");
        }
    }
}
