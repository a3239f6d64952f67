//! External busy time.

use availability::{OutOfRange, Reason, zone};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Agent, AgentCommand, AgentRejection, Answer, ExternalBusyAnswer, Refusal};
use schemas::event::{ExternalBusyRecorded, ExternalBusyRemoved};

use crate::given::{Given, When};
use crate::samples::{A, B, agent, book, booked, busy_id, day, monday};

fn record(start: DateTime<Utc>, end: DateTime<Utc>) -> AgentCommand {
    let source = "google_calendar".to_owned();
    AgentCommand::RecordExternalBusy { busy_id: busy_id("dentista"), source, start, end }
}

fn recorded(start: DateTime<Utc>, end: DateTime<Utc>) -> ExternalBusyRecorded {
    ExternalBusyRecorded { busy_id: busy_id("dentista"), source: "google_calendar".to_owned(), start, end }
}

fn answer() -> Answer {
    Answer::ExternalBusy(ExternalBusyAnswer { busy_id: busy_id("dentista") })
}

fn book_at(given: Given<Agent>, time: &str) -> When<Agent> {
    given.when(AgentCommand::BookAppointment(book(A, monday(time))))
}

fn is_busy(when: &When<Agent>) -> bool {
    matches!(
        when.outcome,
        Err(Refusal::Rejected(AgentRejection::SlotUnavailable { reason: Reason::ExternalBusy, .. }))
    )
}

#[test]
fn busy_time_is_told_to_the_microsecond() {
    let exact = (monday("13:00"), monday("14:00"));
    let fraction = TimeDelta::nanoseconds(1_789);
    let cut = TimeDelta::microseconds(1);
    let sent = record(exact.0 + fraction, exact.1 + fraction);
    let given = agent().when(sent.clone()).then([recorded(exact.0 + cut, exact.1 + cut)]);
    let given = given.when(sent).then_nothing(answer());
    given
        .when(record(exact.0, exact.0 + TimeDelta::nanoseconds(999)))
        .then_refused(AgentRejection::EndsBeforeStart);
}

#[test]
fn busy_time_cannot_be_booked_until_it_is_removed() {
    let (start, end) = (monday("13:00"), monday("14:00"));
    let given = agent().when(record(start, end)).then([recorded(start, end)]);
    assert!(is_busy(&book_at(given.clone(), "13:30")));
    book_at(given.clone(), "14:00").then_accepted();

    let remove = AgentCommand::RemoveExternalBusy { busy_id: busy_id("dentista") };
    let given = given.when(remove.clone()).then([ExternalBusyRemoved { busy_id: busy_id("dentista") }]);
    book_at(given.clone(), "13:30").then_accepted();
    given.when(remove.clone()).then_refused(AgentRejection::ExternalBusyNotFound);
    agent().done(record(start, end)).when(remove).then_answer(answer());
    agent().when(record(start, end)).then_answer(answer());
}

#[test]
fn busy_time_recorded_again_moves() {
    let given = agent().done(record(monday("13:00"), monday("14:00")));
    given.clone().when(record(monday("13:00"), monday("14:00"))).then_nothing(answer());
    let moved = recorded(monday("15:00"), monday("16:00"));
    let given = given.when(record(moved.start, moved.end)).then([moved]);
    book_at(given.clone(), "13:00").then_accepted();
    assert!(is_busy(&book_at(given.clone(), "15:00")));
    given.when(record(monday("15:00"), monday("16:30"))).then_accepted();
}

#[test]
fn busy_time_that_is_none_is_refused() {
    for end in ["13:00", "12:00"] {
        agent().when(record(monday("13:00"), monday(end))).then_refused(AgentRejection::EndsBeforeStart);
    }
}

#[test]
fn busy_time_that_is_out_of_reach_is_refused() {
    let (first, last) = (zone::SUPPORTED_RANGE.start, zone::SUPPORTED_RANGE.end - TimeDelta::seconds(1));
    for (start, end) in [
        (DateTime::<Utc>::MIN_UTC, monday("13:00")),
        (first - TimeDelta::seconds(1), monday("13:00")),
        (monday("13:00"), zone::SUPPORTED_RANGE.end),
        (monday("13:00"), DateTime::<Utc>::MAX_UTC),
    ] {
        agent().when(record(start, end)).then_refused(AgentRejection::OutOfRange(OutOfRange));
    }
    agent().when(record(first, last)).then_accepted();
}

#[test]
fn busy_time_leaves_appointments_where_they_are() {
    let given = agent().and(booked(B, monday("13:00"))).done(record(monday("12:00"), monday("15:00")));
    assert!(given.state.appointment(B).is_some());
}

/// Every sync of an external calendar also sends last week.
#[test]
fn busy_time_that_is_long_past_is_no_news() {
    let now = monday("08:00");
    let given = agent();
    given.clone().when(record(day(-5, "09:00"), day(-3, "08:00"))).then_nothing(answer());
    given.clone().when(record(day(-5, "09:00"), day(-3, "08:01"))).then_accepted();

    let known = given.done(record(monday("13:00"), monday("14:00")));
    let gone = known.when(record(day(-5, "09:00"), day(-5, "10:00"))).then_accepted().0.at(now);
    book_at(gone.clone(), "13:00").then_accepted();
    gone.when(record(day(-5, "09:00"), day(-5, "10:00"))).then_nothing(answer());
}

#[test]
fn a_calendar_has_room_for_ten_thousand_busy_times() {
    let given = (0..10_000).fold(agent(), |given, number| {
        given.and(ExternalBusyRecorded {
            busy_id: busy_id(&number.to_string()),
            ..recorded(day(1, "09:00"), day(1, "10:00"))
        })
    });
    let full = AgentRejection::CalendarFull { kind: "external busy times", max: 10_000 };
    given.clone().when(record(monday("13:00"), monday("14:00"))).then_refused(full);
    let known = AgentCommand::RecordExternalBusy {
        busy_id: busy_id("7"),
        source: "google_calendar".to_owned(),
        start: monday("13:00"),
        end: monday("14:00"),
    };
    given.when(known).then_accepted();
}
