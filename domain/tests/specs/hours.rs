//! Weekly hours and the hours of single dates.

use availability::{InvalidRule, OutOfRange, Reason};
use domain::{Agent, AgentCommand, AgentRejection, Answer, ExceptionAnswer, RulesAnswer};
use schemas::event::{
    AvailabilityRuleAdded, AvailabilityRuleRemoved, DateExceptionRemoved, DateExceptionSet,
    WeeklyHoursReplaced,
};
use schemas::value::{AvailabilityRule, DateException, LocalInterval};

use crate::given::{Given, When};
use crate::samples::{A, VISIT, agent, book, code, date, monday, newcomer, rule, rule_id, time};

fn add(rule: AvailabilityRule) -> AgentCommand {
    AgentCommand::AddAvailabilityRule { rule }
}

fn replace(rules: impl IntoIterator<Item = AvailabilityRule>) -> AgentCommand {
    AgentCommand::ReplaceWeeklyHours { rules: rules.into_iter().collect() }
}

fn exception(intervals: &[(&str, &str)]) -> DateException {
    let interval =
        |(start, end): &(&str, &str)| LocalInterval { start_time: time(start), end_time: time(end) };
    DateException { date: date("2026-12-14"), intervals: intervals.iter().map(interval).collect() }
}

fn set(exception: DateException) -> AgentCommand {
    AgentCommand::SetDateException { exception }
}

fn book_at(given: Given<Agent>, time: &str) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(A, monday(time))))
}

#[test]
fn hours_are_added_and_can_be_booked_then() {
    let given = newcomer()
        .when(add(rule(1, 0, "09:00", "18:00")))
        .then([AvailabilityRuleAdded { rule: rule(1, 0, "09:00", "18:00") }]);
    book_at(given, "09:00").then_accepted();
    newcomer()
        .when(add(rule(1, 0, "09:00", "18:00")))
        .then_answer(Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(1)] }));
}

#[test]
fn hours_that_are_there_are_not_added_again() {
    let answer = Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(0)] });
    agent().when(add(rule(0, 0, "09:00", "18:00"))).then_nothing(answer.clone());
    agent().when(add(rule(77, 0, "09:00", "18:00"))).then_nothing(answer);
    agent().when(add(rule(77, 0, "09:00", "18:30"))).then_accepted();
}

#[test]
fn hours_for_a_type_that_the_office_does_not_have_are_refused_by_its_name() {
    let of = |name| AvailabilityRule { appointment_type: Some(code(name)), ..rule(1, 6, "10:00", "12:00") };
    let unknown = || AgentRejection::UnknownAppointmentType(code("tasacion"));
    agent().when(add(of("tasacion"))).then_refused(unknown());
    agent().when(replace([of(VISIT), of("tasacion")])).then_refused(unknown());
    agent().when(add(of(VISIT))).then_accepted();
}

#[test]
fn hours_that_make_no_sense_are_refused() {
    let refused = |rule, why| {
        newcomer().when(add(rule)).then_refused(AgentRejection::InvalidRule(why));
    };
    refused(rule(1, 0, "09:00", "09:00"), InvalidRule::Empty);
    refused(
        AvailabilityRule { max_appointments_per_slot: 0, ..rule(1, 0, "09:00", "10:00") },
        InvalidRule::PerSlot,
    );
    refused(AvailabilityRule { is_recurring: false, ..rule(1, 0, "09:00", "10:00") }, InvalidRule::NoDate);
    refused(rule(1, 0, "24:00", "02:00"), InvalidRule::Start);
    newcomer()
        .when(replace([rule(1, 0, "09:00", "10:00"), rule(2, 0, "10:00", "10:00")]))
        .then_refused(AgentRejection::InvalidRule(InvalidRule::Empty));
}

#[test]
fn hours_of_dates_that_are_out_of_reach_are_refused() {
    let out_of_reach = || AgentRejection::InvalidRule(InvalidRule::OutOfRange(OutOfRange));
    for far in ["-9999-01-01", "1899-12-31", "9000-01-01", "+99999-01-01"].map(date) {
        let from = AvailabilityRule { valid_from: Some(far), ..rule(1, 0, "09:00", "10:00") };
        newcomer().when(add(from.clone())).then_refused(out_of_reach());
        newcomer().when(replace([from])).then_refused(out_of_reach());
        newcomer().when(set(DateException { date: far, ..exception(&[]) })).then_refused(out_of_reach());
        let until = AvailabilityRule { valid_until: Some(far), ..rule(1, 0, "09:00", "10:00") };
        newcomer().when(add(until)).then_refused(out_of_reach());
    }
    let last = DateException { date: date("8999-12-31"), ..exception(&[]) };
    newcomer().when(set(last)).then_accepted();
}

#[test]
fn hours_are_taken_away_once() {
    let remove = AgentCommand::RemoveAvailabilityRule { rule_id: rule_id(0) };
    let given = agent().when(remove.clone()).then([AvailabilityRuleRemoved { rule_id: rule_id(0) }]);
    let Err(refusal) = book_at(given.clone(), "09:00").outcome else {
        panic!("there are no hours on Mondays")
    };
    assert!(format!("{refusal:?}").contains("OutsideHours"));
    given.when(remove.clone()).then_refused(AgentRejection::RuleNotFound);
    agent().when(remove).then_answer(Answer::Rules(RulesAnswer { rule_ids: Vec::new() }));
}

#[test]
fn replacing_hours_takes_all_away_and_adds_all_in_one_event() {
    let rules = vec![rule(11, 1, "10:00", "13:00"), rule(12, 1, "15:00", "19:00")];
    let when = agent().when(replace(rules.clone()));
    let given = when.then([WeeklyHoursReplaced { rules: rules.clone() }]);
    assert_eq!(given.state.calendar().rules().cloned().collect::<Vec<_>>(), rules);
    let when = agent().when(replace(rules));
    when.then_answer(Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(11), rule_id(12)] }));
}

#[test]
fn replacing_hours_by_none_closes_the_calendar() {
    let given = agent().when(replace([])).then_answer(Answer::Rules(RulesAnswer { rule_ids: Vec::new() }));
    assert_eq!(given.state.calendar().rules().count(), 0);
    given.when(replace([])).then_nothing(Answer::Rules(RulesAnswer { rule_ids: Vec::new() }));
}

#[test]
fn replacing_hours_by_the_same_hours_changes_nothing() {
    let same = (0..5).rev().map(|day| rule(100 + u128::from(day), day, "09:00", "18:00"));
    agent()
        .when(replace(same))
        .then_nothing(Answer::Rules(RulesAnswer { rule_ids: (0..5).map(rule_id).collect() }));
    let twice = [rule(1, 0, "09:00", "10:00"), rule(2, 0, "09:00", "10:00")];
    let given = newcomer().when(replace(twice.clone())).then_accepted().0;
    given.clone().when(replace(twice[..1].to_vec())).then_accepted();
    given
        .when(replace(twice))
        .then_nothing(Answer::Rules(RulesAnswer { rule_ids: vec![rule_id(1), rule_id(2)] }));
}

#[test]
fn a_calendar_has_room_for_two_hundred_rules() {
    let rules = |count: u16| {
        (0..count).map(|n| AvailabilityRule {
            max_appointments_per_slot: n + 1,
            ..rule(u128::from(n), 0, "09:00", "18:00")
        })
    };
    let full = AgentRejection::CalendarFull { kind: "availability rules", max: 200 };
    newcomer().when(replace(rules(201))).then_refused(full.clone());
    let given = newcomer().when(replace(rules(200))).then_accepted().0;
    given.when(add(rule(900, 1, "09:00", "10:00"))).then_refused(full);
}

#[test]
fn a_date_gets_hours_of_its_own_and_its_weekly_ones_back() {
    let late = exception(&[("19:00", "21:00")]);
    let answer = Answer::Exception(ExceptionAnswer { date: late.date });
    let given = agent().when(set(late.clone())).then([DateExceptionSet { exception: late.clone() }]);
    book_at(given.clone(), "19:00").then_accepted();
    assert!(book_at(given.clone(), "10:00").outcome.is_err());
    given.clone().when(set(late)).then_nothing(answer.clone());

    let closed = exception(&[]);
    let given = given.when(set(closed.clone())).then([DateExceptionSet { exception: closed }]);
    assert!(book_at(given.clone(), "19:00").outcome.is_err());

    let remove = AgentCommand::RemoveDateException { date: date("2026-12-14") };
    let given = given.when(remove.clone()).then([DateExceptionRemoved { date: date("2026-12-14") }]);
    book_at(given.clone(), "10:00").then_accepted();
    given.when(remove).then_refused(AgentRejection::ExceptionNotFound);
    agent().when(set(exception(&[]))).then_answer(answer);
}

#[test]
fn hours_of_a_date_that_make_no_sense_are_refused() {
    let refused = |intervals: &[(&str, &str)], why| {
        agent().when(set(exception(intervals))).then_refused(AgentRejection::InvalidRule(why));
    };
    refused(&[("10:00", "10:00")], InvalidRule::Empty);
    refused(&[("09:00", "11:00"), ("10:00", "12:00")], InvalidRule::Overlap);
}

#[test]
fn a_calendar_has_room_for_a_thousand_exceptions() {
    let dates = date("2027-01-01").iter_days();
    let given = dates.take(1000).fold(newcomer(), |given, date| {
        given.and(DateExceptionSet { exception: DateException { date, intervals: Vec::new() } })
    });
    let full = AgentRejection::CalendarFull { kind: "date exceptions", max: 1000 };
    given.clone().when(set(exception(&[]))).then_refused(full);
    let known = DateException { date: date("2027-01-01"), ..exception(&[("09:00", "10:00")]) };
    given.when(set(known)).then_accepted();
}

#[test]
fn reasons_are_those_of_the_engine() {
    let when = book_at(newcomer(), "09:00");
    let Err(domain::Refusal::Rejected(AgentRejection::SlotUnavailable { reason, alternatives, .. })) =
        &when.outcome
    else {
        panic!("{when:?}")
    };
    assert_eq!((*reason, alternatives.len()), (Reason::OutsideHours, 0));
}
