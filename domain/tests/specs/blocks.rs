//! Blocks in an agent's calendar.

use availability::{InvalidBlock, OutOfRange, Reason, zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use domain::{
    Agent, AgentCommand, AgentRejection, Answer, BlockAnswer, BlockRequest, OnOverlap, Overlap, Refusal,
};
use schemas::event::{TimeBlocked, TimeUnblocked};

use crate::given::{Given, When};
use crate::samples::{
    A, B, agent, appointment_id, block, block_id, block_request, book, booked, cancelled, day, instant,
    monday, newcomer,
};

fn block_time(block: BlockRequest) -> AgentCommand {
    AgentCommand::BlockTime { block, on_overlap: OnOverlap::Refuse }
}

fn lunch() -> BlockRequest {
    block_request(1, monday("13:00"), monday("14:00"))
}

fn weekly() -> BlockRequest {
    BlockRequest { recurrence: Some("FREQ=WEEKLY".to_owned()), ..lunch() }
}

fn book_at(given: Given<Agent>, start: chrono::DateTime<chrono::Utc>) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(appointment_id(9), start)))
}

fn is_blocked(when: &When<Agent>) -> bool {
    matches!(
        when.outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::Blocked, .. }))
    )
}

#[test]
fn time_that_is_out_of_reach_cannot_be_blocked() {
    for (start, end) in [
        (DateTime::<Utc>::MIN_UTC, monday("13:00")),
        (zone::SUPPORTED_RANGE.start - TimeDelta::seconds(1), monday("13:00")),
        (monday("13:00"), zone::SUPPORTED_RANGE.end),
        (monday("13:00"), DateTime::<Utc>::MAX_UTC),
    ] {
        let refused = AgentRejection::InvalidBlock(InvalidBlock::OutOfRange(OutOfRange));
        agent().when(block_time(block_request(1, start, end))).then_refused(refused);
    }
}

#[test]
fn blocked_time_cannot_be_booked_until_it_is_unblocked() {
    let answer = Answer::Block(BlockAnswer { block_id: block_id(1) });
    let given = agent().when(block_time(lunch())).then([TimeBlocked { block: block(&lunch(), Santiago) }]);
    assert!(is_blocked(&book_at(given.clone(), monday("12:30"))));
    assert!(is_blocked(&book_at(given.clone(), monday("13:30"))));
    book_at(given.clone(), monday("12:00")).then_accepted();
    book_at(given.clone(), monday("14:00")).then_accepted();

    let unblock = AgentCommand::UnblockTime { block_id: block_id(1) };
    let given = given.when(unblock.clone()).then([TimeUnblocked { block_id: block_id(1) }]);
    book_at(given.clone(), monday("13:00")).then_accepted();
    given.when(unblock).then_refused(AgentRejection::BlockNotFound);
    agent().when(block_time(lunch())).then_answer(answer);
}

#[test]
fn a_block_that_is_there_is_not_made_again() {
    let given = agent().done(block_time(lunch()));
    given.when(block_time(lunch())).then_nothing(Answer::Block(BlockAnswer { block_id: block_id(1) }));
}

#[test]
fn blocks_that_make_no_sense_are_refused() {
    let refused = |request, why| {
        agent().when(block_time(request)).then_refused(AgentRejection::InvalidBlock(why));
    };
    refused(block_request(1, monday("13:00"), monday("13:00")), InvalidBlock::Empty);
    let year = TimeDelta::days(367);
    refused(BlockRequest { end: monday("13:00") + year, ..weekly() }, InvalidBlock::Length);
    let unreadable = BlockRequest { recurrence: Some("FREQ=SOMETIMES".to_owned()), ..lunch() };
    let outcome = agent().when(block_time(unreadable)).outcome;
    assert!(matches!(
        outcome,
        Err(Refusal::Rejected(AgentRejection::InvalidBlock(InvalidBlock::Recurrence(_))))
    ));
}

#[test]
fn a_block_does_not_hide_appointments_unless_told_to() {
    let overlap = |id, start| Overlap { appointment_id: id, start, end: start + TimeDelta::minutes(60) };
    let given = agent()
        .and(booked(B, monday("13:30")))
        .and(booked(A, monday("12:30")))
        .and(booked(appointment_id(3), monday("14:30")))
        .and(booked(appointment_id(4), monday("10:00")))
        .and(cancelled(appointment_id(4)));
    let morning_on = block_request(1, monday("09:30"), monday("14:30"));
    given.clone().when(block_time(morning_on.clone())).then_refused(
        AgentRejection::BlockOverlapsAppointments(vec![
            overlap(A, monday("12:30")),
            overlap(B, monday("13:30")),
        ]),
    );
    let keep = AgentCommand::BlockTime { block: morning_on.clone(), on_overlap: OnOverlap::Keep };
    let given = given.when(keep).then([TimeBlocked { block: block(&morning_on, Santiago) }]);
    assert!(given.state.appointment(A).is_some());
}

#[test]
fn appointments_that_are_over_do_not_stand_in_the_way_of_a_block() {
    let given = agent().and(booked(A, monday("12:30")));
    let just_before = monday("13:30") - TimeDelta::milliseconds(1);
    assert!(given.clone().at(just_before).when(block_time(lunch())).outcome.is_err());
    given.at(monday("13:30")).when(block_time(lunch())).then_accepted();
}

#[test]
fn every_occurrence_of_a_block_is_looked_at() {
    let given = agent().and(booked(A, day(14, "13:30"))).and(booked(B, day(14, "14:00")));
    let overlap = Overlap { appointment_id: A, start: day(14, "13:30"), end: day(14, "14:30") };
    given
        .clone()
        .when(block_time(weekly()))
        .then_refused(AgentRejection::BlockOverlapsAppointments(vec![overlap]));
    let given = given.and(cancelled(A)).when(block_time(weekly())).then_accepted().0;
    assert!(is_blocked(&book_at(given.clone(), day(7, "13:00"))));
    assert!(!is_blocked(&book_at(given, day(8, "13:00"))));
}

#[test]
fn a_block_recurs_on_the_wall_clock_of_the_agent() {
    // The clock goes forward on 6 September: 13:00 is 17:00 UTC before it and 16:00 UTC after it.
    let (start, end) = (instant("2026-08-31T13:00:00-04:00"), instant("2026-08-31T14:00:00-04:00"));
    let request = BlockRequest { start, end, ..weekly() };
    let given = agent().at(instant("2026-08-31T08:00:00-04:00")).done(block_time(request));
    assert!(is_blocked(&book_at(given.clone(), instant("2026-09-07T13:00:00-03:00"))));
    book_at(given, instant("2026-09-07T12:00:00-03:00")).then_accepted();
}

#[test]
fn a_calendar_has_room_for_a_thousand_blocks() {
    let given = (0..1000).fold(newcomer(), |given, n| {
        let request = block_request(100 + n, monday("13:00"), monday("14:00"));
        given.and(TimeBlocked { block: block(&request, Santiago) })
    });
    let full = AgentRejection::CalendarFull { kind: "blocks", max: 1000 };
    given.clone().when(block_time(lunch())).then_refused(full);
    let known = block_request(100, monday("13:00"), monday("14:00"));
    given.when(block_time(known)).then_nothing(Answer::Block(BlockAnswer { block_id: block_id(100) }));
}

#[test]
fn a_hundred_blocks_of_a_calendar_may_recur() {
    let given = (0..100).fold(newcomer(), |given, n| {
        let request = BlockRequest {
            recurrence: Some("FREQ=WEEKLY".to_owned()),
            ..block_request(100 + n, monday("13:00"), monday("14:00"))
        };
        given.and(TimeBlocked { block: block(&request, Santiago) })
    });
    let full = AgentRejection::CalendarFull { kind: "blocks that recur", max: 100 };
    given.clone().when(block_time(weekly())).then_refused(full);
    given.when(block_time(lunch())).then_accepted();
}
