//! The office: policies, appointment types and blocks of everyone.

use std::collections::{BTreeMap, HashSet};
use std::mem::discriminant;

use availability::{InvalidBlock, InvalidRule, InvalidType};
use chrono_tz::America::{Punta_Arenas, Santiago};
use chrono_tz::Tz;
use domain::{
    AppointmentTypeAnswer, BlockAnswer, BlockRequest, BlockedTime, Decision, Office, OfficeAnswer,
    OfficeCommand, OfficeRejection, PolicyAnswer, ZoneChange,
};
use schemas::event::{
    AppointmentTypeDefined, AppointmentTypeRetired, BlockChanged, OfficeBlocked, OfficePolicySet,
    OfficeRuleAdded, OfficeUnblocked,
};
use schemas::value::{
    AppointmentType, AvailabilityRule, Block, OccurrenceException, OfficePolicy, PartsOfDay,
};

use crate::given::Given;
use crate::samples::{
    CALL, VISIT, block, block_id, block_request, call, code, date, day, monday, office_events, policy, rule,
    rule_id, visit,
};

fn office() -> Given<Office> {
    Given::office_of(office_events(), monday("08:00"))
}

fn define(appointment_type: AppointmentType) -> OfficeCommand {
    OfficeCommand::DefineAppointmentType { appointment_type }
}

fn holiday() -> BlockRequest {
    block_request(1, monday("00:00"), monday("12:00"))
}

/// Every Monday at one.
fn meeting() -> BlockRequest {
    let weekly = Some("FREQ=WEEKLY".to_owned());
    BlockRequest { recurrence: weekly, ..block_request(3, monday("13:00"), monday("14:00")) }
}

fn of_type(of: &str) -> OfficeAnswer {
    type_answer(AppointmentType { code: code(of), ..visit() }, Vec::new())
}

fn type_answer(appointment_type: AppointmentType, reset: Vec<String>) -> OfficeAnswer {
    OfficeAnswer::AppointmentType(AppointmentTypeAnswer { appointment_type, reset })
}

fn policy_answer(policy: &OfficePolicy, reset: &[&str], zone_change: Option<ZoneChange>) -> PolicyAnswer {
    let policy = policy.clone();
    PolicyAnswer { policy, reset: reset.iter().map(|member| (*member).to_owned()).collect(), zone_change }
}

/// Of an office without hours and blocks.
const fn zone_change(from: Tz, to: Tz) -> ZoneChange {
    ZoneChange {
        from,
        to,
        rule_ids: Vec::new(),
        exceptions: Vec::new(),
        block_ids: Vec::new(),
        appointment_ids: Vec::new(),
    }
}

#[test]
fn every_command_is_accepted_once_and_repeated_after_that() {
    let given = || {
        office()
            .and(OfficeRuleAdded { rule: rule(1, 0, "09:00", "18:00") })
            .and(OfficeBlocked { block: block(&holiday(), Santiago) })
            .and(OfficeBlocked { block: block(&meeting(), Santiago) })
    };
    let commands = [
        OfficeCommand::SetOfficePolicy { policy: OfficePolicy { travel_minutes: 30, ..policy() } },
        define(AppointmentType { duration_minutes: 45, ..visit() }),
        OfficeCommand::RetireAppointmentType { code: code(CALL) },
        OfficeCommand::AddOfficeRule { rule: rule(2, 5, "10:00", "14:00") },
        OfficeCommand::RemoveOfficeRule { rule_id: rule_id(1) },
        OfficeCommand::ReplaceOfficeHours { rules: Vec::new() },
        OfficeCommand::BlockOffice { block: block_request(2, monday("18:00"), monday("19:00")) },
        OfficeCommand::UnblockOffice { block_id: block_id(1) },
        OfficeCommand::ChangeBlock { block: BlockRequest { reason: "Aniversario".to_owned(), ..holiday() } },
        OfficeCommand::MoveOccurrence {
            block_id: block_id(3),
            date: date("2026-12-14"),
            time: BlockedTime::Between { start: day(15, "13:00"), end: day(15, "14:00") },
        },
        OfficeCommand::SkipOccurrence { block_id: block_id(3), date: date("2026-12-14") },
    ];
    let kinds: HashSet<_> = commands.iter().map(discriminant).collect();
    assert_eq!(kinds.len(), 11);
    for command in commands {
        let when = given().when(command);
        let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("{when:?}") };
        assert_eq!(events.len(), 1, "half of a change is never read: {events:?}");
        when.then_accepted();
    }
}

#[test]
fn an_office_that_has_set_nothing_is_in_chile_and_has_no_types() {
    let office = Office::default();
    assert_eq!((office.policy().time_zone, office.calendar().time_zone()), (Santiago, Santiago));
    assert_eq!(office.policy().locale, "es-CL");
    assert_eq!(office.calendar().types().count(), 0);
}

#[test]
fn policies_are_set_whole() {
    let south = OfficePolicy { time_zone: Punta_Arenas, travel_minutes: 30, ..policy() };
    let set = OfficeCommand::SetOfficePolicy { policy: south.clone() };
    let given = office().when(set.clone()).then([OfficePolicySet { policy: south.clone() }]);
    assert_eq!(given.state.policy(), &south);
    assert_eq!(given.state.calendar().travel_minutes(), 30);
    given.when(set.clone()).then_nothing(OfficeAnswer::Policy(policy_answer(&south, &[], None)));
    let moved = zone_change(Santiago, Punta_Arenas);
    office().when(set).then_answer(OfficeAnswer::Policy(policy_answer(&south, &[], Some(moved))));
}

#[test]
fn what_is_replaced_says_what_it_has_reset() {
    let south = OfficePolicy {
        time_zone: Punta_Arenas,
        travel_minutes: 30,
        meeting_link_template: Some("https://meet.example.cl/{appointment_id}".to_owned()),
        parts_of_day: PartsOfDay::new(BTreeMap::new()),
        ..policy()
    };
    let given = office().done(OfficeCommand::SetOfficePolicy { policy: south });
    let bare = OfficePolicy { time_zone: Santiago, travel_minutes: 0, ..policy() };
    let reset = ["time_zone", "travel_minutes", "meeting_link_template", "parts_of_day"];
    let moved = zone_change(Punta_Arenas, Santiago);
    let answer = OfficeAnswer::Policy(policy_answer(&bare, &reset, Some(moved)));
    given.when(OfficeCommand::SetOfficePolicy { policy: bare }).then_answer(answer);

    let limited = AppointmentType {
        daily_limit: Some(3),
        buffer_after_minutes: 10,
        confirm_before_minutes: Some(1_440),
        ..visit()
    };
    let bare = AppointmentType { buffer_after_minutes: 0, ..visit() };
    let whole = |answer: &OfficeAnswer| matches!(answer, OfficeAnswer::AppointmentType(answer) if answer.appointment_type == bare);
    let reset = ["buffer_after_minutes", "daily_limit", "confirm_before_minutes"].map(str::to_owned).into();
    let given = office().done(define(limited));
    let (_, first) = given.clone().when(define(bare.clone())).then_accepted();
    assert!(whole(&first), "{first:?}");
    given.when(define(bare.clone())).then_answer(type_answer(bare, reset));
}

#[test]
fn hours_for_a_type_that_the_office_does_not_have_are_refused_by_its_name() {
    let unknown =
        AvailabilityRule { appointment_type: Some(code("tasacion")), ..rule(2, 5, "10:00", "14:00") };
    let refused = || OfficeRejection::UnknownAppointmentType(code("tasacion"));
    office().when(OfficeCommand::AddOfficeRule { rule: unknown.clone() }).then_refused(refused());
    office().when(OfficeCommand::ReplaceOfficeHours { rules: vec![unknown] }).then_refused(refused());
}

#[test]
fn a_type_is_defined_and_defined_anew() {
    let longer = AppointmentType { duration_minutes: 90, ..visit() };
    let given = office()
        .when(define(longer.clone()))
        .then([AppointmentTypeDefined { appointment_type: longer.clone() }]);
    assert_eq!(given.state.calendar().appointment_type(&code(VISIT)), Some(&longer));
    given.when(define(longer.clone())).then_nothing(of_type(VISIT));
    office().when(define(longer)).then_answer(of_type(VISIT));
}

#[test]
fn types_that_make_no_sense_are_refused() {
    let refused = |appointment_type, why| {
        office().when(define(appointment_type)).then_refused(OfficeRejection::InvalidType(why));
    };
    refused(AppointmentType { duration_minutes: 0, ..visit() }, InvalidType::Duration);
    refused(AppointmentType { slot_step_minutes: 0, ..visit() }, InvalidType::Step);
    refused(AppointmentType { daily_limit: Some(0), ..visit() }, InvalidType::DailyLimit);
    refused(AppointmentType { confirm_before_minutes: Some(0), ..visit() }, InvalidType::ConfirmBefore);
}

#[test]
fn a_type_is_retired_once_and_can_be_defined_again() {
    let retire = OfficeCommand::RetireAppointmentType { code: code(CALL) };
    let given = office().when(retire.clone()).then([AppointmentTypeRetired { code: code(CALL) }]);
    assert_eq!(given.state.calendar().appointment_type(&code(CALL)), None);
    given.clone().when(retire.clone()).then_refused(OfficeRejection::UnknownAppointmentType(code(CALL)));
    given.when(define(call())).then([AppointmentTypeDefined { appointment_type: call() }]);
    office().when(retire).then_answer(of_type(CALL));
}

#[test]
fn the_office_blocks_time_and_gives_it_back() {
    let block_office = OfficeCommand::BlockOffice { block: holiday() };
    let unblock = OfficeCommand::UnblockOffice { block_id: block_id(1) };
    let answer = OfficeAnswer::Block(BlockAnswer { block: Box::new(block(&holiday(), Santiago)) });
    let given =
        office().when(block_office.clone()).then([OfficeBlocked { block: block(&holiday(), Santiago) }]);
    given.clone().when(block_office.clone()).then_nothing(answer.clone());
    let given = given.when(unblock.clone()).then([OfficeUnblocked { block_id: block_id(1), date: None }]);
    given.when(unblock.clone()).then_refused(OfficeRejection::BlockNotFound);
    office().when(block_office.clone()).then_answer(answer.clone());
    office().done(block_office).when(unblock).then_answer(answer);
}

#[test]
fn the_offices_blocks_are_read_in_the_offices_zone() {
    let south = OfficePolicySet { policy: OfficePolicy { time_zone: Punta_Arenas, ..policy() } };
    office()
        .and(south)
        .when(OfficeCommand::BlockOffice { block: holiday() })
        .then([OfficeBlocked { block: block(&holiday(), Punta_Arenas) }]);
}

#[test]
fn a_block_of_the_office_changes_and_so_does_one_of_its_days() {
    let given = office().done(OfficeCommand::BlockOffice { block: meeting() });
    let skip = OfficeCommand::SkipOccurrence { block_id: block_id(3), date: date("2026-12-14") };
    let skipped = OfficeUnblocked { block_id: block_id(3), date: Some(date("2026-12-14")) };
    let given = given.when(skip.clone()).then([skipped]);
    let exceptions = vec![OccurrenceException { date: date("2026-12-14"), moved_to: None }];
    let without = Block { exceptions: exceptions.clone(), ..block(&meeting(), Santiago) };
    given.clone().when(skip).then_nothing(OfficeAnswer::Block(BlockAnswer { block: Box::new(without) }));
    let renamed = BlockRequest { reason: "Reunión".to_owned(), ..meeting() };
    let change = OfficeCommand::ChangeBlock { block: renamed.clone() };
    let changed = Block { exceptions, ..block(&renamed, Santiago) };
    let given = given.when(change.clone()).then([BlockChanged { block: changed.clone() }]);
    given.clone().when(change).then_nothing(OfficeAnswer::Block(BlockAnswer { block: Box::new(changed) }));
    let tuesday = date("2026-12-15");
    given
        .when(OfficeCommand::SkipOccurrence { block_id: block_id(3), date: tuesday })
        .then_refused(OfficeRejection::OccurrenceNotFound(tuesday));
    office()
        .when(OfficeCommand::ChangeBlock { block: meeting() })
        .then_refused(OfficeRejection::BlockNotFound);
}

#[test]
fn the_offices_recurring_blocks_and_hours_move_with_its_zone() {
    let given = office()
        .and(OfficeRuleAdded { rule: rule(1, 0, "09:00", "18:00") })
        .done(OfficeCommand::BlockOffice { block: meeting() })
        .done(OfficeCommand::BlockOffice { block: holiday() });
    let south = OfficePolicy { time_zone: Punta_Arenas, ..policy() };
    let moved = ZoneChange {
        rule_ids: vec![rule_id(1)],
        block_ids: vec![block_id(3)],
        ..zone_change(Santiago, Punta_Arenas)
    };
    let set = || given.clone().when(OfficeCommand::SetOfficePolicy { policy: south.clone() });
    set().then_answer(OfficeAnswer::Policy(policy_answer(&south, &[], Some(moved))));
    let after = set().then_accepted().0.state;
    let meets = after.calendar().find_block(block_id(3)).unwrap();
    let clocks = (meets.time_zone, meets.local_start);
    assert_eq!(clocks, (Punta_Arenas, block(&meeting(), Santiago).local_start));
    assert_eq!(after.calendar().find_block(block_id(1)).unwrap().start, monday("00:00"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let empty = block_request(1, monday("12:00"), monday("12:00"));
    office()
        .when(OfficeCommand::BlockOffice { block: empty })
        .then_refused(OfficeRejection::InvalidBlock(InvalidBlock::Empty));
    let empty = rule(1, 0, "18:00", "18:00");
    office()
        .when(OfficeCommand::AddOfficeRule { rule: empty.clone() })
        .then_refused(OfficeRejection::InvalidRule(InvalidRule::Empty));
    office()
        .when(OfficeCommand::ReplaceOfficeHours { rules: vec![empty] })
        .then_refused(OfficeRejection::InvalidRule(InvalidRule::Empty));
}

#[test]
fn an_office_has_room_for_a_hundred_types_and_a_thousand_blocks() {
    let named = |n: u8| AppointmentType { code: code(&format!("tipo-{n}")), ..visit() };
    let full = |kind, max| OfficeRejection::CalendarFull { kind, max };
    let given = (0..98).fold(office(), |given, n| given.done(define(named(n))));
    given.clone().when(define(named(98))).then_refused(full("appointment types", 100));
    given.when(define(AppointmentType { duration_minutes: 5, ..named(3) })).then_accepted();

    let given = (0..1000).fold(office(), |given, n| {
        let request = block_request(100 + n, monday("13:00"), monday("14:00"));
        given.and(OfficeBlocked { block: block(&request, Santiago) })
    });
    given.when(OfficeCommand::BlockOffice { block: holiday() }).then_refused(full("office blocks", 1000));

    let weekly = |n: u128| BlockRequest {
        recurrence: Some("FREQ=WEEKLY".to_owned()),
        ..block_request(100 + n, monday("13:00"), monday("14:00"))
    };
    let given = (0..100)
        .fold(office(), |given, n: u128| given.and(OfficeBlocked { block: block(&weekly(n), Santiago) }));
    let one_more = OfficeCommand::BlockOffice { block: weekly(100) };
    given.when(one_more).then_refused(full("office blocks that recur", 100));
}

#[test]
fn an_office_is_the_same_after_a_snapshot() {
    let given = office()
        .and(AppointmentTypeRetired { code: code(CALL) })
        .and(OfficeRuleAdded { rule: rule(1, 0, "09:00", "18:00") })
        .and(OfficeBlocked { block: block(&holiday(), Santiago) });
    let snapshot = serde_json::to_vec(&given.state).unwrap();
    assert_eq!(serde_json::from_slice::<Office>(&snapshot).unwrap(), given.state);
}
