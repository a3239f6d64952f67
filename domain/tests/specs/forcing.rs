//! Rules that are passed over on purpose.

use availability::Reason;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Agent, AgentCommand, AgentRejection, BookAppointment, Decision, Refusal, RescheduleAppointment,
};
use schemas::AgentEvent;
use schemas::event::{AppointmentTypeDefined, ExternalBusyRecorded, TimeBlocked};
use schemas::value::{AppointmentType, ForcedRule};

use crate::given::{Given, When};
use crate::samples::{
    A, B, HOLD, agent, block, block_request, book, booked, busy_id, day, hold, lead, monday, profile, visit,
};

const EVERY_RULE: [ForcedRule; 7] = [
    ForcedRule::Past,
    ForcedRule::BeyondHorizon,
    ForcedRule::TooSoon,
    ForcedRule::OffGrid,
    ForcedRule::OutsideHours,
    ForcedRule::Blocked,
    ForcedRule::DailyLimit,
];

fn forced(start: DateTime<Utc>, force: &[ForcedRule]) -> AgentCommand {
    AgentCommand::BookAppointment(BookAppointment { force: force.to_vec(), ..book(A, start) })
}

fn moved(start: DateTime<Utc>, force: &[ForcedRule]) -> AgentCommand {
    AgentCommand::RescheduleAppointment(RescheduleAppointment {
        start: Some(start),
        force: force.to_vec(),
        ..RescheduleAppointment::of(A)
    })
}

/// The rules that the accepted command has passed over.
fn passed_over(when: &When<Agent>) -> Vec<ForcedRule> {
    match &when.outcome {
        Ok(Decision::Accepted(events)) => match &events[..] {
            [AgentEvent::AppointmentBooked(event)] => event.forced.clone(),
            [AgentEvent::AppointmentRescheduled(event)] => event.forced.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn reason(when: &When<Agent>) -> Reason {
    match &when.outcome {
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason, .. })) => *reason,
        other => panic!("{other:?}"),
    }
}

/// For each rule, a calendar and a start which only that rule speaks against.
fn each_rule() -> Vec<(ForcedRule, Given<Agent>, DateTime<Utc>)> {
    let type_with = |appointment_type| agent().office(AppointmentTypeDefined { appointment_type });
    let blocked = block(&block_request(1, monday("15:00"), monday("16:00")), profile().time_zone);
    vec![
        (ForcedRule::Past, agent().at(monday("12:00")), monday("10:00")),
        (ForcedRule::BeyondHorizon, agent(), monday("10:00") + TimeDelta::days(70)),
        (
            ForcedRule::TooSoon,
            type_with(AppointmentType { min_notice_minutes: 300, ..visit() }).at(monday("09:00")),
            monday("10:00"),
        ),
        (ForcedRule::OffGrid, agent(), monday("10:10")),
        (ForcedRule::OutsideHours, agent(), day(6, "10:00")),
        (ForcedRule::Blocked, agent().and(TimeBlocked { block: blocked }), monday("15:00")),
        (
            ForcedRule::DailyLimit,
            type_with(AppointmentType { daily_limit: Some(1), ..visit() }).and(booked(B, monday("15:00"))),
            monday("10:00"),
        ),
    ]
}

#[test]
fn each_rule_can_be_passed_over_and_the_event_says_which() {
    for (rule, given, start) in each_rule() {
        let others: Vec<_> = EVERY_RULE.into_iter().filter(|other| *other != rule).collect();
        let refused = reason(&given.clone().when(forced(start, &others)));
        assert_eq!(refused.forced_rule(), Some(rule));
        assert_eq!(passed_over(&given.clone().when(forced(start, &[rule]))), [rule]);
        assert_eq!(passed_over(&given.when(forced(start, &EVERY_RULE))), [rule]);
    }
}

#[test]
fn a_move_passes_over_rules_too() {
    let elsewhere = day(2, "12:00");
    for (rule, given, start) in each_rule() {
        // At a time of its own, which no rule speaks against.
        let given = given.and(booked(A, elsewhere));
        assert_eq!(reason(&given.clone().when(moved(start, &[]))).forced_rule(), Some(rule));
        assert_eq!(passed_over(&given.when(moved(start, &EVERY_RULE))), [rule]);
    }
}

#[test]
fn what_does_not_speak_against_it_is_not_named() {
    assert_eq!(passed_over(&agent().when(forced(monday("10:00"), &EVERY_RULE))), []);
}

#[test]
fn several_rules_are_named_in_their_order() {
    let given = agent().at(day(7, "12:00"));
    let all = passed_over(&given.when(forced(day(6, "10:10"), &EVERY_RULE)));
    assert_eq!(all, [ForcedRule::Past, ForcedRule::OutsideHours]);
}

#[test]
fn two_live_appointments_never_overlap() {
    let at_ten = || agent().and(booked(B, monday("10:00")));
    assert_eq!(reason(&at_ten().when(forced(monday("10:30"), &EVERY_RULE))), Reason::AlreadyBooked);
    let two = at_ten().and(booked(A, monday("15:00")));
    assert_eq!(reason(&two.when(moved(monday("10:30"), &EVERY_RULE))), Reason::AlreadyBooked);
    let rival = domain::HoldSlot { expires_at: monday("08:10"), ..hold(HOLD, lead(2), monday("10:00")) };
    let held = agent().at(monday("08:00")).done(AgentCommand::HoldSlot(rival));
    assert_eq!(reason(&held.when(forced(monday("10:00"), &EVERY_RULE))), Reason::Held);
    let busy = agent().and(ExternalBusyRecorded {
        busy_id: busy_id("dentista"),
        source: "google_calendar".to_owned(),
        start: monday("10:00"),
        end: monday("11:00"),
    });
    assert_eq!(reason(&busy.when(forced(monday("10:00"), &EVERY_RULE))), Reason::ExternalBusy);
}

#[test]
fn nor_do_they_overlap_long_ago_when_the_calendar_has_forgotten_them() {
    let given = agent().and(booked(B, monday("10:00"))).busy_for(10);
    assert_eq!(given.state.calendar().bookings().count(), 0, "the calendar still has it");
    let walk_in = |time| forced(monday(time), &[ForcedRule::Past]);
    assert_eq!(reason(&given.clone().when(walk_in("10:30"))), Reason::AlreadyBooked);
    assert_eq!(passed_over(&given.clone().when(walk_in("11:00"))), [ForcedRule::Past]);
    let recorded = given.done(walk_in("11:00"));
    let complete = AgentCommand::CompleteAppointment { appointment_id: A };
    recorded.when(complete).then_accepted();
}

#[test]
fn beyond_what_calendars_support_nothing_is_forced() {
    let far = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let past = agent().when(forced(far("1899-12-29T13:00:00Z"), &EVERY_RULE));
    assert_eq!(reason(&past), Reason::Past);
    let to_come = agent().when(forced(far("9100-01-01T10:00:00Z"), &EVERY_RULE));
    assert_eq!(reason(&to_come), Reason::BeyondHorizon);
}
