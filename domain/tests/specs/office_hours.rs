//! The hours that the office gives to every agent who inherits them.

use domain::{AgentCommand, Office, OfficeAnswer, OfficeCommand, OfficeRejection, RulesAnswer};
use schemas::event::{AgentProfileUpdated, OfficeHoursReplaced, OfficeRuleAdded, OfficeRuleRemoved};
use schemas::value::{AgentProfile, AvailabilityRule};

use crate::given::Given;
use crate::samples::{A, agent_id, book, monday, newcomer, office_events, profile, rule, rule_id};

fn office() -> Given<Office> {
    Given::office_of(office_events(), monday("08:00"))
}

fn add(rule: AvailabilityRule) -> OfficeCommand {
    OfficeCommand::AddOfficeRule { rule }
}

fn replace(rules: Vec<AvailabilityRule>) -> OfficeCommand {
    OfficeCommand::ReplaceOfficeHours { rules }
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> OfficeAnswer {
    OfficeAnswer::Rules(RulesAnswer { rule_ids: numbers.into_iter().map(rule_id).collect() })
}

#[test]
fn hours_are_added_once_and_taken_away_once() {
    let (hours, remove) =
        (rule(1, 0, "09:00", "18:00"), OfficeCommand::RemoveOfficeRule { rule_id: rule_id(1) });
    let given = office().when(add(hours.clone())).then([OfficeRuleAdded { rule: hours.clone() }]);
    let same = AvailabilityRule { rule_id: rule_id(2), ..hours.clone() };
    given.clone().when(add(same)).then_nothing(ids([1]));
    let given = given.when(remove.clone()).then([OfficeRuleRemoved { rule_id: rule_id(1) }]);
    given.when(remove.clone()).then_refused(OfficeRejection::RuleNotFound);
    office().when(add(hours.clone())).then_answer(ids([1]));
    office().done(add(hours)).when(remove).then_answer(ids([]));
}

#[test]
fn hours_are_replaced_in_one_event() {
    let given = office().done(add(rule(1, 0, "09:00", "18:00")));
    let rules = vec![rule(2, 1, "09:00", "18:00")];
    let given = given.when(replace(rules.clone())).then([OfficeHoursReplaced { rules: rules.clone() }]);
    assert_eq!(given.state.calendar().rules().cloned().collect::<Vec<_>>(), rules);
    given.clone().when(replace(vec![rule(3, 1, "09:00", "18:00")])).then_nothing(ids([2]));
    given.when(replace(vec![rule(3, 1, "09:00", "18:30")])).then_answer(ids([3]));
    let week = (1..=3).map(|day| rule(u128::from(day), day, "09:00", "18:00"));
    office().when(replace(week.collect())).then_answer(ids([1, 2, 3]));
}

#[test]
fn an_office_has_room_for_two_hundred_rules() {
    let rules = |count: u16| {
        (0..count)
            .map(|n| AvailabilityRule {
                max_appointments_per_slot: n + 1,
                ..rule(u128::from(n), 0, "09:00", "18:00")
            })
            .collect()
    };
    let full = OfficeRejection::CalendarFull { kind: "office rules", max: 200 };
    office().when(replace(rules(201))).then_refused(full.clone());
    let given = office().when(replace(rules(200))).then_accepted().0;
    given.when(add(rule(900, 1, "09:00", "10:00"))).then_refused(full);
}

#[test]
fn whoever_inherits_the_offices_hours_can_be_booked_in_them() {
    let book = || AgentCommand::BookAppointment(book(A, monday("10:00")));
    let given = newcomer().office(OfficeRuleAdded { rule: rule(1, 0, "09:00", "18:00") });
    assert!(given.clone().when(book()).outcome.is_err());
    let heir = AgentProfile { inherits_office_hours: true, ..profile() };
    given.and(AgentProfileUpdated { agent_id: agent_id(), profile: heir }).when(book()).then_accepted();
}
