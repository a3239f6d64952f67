//! What was agreed on with one agent, in the calendar of another: whether there is room for it at the same time.

use availability::{
    AgentCalendar, Booking, ExternalBusy, Interval, OfficeCalendar, Reason, SlotQuery, check, check_agreed,
    slots,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use proptest::prelude::*;
use schemas::BusyId;
use schemas::value::{AppointmentType, AvailabilityRule, LocationKind, OfficePolicy};

use crate::random::{CODES, Scenario, kinds, scenario};
use crate::support::{agent, at, block, booking, call, code, hold, office, property, request, visit};

/// A Monday in summer, when Santiago is at -03:00.
fn monday(time: &str) -> DateTime<Utc> {
    at(&format!("2026-12-14T{time}:00-03:00"))
}

/// An hour's visit at ten.
fn agreed() -> Booking {
    booking(1, &visit(), monday("10:00"))
}

fn ask(agent: &AgentCalendar, office: &OfficeCalendar, agreed: &Booking) -> Option<Reason> {
    check_agreed(agent, office, agreed, monday("08:00")).err()
}

fn open() -> (AgentCalendar, OfficeCalendar) {
    (agent(Santiago, "09:00", "18:00"), office(Santiago))
}

#[test]
fn what_passes_by_time_and_what_its_type_has_become_do_not_speak_against_it() {
    let (mut agent, mut office) = open();
    let strict = AppointmentType {
        duration_minutes: 240,
        slot_step_minutes: 45,
        buffer_before_minutes: 200,
        buffer_after_minutes: 200,
        min_notice_minutes: 3_000,
        horizon_days: 0,
        daily_limit: Some(1),
        ..visit()
    };
    let later = Booking { start: monday("10:10"), end: monday("11:10"), ..agreed() };
    agent.book(booking(2, &visit(), monday("12:00")));
    office.define_type(strict);
    assert!(
        check(&agent, &office, &request(&agreed().appointment_type, monday("10:00")), monday("08:00"))
            .is_err()
    );
    for wanted in [agreed(), later] {
        let slot = check_agreed(&agent, &office, &wanted, monday("08:00")).unwrap();
        assert_eq!((slot.start, slot.end, slot.max_appointments_per_slot), (wanted.start, wanted.end, 1));
    }
    let in_two_months = Booking {
        start: monday("10:00") + TimeDelta::days(63),
        end: monday("11:00") + TimeDelta::days(63),
        ..agreed()
    };
    assert_eq!(ask(&agent, &office, &in_two_months), None);
    office.retire_type(&visit().code);
    assert_eq!(ask(&agent, &office, &agreed()), None);
}

#[test]
fn hours_blocks_and_busy_time_speak_against_it() {
    let (agent, mut office) = open();
    for (start, end) in [("08:30", "09:30"), ("17:30", "18:30"), ("20:00", "21:00")] {
        let outside = Booking { start: monday(start), end: monday(end), ..agreed() };
        assert_eq!(ask(&agent, &office, &outside), Some(Reason::OutsideHours), "{start}");
    }
    let mut of_calls = AgentCalendar::new(Santiago, false);
    let only = AvailabilityRule {
        appointment_type: Some(call().code),
        ..crate::support::weekly(1, chrono::Weekday::Mon, "09:00", "18:00")
    };
    of_calls.add_rule(only);
    assert_eq!(ask(&of_calls, &office, &agreed()), Some(Reason::OutsideHours), "hours of another type");

    let mut blocked = agent.clone();
    blocked.block(block(1, Santiago, "2026-12-14T10:30:00", "2026-12-14T10:45:00"));
    assert_eq!(ask(&blocked, &office, &agreed()), Some(Reason::Blocked));
    let mut busy = agent.clone();
    let busy_id = BusyId::parse("dentista").unwrap();
    busy.record_busy(ExternalBusy { busy_id, start: monday("10:59"), end: monday("12:00") });
    assert_eq!(ask(&busy, &office, &agreed()), Some(Reason::ExternalBusy));
    office.block(block(2, Santiago, "2026-12-14T10:30:00", "2026-12-14T10:45:00"));
    assert_eq!(ask(&agent, &office, &agreed()), Some(Reason::Blocked));
}

#[test]
fn other_appointments_and_holds_speak_against_it_by_the_buffers_agreed_on() {
    let (mut agent, office) = open();
    agent.book(booking(2, &visit(), monday("11:15")));
    assert_eq!(ask(&agent, &office, &agreed()), None);
    let with_buffer = Booking { buffer_after_minutes: 20, ..agreed() };
    assert_eq!(ask(&agent, &office, &with_buffer), Some(Reason::AlreadyBooked));
    // An appointment is never in its own way, whatever calendar it is in already.
    agent.book(Booking { buffer_after_minutes: 5, ..agreed() });
    assert_eq!(ask(&agent, &office, &agreed()), None);
    let another =
        Booking { appointment_id: booking(3, &visit(), monday("10:00")).appointment_id, ..agreed() };
    assert_eq!(ask(&agent, &office, &another), Some(Reason::AlreadyBooked));

    let (mut agent, office) = open();
    let own = hold(1, &visit(), monday("10:00"), monday("09:00"));
    assert_eq!(own.lead_id, agreed().lead_id);
    agent.hold(own);
    assert_eq!(ask(&agent, &office, &agreed()), None);
    agent.hold(hold(2, &visit(), monday("10:30"), monday("09:00")));
    assert_eq!(ask(&agent, &office, &agreed()), Some(Reason::Held));
    assert_eq!(check_agreed(&agent, &office, &agreed(), monday("09:00")).err(), None, "it has expired");
}

#[test]
fn travel_time_speaks_against_a_visit_and_against_nothing_else() {
    let (mut agent, mut office) = open();
    office.set_policy(&OfficePolicy { time_zone: Santiago, travel_minutes: 30, ..fixtures::policy() });
    let at_property = |number, booking| Booking { property_id: Some(property(number)), ..booking };
    agent.book(at_property(1, booking(2, &visit(), monday("11:15"))));
    assert_eq!(ask(&agent, &office, &at_property(2, agreed())), Some(Reason::AlreadyBooked));
    assert_eq!(ask(&agent, &office, &at_property(1, agreed())), None);
    let on_the_telephone = Booking { end: monday("11:00"), ..booking(1, &call(), monday("10:00")) };
    assert_eq!(ask(&agent, &office, &on_the_telephone), None);
    // Where a type takes place is known after it was retired too.
    office.retire_type(&visit().code);
    assert_eq!(ask(&agent, &office, &at_property(2, agreed())), Some(Reason::AlreadyBooked));
    office.define_type(AppointmentType { location_kind: LocationKind::Video, ..visit() });
    assert_eq!(ask(&agent, &office, &at_property(2, agreed())), None);
}

#[test]
fn a_slot_is_shared_as_the_new_agents_hours_allow() {
    let office = office(Santiago);
    let mut agent = AgentCalendar::new(Santiago, false);
    let rule = crate::support::weekly(1, chrono::Weekday::Mon, "09:00", "18:00");
    agent.add_rule(AvailabilityRule { max_appointments_per_slot: 2, ..rule });
    let visit_of =
        |number| Booking { property_id: Some(property(7)), ..booking(number, &visit(), monday("10:00")) };
    agent.book(visit_of(2));
    let slot = check_agreed(&agent, &office, &visit_of(1), monday("08:00")).unwrap();
    assert_eq!((slot.max_appointments_per_slot, slot.remaining), (2, 1));
    agent.book(visit_of(3));
    assert_eq!(ask(&agent, &office, &visit_of(1)), Some(Reason::SlotFull));
}

#[test]
fn it_may_be_handed_over_until_it_begins() {
    let (agent, office) = open();
    let ask = |now| check_agreed(&agent, &office, &agreed(), now).err();
    assert_eq!(ask(monday("10:00")), None);
    assert_eq!(ask(monday("10:00") + TimeDelta::microseconds(1)), Some(Reason::Past));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever could book it anew could take it over, whatever has become of its type since.
    #[test]
    fn there_is_room_wherever_it_could_be_booked(
        scenario in scenario(),
        which in 0..3_usize,
        place in 1..3_u128,
        later in kinds(),
    ) {
        let Scenario { agent, mut office, window, now } = scenario;
        let code = code(CODES[which]);
        let kind = office.appointment_type(&code).expect("defined").clone();
        let at = property(place);
        let query = SlotQuery {
            appointment_type: &code,
            from: window.start,
            to: window.end,
            property_id: Some(&at),
            lead_id: None,
            limit: 40,
        };
        let free = slots(&agent, &office, &query, now);
        for later in later {
            // Whether travel time counts is as the types are now.
            let location_kind = office.appointment_type(&later.code).expect("defined").location_kind;
            office.define_type(AppointmentType { location_kind, ..later });
        }
        for slot in free {
            let wanted = Booking { property_id: Some(at.clone()), ..booking(700, &kind, slot.start) };
            prop_assert_eq!(wanted.interval(), Interval::new(slot.start, slot.end));
            let found = check_agreed(&agent, &office, &wanted, now);
            prop_assert_eq!(found, Ok(slot));
        }
    }
}
