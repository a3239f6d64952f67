//! Registering, changing and deactivating an agent.

use chrono::TimeDelta;
use chrono_tz::America::Santiago;
use chrono_tz::Pacific::Easter;
use domain::{
    AgentAnswer, AgentCommand, AgentRejection, Answer, BlockRequest, Contact, OnOverlap, Overlap,
    ProfileChange, ZoneChange,
};
use schemas::event::{AgentDeactivated, AgentProfileUpdated, AgentRegistered};
use schemas::value::{AgentProfile, DateException};

use crate::samples::{
    A, B, agent, agent_id, appointment_id, block, block_id, block_request, book, booked, cancelled,
    confirmed, date, day, monday, newcomer, nobody, profile,
};

const DEACTIVATE: AgentCommand = AgentCommand::DeactivateAgent { keep_appointments: false };

fn register() -> AgentCommand {
    AgentCommand::RegisterAgent { agent_id: agent_id(), profile: profile() }
}

fn update(profile: AgentProfile) -> AgentCommand {
    AgentCommand::UpdateAgentProfile { agent_id: agent_id(), profile }
}

fn registered() -> AgentRegistered {
    AgentRegistered { agent_id: agent_id(), profile: profile() }
}

fn answered(active: bool) -> AgentAnswer {
    AgentAnswer {
        agent_id: agent_id(),
        profile: Box::new(profile()),
        active,
        reset: Vec::new(),
        zone_change: None,
    }
}

/// With this profile.
fn answered_with(profile: AgentProfile) -> AgentAnswer {
    AgentAnswer { profile: Box::new(profile), ..answered(true) }
}

fn deactivated() -> AgentDeactivated {
    AgentDeactivated { agent_id: agent_id() }
}

#[test]
fn an_agent_registers_once() {
    let answer = Answer::Agent(answered(true));
    let given = nobody().when(register()).then([registered()]);
    assert!(given.state.is_active());
    given.when(register()).then_refused(AgentRejection::AgentExists);
    nobody().when(register()).then_answer(answer);
}

#[test]
fn an_agent_that_left_can_register_again() {
    let given = newcomer().and(deactivated());
    assert!(!given.state.is_active());
    assert!(given.when(register()).then([registered()]).state.is_active());
}

#[test]
fn a_profile_is_put_in_place_whole() {
    let moved = AgentProfile { time_zone: Easter, email: None, ..profile() };
    let given = newcomer()
        .when(update(moved.clone()))
        .then([AgentProfileUpdated { agent_id: agent_id(), profile: moved.clone() }]);
    assert_eq!(given.state.calendar().time_zone(), Easter);
    given.when(update(moved.clone())).then_nothing(Answer::Agent(answered_with(moved)));
}

#[test]
fn a_profile_for_someone_unknown_or_gone_registers() {
    nobody().when(update(profile())).then([registered()]);
    newcomer().and(deactivated()).when(update(profile())).then([registered()]);
}

#[test]
fn hours_are_read_in_the_zone_that_the_agent_has_now() {
    let easter = agent().when(update(AgentProfile { time_zone: Easter, ..profile() })).then_accepted().0;
    // Easter Island is two hours behind Santiago.
    easter.clone().when(AgentCommand::BookAppointment(book(A, monday("11:00")))).then_accepted();
    let early = easter.when(AgentCommand::BookAppointment(book(A, monday("10:30"))));
    assert!(early.outcome.is_err());
}

#[test]
fn another_zone_moves_hours_exceptions_and_recurring_blocks_together() {
    let lunch = BlockRequest {
        recurrence: Some("FREQ=DAILY".to_owned()),
        ..block_request(1, monday("13:00"), monday("14:00"))
    };
    let once = block_request(2, monday("16:00"), monday("17:00"));
    let closed = DateException { date: date("2026-09-10"), intervals: Vec::new() };
    let block_time =
        |block: &BlockRequest| AgentCommand::BlockTime { block: block.clone(), on_overlap: OnOverlap::Keep };
    let given = agent()
        .done(block_time(&lunch))
        .done(block_time(&once))
        .done(AgentCommand::SetDateException { exception: closed.clone() })
        .and(booked(A, day(8, "12:00")));
    let rule_ids = given.state.calendar().rules().map(|rule| rule.rule_id).collect();
    let easter = AgentProfile { time_zone: Easter, ..profile() };
    let moved = || given.clone().when(update(easter.clone()));
    let zone_change = Some(ZoneChange {
        from: Santiago,
        to: Easter,
        rule_ids,
        exceptions: vec![closed.date],
        block_ids: vec![block_id(1)],
        appointment_ids: vec![A],
    });
    moved().then_answer(Answer::Agent(AgentAnswer { zone_change, ..answered_with(easter.clone()) }));
    let calendar = moved().then_accepted().0.state.calendar().clone();
    let found = |number| calendar.find_block(block_id(number)).unwrap().clone();
    assert_eq!(found(1).local_start, block(&lunch, Santiago).local_start);
    // Easter Island is two hours behind Santiago.
    assert_eq!(found(1).start, monday("15:00"));
    assert_eq!(found(2).start, monday("16:00"));
    assert_eq!(calendar.find_booking(A).unwrap().start, day(8, "12:00"));
}

#[test]
fn deactivating_is_done_once() {
    let given = newcomer().when(DEACTIVATE).then([deactivated()]);
    let answer = Answer::Agent(answered(false));
    given.when(DEACTIVATE).then_nothing(answer.clone());
    newcomer().when(DEACTIVATE).then_answer(answer);
}

#[test]
fn deactivating_strands_no_appointment_unless_told_to() {
    let ahead = |id, start| Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: id,
        start,
        end: start + TimeDelta::minutes(60),
    };
    let given = agent()
        .and(booked(B, day(1, "10:00")))
        .and(booked(A, monday("10:00")))
        .and(confirmed(A))
        .and(booked(appointment_id(3), day(1, "12:00")))
        .and(cancelled(appointment_id(3)));
    given.clone().when(DEACTIVATE).then_refused(AgentRejection::AgentHasUpcomingAppointments(vec![
        ahead(A, monday("10:00")),
        ahead(B, day(1, "10:00")),
    ]));
    given.when(AgentCommand::DeactivateAgent { keep_appointments: true }).then([deactivated()]);
}

#[test]
fn an_appointment_lies_ahead_until_its_very_end() {
    let given = agent().and(booked(A, monday("10:00")));
    let just_before = monday("11:00") - TimeDelta::milliseconds(1);
    assert!(given.clone().at(just_before).when(DEACTIVATE).outcome.is_err());
    given.at(monday("11:00")).when(DEACTIVATE).then([deactivated()]);
}

#[test]
fn a_profile_that_is_replaced_says_what_it_has_reset() {
    let own = AgentProfile {
        email: Some("ana@example.com".to_owned()),
        meeting_room_url: Some("https://meet.example.cl/ana".to_owned()),
        inherits_office_hours: false,
        comunas: vec!["Chillán".to_owned()],
        regions: vec!["Ñuble".to_owned()],
        ..profile()
    };
    let bare = AgentProfile {
        email: None,
        meeting_room_url: None,
        inherits_office_hours: true,
        comunas: Vec::new(),
        regions: Vec::new(),
        ..own.clone()
    };
    let members = ["email", "meeting_room_url", "inherits_office_hours", "comunas", "regions"];
    let reset = |profile: &AgentProfile, reset: &[&str]| {
        let reset = reset.iter().map(|member| (*member).to_owned()).collect();
        Answer::Agent(AgentAnswer { reset, ..answered_with(profile.clone()) })
    };
    let given = agent().done(update(own.clone()));
    given.clone().when(update(bare.clone())).then_answer(reset(&bare, &members));
    let renamed = AgentProfile { name: "Ana Pérez".to_owned(), ..own.clone() };
    given.clone().when(update(renamed.clone())).then_answer(reset(&renamed, &[]));
    // One that left and comes back, too.
    let left = given.done(AgentCommand::DeactivateAgent { keep_appointments: true });
    left.when(update(bare.clone())).then_answer(reset(&bare, &members));
}

#[test]
fn a_change_changes_what_it_names() {
    let own =
        AgentProfile { email: Some("ana@example.com".to_owned()), inherits_office_hours: false, ..profile() };
    let given = agent().done(update(own.clone()));
    let change = |change| AgentCommand::ChangeAgentProfile { change };
    let named = ProfileChange { name: Some("Ana Pérez".to_owned()), ..ProfileChange::default() };
    let renamed = AgentProfile { name: "Ana Pérez".to_owned(), ..own.clone() };
    let after = given
        .clone()
        .when(change(named.clone()))
        .then([AgentProfileUpdated { agent_id: agent_id(), profile: renamed.clone() }]);
    let same = Answer::Agent(answered_with(renamed.clone()));
    after.clone().when(change(named.clone())).then_nothing(same);
    let without = ProfileChange { email: Some(Contact(None)), ..ProfileChange::default() };
    let profile = AgentProfile { email: None, ..renamed.clone() };
    after.clone().when(change(without)).then([AgentProfileUpdated { agent_id: agent_id(), profile }]);
    let room = Some("https://meet.example.cl/ana".to_owned());
    let with_room =
        ProfileChange { meeting_room_url: Some(Contact(room.clone())), ..ProfileChange::default() };
    let profile = AgentProfile { meeting_room_url: room, ..renamed };
    after.when(change(with_room)).then([AgentProfileUpdated { agent_id: agent_id(), profile }]);
    nobody().when(change(named.clone())).then_refused(AgentRejection::UnknownAgent);
    let left = given.done(AgentCommand::DeactivateAgent { keep_appointments: true });
    left.when(change(named)).then_refused(AgentRejection::AgentInactive);
}
