//! Adding, replacing, reading and removing calendar entries.

use availability::{AgentCalendar, ExternalBusy, check};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{America::Santiago, UTC};
use schemas::value::DateException;
use schemas::{AppointmentId, BlockId, BusyId, HoldId, RuleId};

use crate::support::{
    VISIT, agent, at, block, booking, code, date, hold, office, request, uuid, visit, weekly,
};

fn day(time: &str) -> DateTime<Utc> {
    at(&format!("2026-06-17T{time}:00Z"))
}

fn busy(id: &str, start: DateTime<Utc>) -> ExternalBusy {
    let busy_id = BusyId::parse(id).expect("a test's id");
    ExternalBusy { busy_id, start, end: start + TimeDelta::hours(1) }
}

#[test]
fn hours_are_kept_by_id_until_they_are_taken_away() {
    let mut agent = AgentCalendar::new(UTC, true);
    assert!(agent.inherits_office_hours());
    agent.set_inherits_office_hours(false);
    assert!(!agent.inherits_office_hours());
    let rule = weekly(1, chrono::Weekday::Wed, "09:00", "12:00");
    let longer = weekly(1, chrono::Weekday::Wed, "09:00", "13:00");
    agent.add_rule(rule);
    agent.add_rule(longer.clone());
    assert_eq!(agent.rules().collect::<Vec<_>>(), [&longer]);
    assert_eq!(agent.remove_rule(RuleId::new(uuid(1))), Some(longer));
    assert_eq!(agent.remove_rule(RuleId::new(uuid(1))), None);
}

#[test]
fn exceptions_are_kept_by_date() {
    let mut agent = AgentCalendar::new(UTC, false);
    let [later, earlier] =
        ["2026-06-18", "2026-06-17"].map(|on| DateException { date: date(on), intervals: Vec::new() });
    agent.set_exception(later.clone());
    agent.set_exception(earlier.clone());
    assert_eq!(agent.exceptions().collect::<Vec<_>>(), [&earlier, &later]);
    assert_eq!(agent.exception(later.date), Some(&later));
    assert_eq!(agent.remove_exception(later.date), Some(later.clone()));
    assert_eq!(agent.exception(later.date), None);
    assert_eq!(agent.remove_exception(later.date), None);
}

#[test]
fn blocks_are_found_by_id_whether_they_recur_or_not() {
    let mut agent = AgentCalendar::new(UTC, false);
    let once = block(1, UTC, "2026-06-17T10:00:00", "2026-06-17T11:00:00");
    let daily = schemas::value::Block {
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..block(2, UTC, "2026-06-17T13:00:00", "2026-06-17T14:00:00")
    };
    agent.block(daily.clone());
    agent.block(once.clone());
    assert_eq!(agent.blocks().collect::<Vec<_>>(), [&once, &daily]);
    assert_eq!(agent.find_block(once.block_id), Some(&once));
    assert_eq!(agent.find_block(daily.block_id), Some(&daily));
    assert_eq!(agent.find_block(BlockId::new(uuid(3))), None);
    // It no longer recurs: there is still one block.
    let daily_no_more = schemas::value::Block { recurrence: None, ..daily };
    agent.block(daily_no_more.clone());
    assert_eq!(agent.find_block(daily_no_more.block_id), Some(&daily_no_more));
    assert_eq!(agent.blocks().count(), 2);
    assert_eq!(agent.unblock(daily_no_more.block_id), Some(daily_no_more));
    assert_eq!(agent.blocks().collect::<Vec<_>>(), [&once]);
}

#[test]
fn busy_times_holds_and_appointments_are_found_by_id_and_listed_by_start() {
    let mut agent = AgentCalendar::new(UTC, false);
    let [late_busy, early_busy] = [busy("late", day("12:00")), busy("early", day("10:00"))];
    agent.record_busy(late_busy.clone());
    agent.record_busy(early_busy.clone());
    assert_eq!(agent.external_busy().collect::<Vec<_>>(), [&early_busy, &late_busy]);
    assert_eq!(agent.find_busy(&late_busy.busy_id), Some(&late_busy));
    assert_eq!(agent.find_busy(&BusyId::parse("none").unwrap()), None);

    let [late_hold, early_hold] =
        [hold(1, &visit(), day("12:00"), day("09:00")), hold(2, &visit(), day("10:00"), day("09:00"))];
    agent.hold(late_hold.clone());
    agent.hold(early_hold.clone());
    assert_eq!(agent.holds().collect::<Vec<_>>(), [&early_hold, &late_hold]);
    assert_eq!(agent.find_hold(late_hold.hold_id), Some(&late_hold));
    assert_eq!(agent.release_hold(late_hold.hold_id), Some(late_hold.clone()));
    assert_eq!(agent.find_hold(late_hold.hold_id), None);
    assert_eq!(agent.release_hold(late_hold.hold_id), None);
    assert_eq!(agent.find_hold(HoldId::new(uuid(2))), Some(&early_hold));

    let [late, early] = [booking(1, &visit(), day("12:00")), booking(2, &visit(), day("10:00"))];
    agent.book(late.clone());
    agent.book(early.clone());
    assert_eq!(agent.bookings().collect::<Vec<_>>(), [&early, &late]);
    assert_eq!(agent.find_booking(late.appointment_id), Some(&late));
    assert_eq!(agent.free(late.appointment_id), Some(late.clone()));
    assert_eq!(agent.find_booking(late.appointment_id), None);
    assert_eq!(agent.free(late.appointment_id), None);
    assert_eq!(agent.find_booking(AppointmentId::new(uuid(2))), Some(&early));
}

#[test]
fn an_agent_who_moves_keeps_the_hours_of_the_wall_clock() {
    let (mut agent, office) = (agent(UTC, "09:00", "10:00"), office(UTC));
    let visits = code(VISIT);
    let ask =
        |agent: &AgentCalendar, start| check(agent, &office, &request(&visits, start), day("00:00")).is_ok();
    assert_eq!((ask(&agent, day("09:00")), ask(&agent, day("13:00"))), (true, false));
    agent.set_time_zone(Santiago);
    assert_eq!(agent.time_zone(), Santiago);
    assert_eq!((ask(&agent, day("09:00")), ask(&agent, day("13:00"))), (false, true));
}

#[test]
fn what_ended_by_an_instant_is_dropped_and_nothing_else() {
    let mut agent = AgentCalendar::new(UTC, false);
    for (number, start) in [(1, "09:00"), (2, "10:00"), (3, "10:01")] {
        agent.book(booking(number, &visit(), day(start)));
        agent.record_busy(busy(&number.to_string(), day(start)));
        agent.hold(hold(number, &visit(), day(start), day("23:00")));
    }
    // Expires long before it would begin.
    agent.hold(hold(4, &visit(), day("15:00"), day("11:00")));
    agent.hold(hold(5, &visit(), day("15:00"), day("11:01")));
    agent.drop_before(day("11:00"));
    let starts: Vec<_> = agent.bookings().map(|booking| booking.start).collect();
    assert_eq!(starts, [day("10:01")]);
    let busy: Vec<_> = agent.external_busy().map(|busy| busy.start).collect();
    assert_eq!(busy, [day("10:01")]);
    let holds: Vec<_> = agent.holds().map(|hold| hold.hold_id).collect();
    assert_eq!(holds, [3, 5].map(|number| HoldId::new(uuid(number))));
}

#[test]
fn an_office_keeps_its_hours_and_blocks_by_id() {
    let mut office = office(UTC);
    let rule = weekly(1, chrono::Weekday::Wed, "09:00", "12:00");
    office.add_rule(rule.clone());
    assert_eq!(office.rules().collect::<Vec<_>>(), [&rule]);
    assert_eq!(office.remove_rule(rule.rule_id), Some(rule.clone()));
    assert_eq!(office.remove_rule(rule.rule_id), None);
    let once = block(1, UTC, "2026-06-17T10:00:00", "2026-06-17T11:00:00");
    office.block(once.clone());
    assert_eq!(office.blocks().collect::<Vec<_>>(), [&once]);
    assert_eq!(office.find_block(once.block_id), Some(&once));
    assert_eq!(office.unblock(once.block_id), Some(once.clone()));
    assert_eq!(office.find_block(once.block_id), None);
}

#[test]
fn entries_of_one_start_come_by_id_however_they_came_in() {
    let agent_of = |numbers: [u128; 3]| {
        let mut agent = AgentCalendar::new(UTC, false);
        for number in numbers {
            agent.book(booking(number, &visit(), day("10:00")));
        }
        agent
    };
    let agent = agent_of([2, 3, 1]);
    let ids: Vec<_> = agent.bookings().map(|booking| booking.appointment_id).collect();
    assert_eq!(ids, [1, 2, 3].map(|number| AppointmentId::new(uuid(number))));
    assert_eq!(agent, agent_of([3, 1, 2]));
    assert_ne!(agent, agent_of([1, 2, 4]));
}
