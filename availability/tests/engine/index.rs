//! The index against the exact rules: after any changes it returns what they return.

use availability::{
    AgentCalendar, Booking, ExternalBusy, Hold, Interval, OfficeCalendar, Searched, Selection, Slot,
    SlotIndex, SlotQuery, slots,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use schemas::value::{AppointmentType, AvailabilityRule, Block, DateException, OfficePolicy};
use schemas::{AppointmentId, BlockId, BusyId, HoldId, RuleId};

use crate::random::{CODES, Scenario, kinds, rule, scenario, some_block, some_booking, some_busy, some_hold};
use crate::support::{code, lead, property, uuid};

const AGENTS: usize = 3;

/// A change of a calendar. Ids are few, so that entries replace and remove each other.
#[derive(Debug, Clone)]
enum Change {
    Book(Booking),
    /// Moves an appointment by some minutes.
    Move(u128, i64),
    Free(u128),
    Hold(Hold),
    Release(u128),
    Busy(ExternalBusy),
    RemoveBusy(u128),
    Block(Block),
    Unblock(u128),
    Rule(AvailabilityRule),
    Exception(DateException),
    Zone(Tz),
    OfficeRule(AvailabilityRule),
    OfficeBlock(Block),
    OfficeType(AppointmentType),
    Travel(u16),
    Retire(usize),
    Forget(i64),
}

fn changes(middle: DateTime<Utc>, now: DateTime<Utc>) -> impl Strategy<Value = Vec<(usize, Change)>> {
    let date: NaiveDate = middle.date_naive();
    let zone = Tz::America__Santiago;
    let id = 1..6_u128;
    let often = prop_oneof![
        id.clone().prop_flat_map(move |id| some_booking(id, middle)).prop_map(Change::Book),
        (id.clone(), -200..200_i64).prop_map(|(id, minutes)| Change::Move(id, minutes * 5)),
        id.clone().prop_map(Change::Free),
        id.clone().prop_flat_map(move |id| some_hold(id, middle, now)).prop_map(Change::Hold),
        id.clone().prop_map(Change::Release),
        id.clone().prop_flat_map(move |id| some_busy(id, middle)).prop_map(Change::Busy),
        id.clone().prop_map(Change::RemoveBusy),
    ];
    let seldom = prop_oneof![
        id.clone().prop_flat_map(move |id| some_block(id, zone, date)).prop_map(Change::Block),
        id.clone().prop_map(Change::Unblock),
        id.clone().prop_flat_map(move |id| rule(id, date)).prop_map(Change::Rule),
        (-1..2_i64).prop_map(move |days| {
            Change::Exception(DateException { date: date + TimeDelta::days(days), intervals: Vec::new() })
        }),
        select(vec![Tz::America__Santiago, Tz::Pacific__Easter, Tz::Asia__Kathmandu]).prop_map(Change::Zone),
        id.clone().prop_flat_map(move |id| rule(id + 100, date)).prop_map(Change::OfficeRule),
        id.prop_flat_map(move |id| some_block(id + 100, zone, date)).prop_map(Change::OfficeBlock),
        (kinds(), 0..CODES.len()).prop_map(|(kinds, at)| Change::OfficeType(kinds[at].clone())),
        (0..60_u16).prop_map(Change::Travel),
        (0..CODES.len()).prop_map(Change::Retire),
        (-48..10_i64).prop_map(Change::Forget),
    ];
    vec((0..AGENTS, prop_oneof![3 => often, 1 => seldom]), 1..14)
}

fn apply(index: &mut SlotIndex<usize>, agent: usize, change: Change, middle: DateTime<Utc>) {
    let key = &agent;
    match change {
        Change::Book(booking) => index.book(key, booking),
        Change::Move(id, minutes) => {
            let found = index.agent(key).and_then(|agent| agent.find_booking(AppointmentId::new(uuid(id))));
            let by = TimeDelta::minutes(minutes);
            if let Some(booking) = found.cloned() {
                index.book(key, Booking { start: booking.start + by, end: booking.end + by, ..booking });
            }
        }
        Change::Free(id) => drop(index.free(key, AppointmentId::new(uuid(id)))),
        Change::Hold(hold) => index.hold(key, hold),
        Change::Release(id) => drop(index.release_hold(key, HoldId::new(uuid(id)))),
        Change::Busy(busy) => index.record_busy(key, busy),
        Change::RemoveBusy(id) => {
            drop(index.remove_busy(key, &BusyId::parse(&id.to_string()).expect("a number is an id")));
        }
        Change::Block(block) => index.block(key, block),
        Change::Unblock(id) => drop(index.unblock(key, BlockId::new(uuid(id)))),
        Change::Rule(rule) => drop(index.change_agent(key, |agent| {
            agent.remove_rule(RuleId::new(uuid(1)));
            agent.add_rule(rule);
        })),
        Change::Exception(exception) => drop(index.change_agent(key, |agent| agent.set_exception(exception))),
        Change::Zone(tz) => drop(index.change_agent(key, |agent| agent.set_time_zone(tz))),
        Change::OfficeRule(rule) => index.change_office(|office| office.add_rule(rule)),
        Change::OfficeBlock(block) => index.change_office(|office| office.block(block)),
        Change::OfficeType(kind) => index.change_office(|office| office.define_type(kind)),
        Change::Travel(travel_minutes) => {
            index.change_office(|office| office.set_policy(&policy(office, travel_minutes)));
        }
        Change::Retire(at) => drop(index.change_office(|office| office.retire_type(&code(CODES[at])))),
        Change::Forget(hours) => index.drop_before(middle + TimeDelta::hours(hours)),
    }
}

fn policy(office: &OfficeCalendar, travel_minutes: u16) -> OfficePolicy {
    OfficePolicy { time_zone: office.time_zone(), travel_minutes, ..fixtures::policy() }
}

/// The three types, each at its own moment before and after notices pass and holds end, without and with a lead and a
/// property.
const QUESTIONS: usize = 6;

fn same_answer(
    index: &SlotIndex<usize>,
    window: Interval,
    now: DateTime<Utc>,
    question: usize,
) -> Result<(), TestCaseError> {
    let (who, place) = (lead(1), property(1));
    let kind = code(CODES[question % 3]);
    let minutes = TimeDelta::minutes([0, 7, 600][question % 3]);
    let someone = question % QUESTIONS >= 3;
    let now = now + minutes;
    let query = SlotQuery {
        appointment_type: &kind,
        from: window.start + minutes,
        to: window.end,
        property_id: Some(&place).filter(|_| someone),
        lead_id: Some(&who).filter(|_| someone),
        limit: usize::MAX,
    };
    let mut all: Vec<(Slot, usize)> = Vec::new();
    for (key, agent) in index.agents() {
        let exact = slots(agent, index.office(), &query, now);
        prop_assert_eq!(&index.slots(key, &query, now), &exact);
        all.extend(exact.into_iter().map(|slot| (slot, *key)));
    }
    all.sort_by_key(|(slot, key)| (slot.start, *key));
    for limit in [1, 7, usize::MAX] {
        let found = index.slots_across(|_| true, &SlotQuery { limit, ..query }, now);
        let found: Vec<_> = found.iter().map(|found| (found.slot, *found.agent)).collect();
        prop_assert_eq!(&found[..], &all[..limit.min(all.len())]);
    }
    // A search that may look at one day at a time leaves nothing out if it goes on from where it ended.
    let (mut walked, mut from) = (Vec::new(), query.from);
    loop {
        let mut days = 0;
        let rest = SlotQuery { from, ..query };
        let everyone = |_: &usize| true;
        let found =
            index.slots_within(&Searched::Each(&everyone), &rest, Selection::default(), now, &mut |_| {
                std::mem::replace(&mut days, 1) == 0
            });
        walked.extend(found.slots.iter().map(|found| (found.slot, *found.agent)));
        match found.searched_until {
            Some(until) => {
                prop_assert!(from < until);
                from = until;
            }
            None => break,
        }
    }
    prop_assert_eq!(&walked, &all);
    Ok(())
}

fn same_answers(index: &SlotIndex<usize>, window: Interval, now: DateTime<Utc>) -> Result<(), TestCaseError> {
    (0..QUESTIONS).try_for_each(|question| same_answer(index, window, now, question))
}

fn scene() -> impl Strategy<Value = (Scenario, option_zone::Zone, Vec<(usize, Change)>)> {
    scenario().prop_flat_map(|scenario| {
        let middle = scenario.window.start + TimeDelta::hours(36);
        let now = scenario.now;
        (Just(scenario), option_zone::zone(), changes(middle, now))
    })
}

/// A second zone for one of the agents, or none.
mod option_zone {
    use super::{Strategy, Tz, option, select};

    pub(super) type Zone = Option<Tz>;

    pub(super) fn zone() -> impl Strategy<Value = Zone> {
        option::of(select(vec![Tz::America__Punta_Arenas, Tz::Pacific__Easter, Tz::Australia__Lord_Howe]))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn after_any_changes_the_index_answers_what_the_rules_answer((scenario, zone, changes) in scene()) {
        let Scenario { agent, office, window, now } = scenario;
        let middle = window.start + TimeDelta::hours(36);
        let mut index = SlotIndex::new(office);
        let mut other = agent.clone();
        other.set_time_zone(zone.unwrap_or(other.time_zone()));
        index.insert_agent(0, agent);
        index.insert_agent(1, other);
        index.insert_agent(2, AgentCalendar::new(Tz::America__Santiago, true));
        same_answers(&index, window, now)?;
        for (number, (agent, change)) in changes.into_iter().enumerate() {
            apply(&mut index, agent, change, middle);
            same_answer(&index, window, now, number)?;
        }
        same_answers(&index, window, now)?;
        let mut anew = SlotIndex::new(index.office().clone());
        for (key, agent) in index.agents() {
            anew.insert_agent(*key, agent.clone());
        }
        same_answers(&anew, window, now)?;
    }
}

#[test]
fn an_index_gives_slots_in_time_order_and_of_one_time_by_name() {
    let mut index = SlotIndex::new(crate::support::office(Tz::UTC));
    for name in ["b", "a", "c"] {
        index.insert_agent(name, crate::support::agent(Tz::UTC, "09:00", "11:00"));
    }
    let visits = code(CODES[0]);
    index.book(
        &"a",
        crate::support::booking(1, &crate::support::visit(), crate::support::at("2026-06-17T09:00:00Z")),
    );
    let query = crate::support::query(&visits, "2026-06-17T00:00:00Z", "2026-06-19T00:00:00Z");
    let now = crate::support::at("2026-06-17T00:00:00Z");
    let ask = |limit, wanted: fn(&&str) -> bool| {
        let found = index.slots_across(wanted, &SlotQuery { limit, ..query }, now);
        let names = found.iter().map(|found| format!("{} {}", found.agent, found.slot.start.format("%H:%M")));
        names.collect::<Vec<_>>()
    };
    assert_eq!(ask(5, |_| true), ["b 09:00", "c 09:00", "b 09:30", "c 09:30", "a 10:00"]);
    assert_eq!(ask(2, |name| *name == "a"), ["a 10:00", "a 09:00"]);
    assert_eq!(ask(0, |_| true), [""; 0]);
    assert_eq!(index.slots(&"nobody", &query, now), []);
    assert_eq!(index.slots(&"b", &SlotQuery { limit: 0, ..query }, now), []);
}

#[test]
fn what_is_not_in_an_index_changes_nothing() {
    let mut index: SlotIndex<usize> = SlotIndex::new(crate::support::office(Tz::UTC));
    index.book(
        &0,
        crate::support::booking(1, &crate::support::visit(), crate::support::at("2026-06-17T09:00:00Z")),
    );
    assert_eq!(index.free(&0, AppointmentId::new(uuid(1))), None);
    assert_eq!(index.change_agent(&0, |_| ()), None);
    assert_eq!(index.agents().count(), 0);
    index.insert_agent(0, crate::support::agent(Tz::UTC, "09:00", "11:00"));
    assert!(index.remove_agent(&0).is_some() && index.remove_agent(&0).is_none());
}

/// The first query of a day computes it, while others query it too.
#[test]
fn many_may_ask_an_index_at_once() {
    let mut index = SlotIndex::new(crate::support::office(Tz::America__Santiago));
    for key in 0..40 {
        index.insert_agent(key, crate::support::agent(Tz::America__Santiago, "09:00", "18:00"));
    }
    let visits = code(CODES[0]);
    let query = SlotQuery {
        limit: 500,
        ..crate::support::query(&visits, "2026-06-17T00:00:00Z", "2026-06-24T00:00:00Z")
    };
    let now = crate::support::at("2026-06-17T00:00:00Z");
    let answers: Vec<usize> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            (0..4).map(|_| scope.spawn(|| index.slots_across(|_| true, &query, now).len())).collect();
        asked.into_iter().map(|answer| answer.join().expect("no one panics")).collect()
    });
    assert_eq!(answers, [500; 4]);
}

/// The histories above compare an index with its own calendars; this checks those calendars.
#[test]
fn whatever_changes_in_an_index_changes_in_its_calendar() {
    use crate::support;
    let morning = support::at("2026-06-17T09:00:00Z");
    let later = |hours| morning + TimeDelta::hours(hours);
    let mut calendar = support::agent(Tz::UTC, "00:00", "24:00");
    let mut index = SlotIndex::new(support::office(Tz::UTC));
    index.insert_agent(0, calendar.clone());
    let same = |index: &SlotIndex<usize>, calendar: &AgentCalendar| {
        assert_eq!(index.agent(&0), Some(calendar));
        assert_eq!(index.agents().collect::<Vec<_>>(), [(&0, calendar)]);
    };
    for number in 1..4_u32 {
        let (number, start) = (u128::from(number), later(2 * i64::from(number)));
        let mut booking = support::booking(number, &support::visit(), start);
        booking.property_id = Some(support::property(1));
        let hold = support::hold(number, &support::visit(), start, later(100));
        let busy = ExternalBusy {
            busy_id: BusyId::parse(&number.to_string()).unwrap(),
            start,
            end: start + TimeDelta::minutes(5),
        };
        let block = support::block(number, Tz::UTC, "2026-06-18T10:00:00", "2026-06-18T11:00:00");
        index.book(&0, booking.clone());
        index.hold(&0, hold.clone());
        index.record_busy(&0, busy.clone());
        index.block(&0, block.clone());
        calendar.book(booking);
        calendar.hold(hold);
        calendar.record_busy(busy);
        calendar.block(block);
        same(&index, &calendar);
    }
    let (appointment_id, hold_id) = (AppointmentId::new(uuid(1)), HoldId::new(uuid(1)));
    let (busy_id, block_id) = (BusyId::parse("1").unwrap(), BlockId::new(uuid(1)));
    assert!(calendar.free(appointment_id).is_some());
    assert_eq!(index.free(&0, appointment_id).map(|freed| freed.appointment_id), Some(appointment_id));
    same(&index, &calendar);
    assert_eq!(index.release_hold(&0, hold_id), calendar.release_hold(hold_id));
    same(&index, &calendar);
    assert_eq!(index.remove_busy(&0, &busy_id), calendar.remove_busy(&busy_id));
    same(&index, &calendar);
    assert_eq!(index.unblock(&0, block_id), calendar.unblock(block_id));
    same(&index, &calendar);
    assert_eq!(index.change_agent(&0, |agent| agent.set_time_zone(Tz::Asia__Tokyo)), Some(()));
    calendar.set_time_zone(Tz::Asia__Tokyo);
    same(&index, &calendar);
    index.drop_before(later(5));
    calendar.drop_before(later(5));
    same(&index, &calendar);
    assert_eq!(calendar.bookings().count(), 1);
    assert_eq!(index.remove_agent(&0), Some(calendar));
}

/// Checks that the index offers, for one agent and for all, what the rules offer. Returns the starts.
fn offered(index: &SlotIndex<usize>, query: &SlotQuery<'_>) -> Vec<DateTime<Utc>> {
    let now = crate::support::at("2026-06-01T00:00:00Z");
    let exact = slots(index.agent(&0).expect("the one agent"), index.office(), query, now);
    assert_eq!(index.slots(&0, query, now), exact);
    let across = index.slots_across(|_| true, query, now);
    assert_eq!(across.into_iter().map(|found| found.slot).collect::<Vec<_>>(), exact);
    exact.into_iter().map(|slot| slot.start).collect()
}

#[test]
fn a_day_that_only_a_visit_to_the_same_property_fits_into_is_looked_at() {
    use crate::support;
    let policy = OfficePolicy { time_zone: Tz::UTC, travel_minutes: 45, ..fixtures::policy() };
    let mut office = support::office(Tz::UTC);
    office.set_policy(&policy);
    let (here, there, visits) = (property(1), property(2), code(CODES[0]));
    // All days are closed but some, which have room for two visits, one of them taken.
    let mut agent = AgentCalendar::new(Tz::UTC, false);
    let days = ["2026-06-04", "2026-06-17", "2026-06-18", "2026-06-20", "2026-08-01"];
    for (number, on) in (0..).zip(days) {
        let date = support::date(on);
        let hours = schemas::value::LocalInterval {
            start_time: support::time("09:00"),
            end_time: support::time("11:00"),
        };
        agent.set_exception(DateException { date, intervals: vec![hours] });
        let mut booking =
            support::booking(number, &support::visit(), support::at(&format!("{on}T09:00:00Z")));
        booking.property_id = Some(here.clone());
        agent.book(booking);
    }
    let mut index = SlotIndex::new(office);
    index.insert_agent(0, agent);
    let query = support::query(&visits, "2026-06-10T00:00:00Z", "2026-07-25T00:00:00Z");
    let at_ten = ["2026-06-17", "2026-06-18", "2026-06-20"].map(|on| support::at(&format!("{on}T10:00:00Z")));
    // Queried twice: the second time the days are known to be full for everyone else.
    for _ in 0..2 {
        assert!(offered(&index, &SlotQuery { property_id: Some(&there), ..query }).is_empty());
        assert_eq!(offered(&index, &SlotQuery { property_id: Some(&here), ..query }), at_ten);
        assert!(offered(&index, &SlotQuery { property_id: Some(&here), limit: 0, ..query }).is_empty());
    }
    // A second visit on the same day: the day is searched however many visits it has.
    let mut second = support::booking(9, &support::visit(), support::at("2026-06-17T10:00:00Z"));
    second.property_id = Some(here.clone());
    index.book(&0, second);
    index.change_agent(&0, |agent| {
        let hours = schemas::value::LocalInterval {
            start_time: support::time("09:00"),
            end_time: support::time("12:00"),
        };
        agent.set_exception(DateException { date: support::date("2026-06-17"), intervals: vec![hours] });
    });
    for _ in 0..2 {
        let starts = offered(&index, &SlotQuery { property_id: Some(&here), limit: 1, ..query });
        assert_eq!(starts, [support::at("2026-06-17T11:00:00Z")]);
    }
}

#[test]
fn a_search_over_months_finds_the_one_day_in_each() {
    let mut agent = AgentCalendar::new(Tz::UTC, false);
    let tuesdays = crate::support::weekly(1, chrono::Weekday::Tue, "09:00", "10:00");
    agent.add_rule(tuesdays);
    let mut index = SlotIndex::new(crate::support::office(Tz::UTC));
    index.insert_agent(0, agent);
    let visits = code(CODES[0]);
    let query = crate::support::query(&visits, "2026-06-01T00:00:00Z", "2026-10-01T00:00:00Z");
    for _ in 0..2 {
        assert_eq!(offered(&index, &query).len(), 18);
    }
}

#[test]
fn what_takes_all_the_time_there_is_takes_all_of_it() {
    use crate::support;
    let visits = code(CODES[0]);
    let query = support::query(&visits, "2026-06-17T00:00:00Z", "2026-06-18T00:00:00Z");
    let busy = |start, end| ExternalBusy { busy_id: BusyId::parse("1").unwrap(), start, end };
    let noon = support::at("2026-06-17T12:00:00Z");
    let mut index = SlotIndex::new(support::office(Tz::UTC));
    index.insert_agent(0, support::agent(Tz::UTC, "10:00", "14:00"));
    assert_eq!(offered(&index, &query).len(), 7);
    index.record_busy(&0, busy(DateTime::<Utc>::MIN_UTC, noon));
    assert_eq!(offered(&index, &query).first(), Some(&noon));
    index.record_busy(&0, busy(noon, DateTime::<Utc>::MAX_UTC));
    assert_eq!(offered(&index, &query).last(), Some(&support::at("2026-06-17T11:00:00Z")));
    index.remove_busy(&0, &BusyId::parse("1").unwrap());
    index.book(
        &0,
        Booking {
            buffer_after_minutes: 10,
            end: DateTime::<Utc>::MAX_UTC,
            ..support::booking(1, &support::visit(), noon)
        },
    );
    assert_eq!(offered(&index, &query).last(), Some(&support::at("2026-06-17T11:00:00Z")));
    index.book(
        &0,
        Booking {
            buffer_before_minutes: 10,
            start: DateTime::<Utc>::MIN_UTC,
            end: noon,
            ..support::booking(1, &support::visit(), noon)
        },
    );
    assert_eq!(offered(&index, &query).first(), Some(&noon));
}

#[test]
fn a_block_that_comes_or_goes_after_a_day_was_looked_at_is_seen() {
    use crate::support;
    let visits = code(CODES[0]);
    let query = support::query(&visits, "2026-06-17T00:00:00Z", "2026-06-19T00:00:00Z");
    let mut index = SlotIndex::new(support::office(Tz::UTC));
    index.insert_agent(0, support::agent(Tz::UTC, "09:00", "11:00"));
    assert_eq!(offered(&index, &query).len(), 6);
    let block = support::block(1, Tz::UTC, "2026-06-18T09:00:00", "2026-06-18T10:00:00");
    index.block(&0, block.clone());
    assert_eq!(offered(&index, &query).len(), 4);
    index.unblock(&0, block.block_id);
    assert_eq!(offered(&index, &query).len(), 6);
}

#[test]
fn what_is_dropped_gives_back_the_time_that_it_kept_clear_on_the_next_day() {
    use crate::support;
    let wide = AppointmentType { buffer_before_minutes: 60, ..support::visit() };
    let mut office = support::office(Tz::UTC);
    office.define_type(wide);
    let visits = code(CODES[0]);
    let query = support::query(&visits, "2026-06-18T00:00:00Z", "2026-06-18T02:00:00Z");
    let mut index = SlotIndex::new(office);
    index.insert_agent(0, support::agent(Tz::UTC, "00:00", "24:00"));
    index.book(&0, support::booking(1, &support::call(), support::at("2026-06-17T22:30:00Z")));
    assert_eq!(offered(&index, &query).first(), Some(&support::at("2026-06-18T00:30:00Z")));
    index.drop_before(support::at("2026-06-17T23:40:00Z"));
    assert_eq!(offered(&index, &query).first(), Some(&query.from));
}

/// Days of the index end where those of UTC do, in the middle of an evening in Chile.
#[test]
fn a_short_appointment_on_the_other_side_of_a_days_end_takes_its_time() {
    use crate::support;
    let short = AppointmentType { duration_minutes: 10, ..support::call() };
    let wide = AppointmentType { buffer_before_minutes: 60, ..support::visit() };
    let mut office = support::office(Tz::America__Santiago);
    office.define_type(wide);
    let visits = code(CODES[0]);
    // Midnight in UTC is at eight in the evening there.
    let query = support::query(&visits, "2026-06-17T22:00:00Z", "2026-06-18T02:00:00Z");
    for (start, left) in [("2026-06-18T00:20:00Z", 4), ("2026-06-17T23:40:00Z", 4)] {
        let mut agent = support::agent(Tz::America__Santiago, "00:00", "24:00");
        agent.book(support::booking(1, &short, support::at(start)));
        let mut index = SlotIndex::new(office.clone());
        index.insert_agent(0, agent);
        assert_eq!(offered(&index, &query).len(), left, "{start}");
    }
    for (start, end) in
        [("2026-06-17T20:20:00", "2026-06-17T20:30:00"), ("2026-06-17T19:40:00", "2026-06-17T19:50:00")]
    {
        let mut agent = support::agent(Tz::America__Santiago, "00:00", "24:00");
        agent.block(support::block(1, Tz::America__Santiago, start, end));
        let mut index = SlotIndex::new(office.clone());
        index.insert_agent(0, agent);
        assert_eq!(offered(&index, &query).len(), 6, "{start}");
    }
}

#[test]
fn holds_count_towards_the_daily_limit_for_all_but_their_own_lead() {
    use crate::support;
    let limited = AppointmentType { daily_limit: Some(2), ..support::visit() };
    let mut office = support::office(Tz::UTC);
    office.define_type(limited);
    let visits = code(CODES[0]);
    let query = support::query(&visits, "2026-06-17T00:00:00Z", "2026-06-18T00:00:00Z");
    let mut index = SlotIndex::new(office);
    index.insert_agent(0, support::agent(Tz::UTC, "09:00", "13:00"));
    index.book(&0, support::booking(1, &support::visit(), support::at("2026-06-17T09:00:00Z")));
    assert_eq!(offered(&index, &query).len(), 5);
    index.hold(
        &0,
        support::hold(
            2,
            &support::visit(),
            support::at("2026-06-17T10:00:00Z"),
            support::at("2026-06-02T00:00:00Z"),
        ),
    );
    assert_eq!(offered(&index, &query).len(), 0);
    let own = offered(&index, &SlotQuery { lead_id: Some(&lead(2)), ..query });
    assert_eq!(own, [support::at("2026-06-17T10:00:00Z")]);
}
