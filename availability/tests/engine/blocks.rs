//! Whole days, blocks for some agents only, occurrences that are left out or moved, and owners who move to another zone.

use availability::{AgentCalendar, Interval, Reason, SlotQuery, block_occurrences, check, zone};
use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::America::{Punta_Arenas, Santiago};
use chrono_tz::Asia::Tokyo;
use chrono_tz::Pacific::Easter;
use chrono_tz::{Tz, UTC};
use schemas::value::{Block, MovedOccurrence, OccurrenceException};

use crate::support::{
    VISIT, agent, at, block, code, date, days_blocked, interval, office, query, request, uuid,
};

fn daily_lunch() -> Block {
    Block {
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..block(1, Santiago, "2026-12-01T13:00:00", "2026-12-01T14:00:00")
    }
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().expect("a test's local time")
}

/// The local starts of the block's occurrences in a week of December.
fn starts(block: &Block, time_zone: Tz) -> Vec<String> {
    let week = interval("2026-12-07T00:00:00Z", "2026-12-11T00:00:00Z");
    let found = block_occurrences(block, time_zone, week).into_iter();
    found.map(|one| zone::local(block.time_zone, one.start).format("%d %H:%M").to_string()).collect()
}

#[test]
fn a_whole_day_of_the_office_is_a_date_of_each_agents_zone() {
    for (tz, day) in [
        (Santiago, interval("2026-12-08T03:00:00Z", "2026-12-09T03:00:00Z")),
        (Easter, interval("2026-12-08T05:00:00Z", "2026-12-09T05:00:00Z")),
        (Tokyo, interval("2026-12-07T15:00:00Z", "2026-12-08T15:00:00Z")),
    ] {
        let holiday = days_blocked(9, Santiago, date("2026-12-08"), date("2026-12-08"));
        let range = interval("2026-12-01T00:00:00Z", "2026-12-20T00:00:00Z");
        assert_eq!(block_occurrences(&holiday, tz, range), [day], "{tz}");
        let mut office = office(Santiago);
        office.block(holiday);
        let agent = agent(tz, "00:00", "24:00");
        let visits = code(VISIT);
        let free = |agent: &AgentCalendar, start| {
            check(agent, &office, &request(&visits, start), at("2026-12-01T00:00:00Z")).map(|_| ())
        };
        let hour = TimeDelta::hours(1);
        assert_eq!(free(&agent, day.start), Err(Reason::Blocked), "{tz}");
        assert_eq!(free(&agent, day.end - hour), Err(Reason::Blocked), "{tz}");
        assert_eq!(free(&agent, day.start - hour), Ok(()), "{tz}");
        assert_eq!(free(&agent, day.end), Ok(()), "{tz}");
        let asked =
            SlotQuery { limit: usize::MAX, ..query(&visits, "2026-12-06T00:00:00Z", "2026-12-11T00:00:00Z") };
        let offered = availability::slots(&agent, &office, &asked, at("2026-12-01T00:00:00Z"));
        assert!(offered.iter().all(|slot| slot.end <= day.start || day.end <= slot.start), "{tz}");
        assert!(offered.iter().any(|slot| slot.end == day.start), "{tz}");
        assert!(offered.iter().any(|slot| slot.start == day.end), "{tz}");
    }
}

#[test]
fn whole_days_are_as_long_as_the_clock_makes_them() {
    let weekend = days_blocked(9, Santiago, date("2026-09-05"), date("2026-09-06"));
    let range = interval("2026-09-01T00:00:00Z", "2026-09-20T00:00:00Z");
    assert_eq!(block_occurrences(&weekend, Santiago, range)[0].length(), TimeDelta::hours(47));
    assert_eq!(block_occurrences(&weekend, Punta_Arenas, range)[0].length(), TimeDelta::hours(48));
    let yearly = Block { recurrence: Some("FREQ=YEARLY".to_owned()), ..weekend };
    let later = interval("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    assert_eq!(
        block_occurrences(&yearly, Santiago, later),
        [interval("2027-09-05T04:00:00Z", "2027-09-07T03:00:00Z")],
        "the 5th begins at 01:00 in 2027"
    );
}

#[test]
fn a_block_of_the_office_is_for_the_regions_and_agents_it_names() {
    let mut of_nuble = AgentCalendar::new(UTC, true);
    of_nuble.set_owner("7".parse().unwrap(), vec!["ñuble".to_owned()]);
    let mut elsewhere = AgentCalendar::new(UTC, true);
    elsewhere.set_owner("8".parse().unwrap(), vec!["Biobío".to_owned()]);
    let unknown = AgentCalendar::new(UTC, true);
    let everywhere = days_blocked(1, UTC, date("2026-08-20"), date("2026-08-20"));
    let regional = Block { regions: vec!["Ñuble".to_owned()], ..everywhere.clone() };
    let personal = Block { agent_ids: vec!["8".parse().unwrap()], ..everywhere.clone() };
    let both = Block { agent_ids: personal.agent_ids.clone(), ..regional.clone() };
    let concerned =
        |block: &Block| [&of_nuble, &elsewhere, &unknown].map(|agent| agent.is_concerned_by(block));
    assert_eq!(concerned(&everywhere), [true, true, true]);
    assert_eq!(concerned(&regional), [true, false, false]);
    assert_eq!(concerned(&personal), [false, true, false]);
    assert_eq!(concerned(&both), [true, true, false]);

    let mut office = office(UTC);
    office.block(regional);
    let day = interval("2026-08-20T00:00:00Z", "2026-08-21T00:00:00Z");
    let now = at("2026-08-01T00:00:00Z");
    assert_eq!(Vec::from(availability::busy(&of_nuble, &office, day, now)), [day]);
    assert!(availability::busy(&elsewhere, &office, day, now).is_empty());
}

#[test]
fn an_occurrence_is_left_out_or_moved() {
    let mut lunch = daily_lunch();
    assert_eq!(starts(&lunch, Santiago), ["07 13:00", "08 13:00", "09 13:00", "10 13:00"]);
    lunch.exceptions = vec![
        OccurrenceException { date: date("2026-12-08"), moved_to: None },
        OccurrenceException {
            date: date("2026-12-09"),
            moved_to: Some(MovedOccurrence {
                local_start: local("2026-12-07T10:00:00"),
                local_end: local("2026-12-07T10:30:00"),
            }),
        },
    ];
    assert_eq!(starts(&lunch, Santiago), ["07 10:00", "07 13:00", "10 13:00"]);
    let mut calendar = AgentCalendar::new(Santiago, false);
    calendar.block(lunch.clone());
    calendar.skip_occurrence(lunch.block_id, date("2026-12-09"));
    calendar.skip_occurrence(lunch.block_id, date("2026-12-07"));
    let lunch = calendar.find_block(lunch.block_id).unwrap();
    assert_eq!(starts(lunch, Santiago), ["10 13:00"], "one that was moved can be left out");
    assert!(lunch.exceptions.is_sorted_by_key(|exception| exception.date));
}

#[test]
fn what_recurs_follows_its_owner_to_another_zone() {
    let mut calendar = AgentCalendar::new(Santiago, false);
    calendar.block(daily_lunch());
    calendar.block(days_blocked(2, Santiago, date("2026-12-08"), date("2026-12-08")));
    calendar.block(block(3, Santiago, "2026-12-10T09:00:00", "2026-12-10T10:00:00"));
    let once = calendar.find_block(schemas::BlockId::new(uuid(3))).unwrap().clone();
    calendar.set_time_zone(Easter);
    let found = |number| calendar.find_block(schemas::BlockId::new(uuid(number))).unwrap();
    assert_eq!(
        starts(found(1), Easter),
        ["07 13:00", "08 13:00", "09 13:00", "10 13:00"],
        "by the new clock"
    );
    assert_eq!(found(1).start, at("2026-12-01T18:00:00Z"));
    assert_eq!((found(2).start, found(2).end), (at("2026-12-08T05:00:00Z"), at("2026-12-09T05:00:00Z")));
    assert_eq!((found(3).start, found(3).end), (once.start, once.end), "an instant stays");
    assert_eq!(found(3).local_start, local("2026-12-10T07:00:00"));
    assert!(calendar.blocks().all(|block| block.time_zone == Easter));
    let day = Interval::new(at("2026-12-08T18:00:00Z"), at("2026-12-08T19:00:00Z"));
    assert!(!availability::busy(&calendar, &office(Santiago), day, day.start).is_empty());
}
