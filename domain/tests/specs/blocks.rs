//! Blocks in an agent's calendar.

use availability::{InvalidBlock, OutOfRange, Reason, zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::Santiago;
use domain::{
    Agent, AgentCommand, AgentRejection, Answer, BlockAnswer, BlockRequest, BlockedTime, OnOverlap, Overlap,
    Refusal,
};
use schemas::event::{BlockChanged, TimeBlocked, TimeUnblocked};
use schemas::value::{Block, MovedOccurrence, OccurrenceException};

use crate::given::{Given, When};
use crate::samples::{
    A, B, agent, appointment_id, block, block_id, block_request, book, booked, cancelled, date, day, instant,
    monday, newcomer,
};

fn block_time(block: BlockRequest) -> AgentCommand {
    AgentCommand::BlockTime { block, on_overlap: OnOverlap::Refuse }
}

fn lunch() -> BlockRequest {
    block_request(1, monday("13:00"), monday("14:00"))
}

const fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> BlockedTime {
    BlockedTime::Between { start, end }
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
    let answer = Answer::Block(BlockAnswer { block: Box::new(block(&lunch(), Santiago)) });
    let given = agent().when(block_time(lunch())).then([TimeBlocked { block: block(&lunch(), Santiago) }]);
    assert!(is_blocked(&book_at(given.clone(), monday("12:30"))));
    assert!(is_blocked(&book_at(given.clone(), monday("13:30"))));
    book_at(given.clone(), monday("12:00")).then_accepted();
    book_at(given.clone(), monday("14:00")).then_accepted();

    let unblock = AgentCommand::UnblockTime { block_id: block_id(1) };
    let given = given.when(unblock.clone()).then([TimeUnblocked { block_id: block_id(1), date: None }]);
    book_at(given.clone(), monday("13:00")).then_accepted();
    given.when(unblock.clone()).then_refused(AgentRejection::BlockNotFound);
    agent().when(block_time(lunch())).then_answer(answer.clone());
    // As it was.
    agent().done(block_time(lunch())).when(unblock).then_answer(answer);
}

#[test]
fn a_block_that_is_there_is_not_made_again() {
    let given = agent().done(block_time(lunch()));
    let answer = Answer::Block(BlockAnswer { block: Box::new(block(&lunch(), Santiago)) });
    given.when(block_time(lunch())).then_nothing(answer);
}

#[test]
fn blocks_that_make_no_sense_are_refused() {
    let refused = |request, why| {
        agent().when(block_time(request)).then_refused(AgentRejection::InvalidBlock(why));
    };
    refused(block_request(1, monday("13:00"), monday("13:00")), InvalidBlock::Empty);
    let year = TimeDelta::days(367);
    refused(
        BlockRequest { time: between(monday("13:00"), monday("13:00") + year), ..weekly() },
        InvalidBlock::Length,
    );
    let unreadable = BlockRequest { recurrence: Some("FREQ=SOMETIMES".to_owned()), ..lunch() };
    let outcome = agent().when(block_time(unreadable)).outcome;
    assert!(matches!(
        outcome,
        Err(Refusal::Rejected(AgentRejection::InvalidBlock(InvalidBlock::Recurrence(_))))
    ));
}

#[test]
fn a_block_does_not_hide_appointments_unless_told_to() {
    let overlap = |id, start| Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: id,
        start,
        end: start + TimeDelta::minutes(60),
    };
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
    let overlap = Overlap {
        time_zone: fixtures::ZONE,
        appointment_id: A,
        start: day(14, "13:30"),
        end: day(14, "14:30"),
    };
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
    let request = BlockRequest { time: between(start, end), ..weekly() };
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
    let answer = Answer::Block(BlockAnswer { block: Box::new(block(&known, Santiago)) });
    given.when(block_time(known)).then_nothing(answer);
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

fn daily() -> BlockRequest {
    BlockRequest { recurrence: Some("FREQ=DAILY".to_owned()), ..lunch() }
}

fn move_to(date_of: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> AgentCommand {
    AgentCommand::MoveOccurrence {
        block_id: block_id(1),
        date: date(date_of),
        time: between(start, end),
        on_overlap: OnOverlap::Refuse,
    }
}

fn skip(date_of: &str) -> AgentCommand {
    AgentCommand::SkipOccurrence { block_id: block_id(1), date: date(date_of) }
}

#[test]
fn one_occurrence_is_left_out_and_brought_back() {
    let given = agent().done(block_time(daily()));
    let skipped = TimeUnblocked { block_id: block_id(1), date: Some(date("2026-12-15")) };
    let given = given.when(skip("2026-12-15")).then([skipped]);
    book_at(given.clone(), day(1, "13:00")).then_accepted();
    assert!(is_blocked(&book_at(given.clone(), day(2, "13:00"))));
    let back = move_to("2026-12-15", day(1, "13:00"), day(1, "14:00"));
    let given = given.when(back).then([BlockChanged { block: block(&daily(), Santiago) }]);
    assert!(is_blocked(&book_at(given, day(1, "13:00"))));
}

#[test]
fn one_occurrence_is_moved() {
    let given = agent().done(block_time(daily()));
    let moved_to = Some(MovedOccurrence {
        local_start: "2026-12-15T15:00:00".parse().unwrap(),
        local_end: "2026-12-15T15:30:00".parse().unwrap(),
    });
    let exceptions = vec![OccurrenceException { date: date("2026-12-15"), moved_to }];
    let block = Block { exceptions, ..block(&daily(), Santiago) };
    let later = move_to("2026-12-15", day(1, "15:00"), day(1, "15:30"));
    let given = given.when(later.clone()).then([BlockChanged { block: block.clone() }]);
    given.clone().when(later).then_nothing(Answer::Block(BlockAnswer { block: Box::new(block.clone()) }));
    book_at(given.clone(), day(1, "13:00")).then_accepted();
    assert!(is_blocked(&book_at(given.clone(), day(1, "15:00"))));
    // What is changed of the block leaves it where it is.
    let renamed = BlockRequest { reason: "Almuerzo largo".to_owned(), ..daily() };
    let change = AgentCommand::ChangeBlock { block: renamed.clone(), on_overlap: OnOverlap::Refuse };
    given.when(change).then([BlockChanged { block: Block { reason: renamed.reason, ..block } }]);
}

#[test]
fn what_is_no_occurrence_is_neither_moved_nor_left_out() {
    let weekly_block = agent().done(block_time(weekly()));
    let none = |date_of| AgentRejection::OccurrenceNotFound(date(date_of));
    weekly_block.clone().when(skip("2026-12-15")).then_refused(none("2026-12-15"));
    let moved = move_to("2026-12-15", day(1, "15:00"), day(1, "15:30"));
    weekly_block.clone().when(moved).then_refused(none("2026-12-15"));
    weekly_block.clone().when(skip("2026-12-07")).then_refused(none("2026-12-07"));
    agent().done(block_time(lunch())).when(skip("2026-12-14")).then_refused(none("2026-12-14"));
    agent().when(skip("2026-12-14")).then_refused(AgentRejection::BlockNotFound);
    let backwards = move_to("2026-12-14", monday("15:00"), monday("15:00"));
    let empty = AgentRejection::InvalidBlock(InvalidBlock::Empty);
    weekly_block.clone().when(backwards).then_refused(empty);
    let whole_day = AgentCommand::MoveOccurrence {
        block_id: block_id(1),
        date: date("2026-12-14"),
        time: BlockedTime::Days { date: date("2026-12-15"), until: None },
        on_overlap: OnOverlap::Refuse,
    };
    let other_kind = AgentRejection::InvalidBlock(InvalidBlock::OtherKind);
    weekly_block.when(whole_day).then_refused(other_kind);
}

#[test]
fn a_year_of_occurrences_of_one_block_may_be_exceptions() {
    let first = date("2026-12-14");
    let given = (0..366).fold(agent().done(block_time(daily())), |given, days| {
        let date = Some(first + chrono::Days::new(days));
        given.and(TimeUnblocked { block_id: block_id(1), date })
    });
    let one_more = AgentCommand::SkipOccurrence { block_id: block_id(1), date: date("2028-01-01") };
    let full = AgentRejection::CalendarFull { kind: "exceptions of one block", max: 366 };
    given.clone().when(one_more).then_refused(full);
    given.when(move_to("2026-12-15", day(1, "15:00"), day(1, "15:30"))).then_accepted();
}

#[test]
fn a_changed_block_is_refused_for_what_it_newly_overlaps() {
    let keep = |block| AgentCommand::BlockTime { block, on_overlap: OnOverlap::Keep };
    let given = agent().and(booked(A, monday("13:00"))).and(booked(B, monday("14:30"))).done(keep(lunch()));
    let change = |block| AgentCommand::ChangeBlock { block, on_overlap: OnOverlap::Refuse };
    let renamed = BlockRequest { reason: "Dentista".to_owned(), ..lunch() };
    given.clone().when(change(renamed)).then_accepted();
    let longer = BlockRequest { time: between(monday("13:00"), monday("15:00")), ..lunch() };
    let (start, end) = (monday("14:30"), monday("15:30"));
    let overlap = Overlap { appointment_id: B, start, end, time_zone: fixtures::ZONE };
    given
        .clone()
        .when(change(longer.clone()))
        .then_refused(AgentRejection::BlockOverlapsAppointments(vec![overlap]));
    let anyway = AgentCommand::ChangeBlock { block: longer, on_overlap: OnOverlap::Keep };
    given.when(anyway).then_accepted();
    agent().when(change(lunch())).then_refused(AgentRejection::BlockNotFound);
}

#[test]
fn whole_days_are_those_of_the_agents_zone() {
    let vacation = BlockRequest {
        time: BlockedTime::Days { date: date("2026-12-15"), until: Some(date("2026-12-16")) },
        ..lunch()
    };
    let given = agent().when(block_time(vacation.clone())).then_accepted().0;
    let known = given.state.calendar().find_block(block_id(1)).unwrap();
    assert_eq!((known.start, known.end), (day(1, "00:00"), day(3, "00:00")));
    assert_eq!((known.date, known.until), (Some(date("2026-12-15")), Some(date("2026-12-16"))));
    assert!(is_blocked(&book_at(given.clone(), day(1, "09:00"))));
    assert!(is_blocked(&book_at(given.clone(), day(2, "17:00"))));
    book_at(given.clone(), monday("17:00")).then_accepted();
    book_at(given, day(3, "09:00")).then_accepted();
    let backwards = BlockRequest {
        time: BlockedTime::Days { date: date("2026-12-15"), until: Some(date("2026-12-14")) },
        ..vacation
    };
    agent().when(block_time(backwards)).then_refused(AgentRejection::InvalidBlock(InvalidBlock::Empty));
}
