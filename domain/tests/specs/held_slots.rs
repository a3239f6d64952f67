//! A live hold guarantees its slot: only what an owner of the time has taken away since speaks against it.

use availability::Reason;
use domain::{Agent, AgentCommand, AgentRejection, BookAppointment, Decision, HoldSlot, Refusal};
use schemas::event::{
    AgentEvent, AppointmentBooked, AppointmentRescheduled, AppointmentTypeDefined, AppointmentTypeRetired,
    AvailabilityRuleAdded, AvailabilityRuleRemoved, DateExceptionSet, ExternalBusyRecorded, OfficeBlocked,
    OfficeEvent, OfficePolicySet, TimeBlocked,
};
use schemas::value::{AppointmentType, AvailabilityRule, DateException, LocalInterval, OfficePolicy};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, VISIT, agent, appointment_id, block, block_request, book, booked, busy_id, code, date, day,
    held, hold, hold_id, lead, monday, policy, property, reschedule, rule, rule_id, time, visit,
};

/// Lead 2 holds Monday 09:00 for ten minutes from 08:00, with the hour's notice that is required and no moment more.
fn held_at_the_last_moment() -> Given<Agent> {
    agent().done(AgentCommand::HoldSlot(hold(HOLD, lead(2), monday("09:00")))).at(monday("08:09"))
}

/// Lead 2 has an appointment at 12:00 as well.
fn with_an_appointment(given: Given<Agent>) -> Given<Agent> {
    given.and(AppointmentBooked { lead_id: lead(2), ..booked(B, monday("12:00")) })
}

fn booking(given: &Given<Agent>) -> BookAppointment {
    let held = given.state.calendar().find_hold(HOLD).expect("it is held");
    BookAppointment { lead_id: lead(2), property_id: held.property_id.clone(), ..book(A, held.start) }
}

/// The held slot, taken in each of the ways: by the hold's id, by its start, and by moving an appointment there.
fn taken(given: &Given<Agent>) -> [When<Agent>; 3] {
    let booking = booking(given);
    let start = booking.start;
    let by_id = BookAppointment { hold_id: Some(HOLD), ..booking.clone() };
    let moved = reschedule(B, start);
    [
        given.clone().when(AgentCommand::BookAppointment(by_id)),
        given.clone().when(AgentCommand::BookAppointment(booking)),
        with_an_appointment(given.clone()).when(moved),
    ]
}

/// Asserts that the slot is taken as it was held, and the hold used up, in every way.
fn assert_guaranteed(given: &Given<Agent>) {
    let hold = given.state.calendar().find_hold(HOLD).expect("it is held").clone();
    for when in taken(given) {
        let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("not accepted: {when:?}") };
        let place = match &events[..] {
            [AgentEvent::AppointmentBooked(event)] => (
                (event.start, event.end, event.hold_id),
                (event.duration_minutes, event.buffer_before_minutes, event.buffer_after_minutes),
                event.max_appointments_per_slot,
            ),
            [AgentEvent::AppointmentRescheduled(event)] => (
                (event.start, event.end, event.hold_id),
                (event.duration_minutes, event.buffer_before_minutes, event.buffer_after_minutes),
                event.max_appointments_per_slot,
            ),
            other => panic!("{other:?}"),
        };
        let kept = (
            (hold.start, hold.end, Some(HOLD)),
            (60, hold.buffer_before_minutes, hold.buffer_after_minutes),
            hold.max_appointments_per_slot,
        );
        assert_eq!(place, kept);
        let (given, _) = when.then_accepted();
        assert_eq!(given.state.calendar().find_hold(HOLD), None, "it is used up");
    }
}

fn assert_broken(given: &Given<Agent>, expected: Reason) {
    for when in taken(given) {
        assert_eq!(reason(&when), expected);
    }
}

/// Why the slot is not available.
fn reason(when: &When<Agent>) -> Reason {
    match &when.outcome {
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => *reason,
        other => panic!("{other:?}"),
    }
}

fn redefined(change: impl FnOnce(&mut AppointmentType)) -> OfficeEvent {
    let mut appointment_type = visit();
    change(&mut appointment_type);
    AppointmentTypeDefined { appointment_type }.into()
}

#[test]
fn notice_that_has_run_out_since_does_not_break_a_hold() {
    assert_guaranteed(&held_at_the_last_moment());
    // Without it, the same time is too soon.
    let when =
        held_at_the_last_moment().at(monday("08:10")).when(AgentCommand::BookAppointment(BookAppointment {
            lead_id: lead(2),
            ..book(A, monday("09:00"))
        }));
    assert_eq!(reason(&when), Reason::TooSoon);
}

#[test]
fn what_else_passes_by_time_or_has_changed_of_the_type_does_not_break_a_hold() {
    let changes: [OfficeEvent; 8] = [
        redefined(|kind| kind.min_notice_minutes = 24 * 60),
        redefined(|kind| kind.horizon_days = 0),
        redefined(|kind| kind.daily_limit = Some(0)),
        redefined(|kind| kind.duration_minutes = 90),
        redefined(|kind| kind.duration_minutes = 15),
        redefined(|kind| (kind.buffer_before_minutes, kind.buffer_after_minutes) = (45, 45)),
        redefined(|kind| kind.slot_step_minutes = 45),
        AppointmentTypeRetired { code: code(VISIT) }.into(),
    ];
    // At 15:00, with appointments right before and after it, and on Tuesday for the horizon.
    for change in changes {
        let given = agent()
            .and(booked(appointment_id(7), monday("14:00")))
            .and(booked(appointment_id(8), monday("16:00")))
            .done(AgentCommand::HoldSlot(hold(HOLD, lead(2), monday("15:00"))))
            .office(change);
        assert_guaranteed(&given);
    }
    let tuesday = HoldSlot { ..hold(HOLD, lead(2), day(1, "10:00")) };
    let given = agent().done(AgentCommand::HoldSlot(tuesday)).office(redefined(|kind| kind.horizon_days = 0));
    assert_guaranteed(&given);
}

#[test]
fn a_travel_time_that_the_office_has_set_since_does_not_break_a_hold() {
    let travelled = OfficePolicySet { policy: OfficePolicy { travel_minutes: 30, ..policy() } };
    let beside =
        AppointmentBooked { property_id: Some(property(1)), ..booked(appointment_id(7), monday("14:00")) };
    let visit = HoldSlot { property_id: Some(property(2)), ..hold(HOLD, lead(2), monday("15:00")) };
    let given = agent().and(beside).done(AgentCommand::HoldSlot(visit)).office(travelled);
    for when in &taken(&given)[..2] {
        assert!(matches!(when.outcome, Ok(Decision::Accepted(_))), "{when:?}");
    }
    // A visit at another property than the hold's needs the time to get there.
    let elsewhere =
        BookAppointment { property_id: Some(property(3)), hold_id: Some(HOLD), ..booking(&given) };
    assert_eq!(reason(&given.when(AgentCommand::BookAppointment(elsewhere))), Reason::AlreadyBooked);
}

#[test]
fn a_place_in_a_shared_slot_is_kept_although_the_slot_has_room_for_fewer_by_now() {
    let shared =
        |per_slot| AvailabilityRule { max_appointments_per_slot: per_slot, ..rule(9, 0, "19:00", "21:00") };
    let visit = |number: u128| AppointmentBooked {
        property_id: Some(property(7)),
        max_appointments_per_slot: 3,
        ..booked(appointment_id(number), monday("19:00"))
    };
    let place = HoldSlot { property_id: Some(property(7)), ..hold(HOLD, lead(2), monday("19:00")) };
    let given = agent()
        .and(AvailabilityRuleAdded { rule: shared(3) })
        .and(visit(7))
        .and(visit(8))
        .done(AgentCommand::HoldSlot(place))
        .and(AvailabilityRuleRemoved { rule_id: rule_id(9) })
        .and(AvailabilityRuleAdded { rule: shared(1) });
    for when in &taken(&given)[..2] {
        let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
        assert!(
            matches!(&events[..], [AgentEvent::AppointmentBooked(event)] if event.max_appointments_per_slot == 3)
        );
    }
}

#[test]
fn hours_and_blocks_that_an_owner_has_taken_away_since_break_a_hold_and_say_so() {
    let ten = || agent().done(AgentCommand::HoldSlot(hold(HOLD, lead(2), monday("10:00"))));
    assert_broken(&ten().and(AvailabilityRuleRemoved { rule_id: rule_id(0) }), Reason::OutsideHours);
    let afternoon = LocalInterval { start_time: time("10:30"), end_time: time("18:00") };
    let exception = DateException { date: date("2026-12-14"), intervals: vec![afternoon] };
    assert_broken(&ten().and(DateExceptionSet { exception }), Reason::OutsideHours);
    let request = block_request(1, monday("10:30"), monday("11:30"));
    let block = block(&request, fixtures::ZONE);
    assert_broken(&ten().and(TimeBlocked { block: block.clone() }), Reason::Blocked);
    assert_broken(&ten().office(OfficeBlocked { block }), Reason::Blocked);
    // The agent is elsewhere, as the agent's own calendar shows.
    let busy = ExternalBusyRecorded {
        busy_id: busy_id("dentista"),
        source: "google_calendar".to_owned(),
        start: monday("10:00"),
        end: monday("10:15"),
    };
    assert_broken(&ten().and(busy), Reason::ExternalBusy);
}

#[test]
fn a_slot_that_has_begun_cannot_be_taken_whoever_holds_it() {
    let given = agent().and(held(HOLD, lead(2), monday("10:00"), monday("10:10")));
    assert_guaranteed(&given.clone().at(monday("10:00")));
    assert_broken(&given.at(monday("10:01")), Reason::Past);
}

/// A clock that was ahead for a while made the hold expire, and another lead booked the slot.
#[test]
fn a_hold_that_is_live_again_does_not_double_book() {
    let given = agent().and(held(HOLD, lead(2), monday("10:00"), monday("08:10")));
    let given = given.and(booked(appointment_id(7), monday("10:00")));
    assert_broken(&given, Reason::AlreadyBooked);
    let given = agent().and(held(HOLD, lead(2), monday("10:00"), monday("08:10")));
    let given = given.and(held(hold_id(2), lead(3), monday("10:30"), monday("08:10")));
    assert_broken(&given, Reason::Held);
}

#[test]
fn moving_an_appointment_to_a_held_slot_uses_up_the_hold() {
    let ten = agent().done(AgentCommand::HoldSlot(hold(HOLD, lead(2), monday("10:00"))));
    let two =
        with_an_appointment(ten).done(AgentCommand::HoldSlot(hold(hold_id(2), lead(2), monday("14:00"))));
    let third = AgentCommand::HoldSlot(hold(hold_id(3), lead(2), monday("16:00")));
    two.clone().when(third.clone()).then_refused(AgentRejection::HoldLimit { max: 2 });
    let moved = reschedule(B, monday("10:00"));
    let given = two.when(moved).then([AppointmentRescheduled {
        sequence: 1,
        previous_start: monday("12:00"),
        previous_end: monday("13:00"),
        forced: Vec::new(),
        hold_id: Some(HOLD),
        ..fixtures::rescheduled(B, monday("10:00"), 60)
    }]);
    given.when(third).then_accepted();
}
