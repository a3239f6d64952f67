//! The check itself has to fail where something is wrong: a small history that is right, spoilt in each way.

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::Answer;
use tokio::time::Instant;

use super::check::Check;
use super::operation::{Answered, Kind, Operation};
use crate::history::log::Event;
use crate::support::{VISIT, at, text};

/// Two bookings that follow each other, one that found the first slot taken, and a confirmation.
struct History {
    answered: Vec<Answered>,
    log: Vec<Event>,
}

fn history() -> History {
    let begun_at = Instant::now();
    let answered = |id: &str, kind: Kind, second: u64, status: u16, body: Value| Answered {
        operation: Operation { id: id.to_owned(), kind },
        sent_at: begun_at + Duration::from_secs(second),
        done_at: begun_at + Duration::from_secs(second + 1),
        answer: answer(status, &body),
    };
    let book = |minutes| Kind::Book { agent: Some("1"), appointment_type: VISIT, start: at(5, minutes) };
    let done = |id: &str, version: u64, minutes| {
        json!({
            "appointment_id": id, "agent_id": "1", "start": text(at(5, minutes)), "version": version,
            "position": version * 10,
        })
    };
    let taken = json!({
        "type": "x", "title": "x", "detail": "x", "status": 409, "code": "slot_unavailable",
        "reason": "already_booked", "alternatives": [{"start": text(at(5, 60)), "end": text(at(5, 90))}],
    });
    History {
        answered: vec![
            answered("op-1", book(0), 0, 201, done("a", 1, 0)),
            answered("op-2", book(0), 2, 409, taken),
            answered("op-3", book(30), 4, 201, done("b", 2, 30)),
            answered("op-4", Kind::Confirm { appointment: "a".to_owned() }, 6, 200, done("a", 3, 0)),
        ],
        log: vec![
            event(1, "op-1", "AppointmentBooked", "a", Some(0)),
            event(2, "op-3", "AppointmentBooked", "b", Some(30)),
            event(3, "op-4", "AppointmentConfirmed", "a", None),
        ],
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("content-type", "application/problem+json".parse().unwrap());
    let status = status.try_into().unwrap();
    Answer { what: "POST".to_owned(), status, headers, text: body.to_string() }
}

fn event(revision: u64, operation: &str, kind: &str, appointment: &str, minutes: Option<i64>) -> Event {
    Event {
        position: revision * 10,
        agent: "1".to_owned(),
        revision,
        version: revision,
        operation: operation.to_owned(),
        kind: kind.to_owned(),
        id: appointment.to_owned(),
        hold: None,
        interval: minutes.map(|minutes| (at(5, minutes), at(5, minutes + 30))),
    }
}

/// Checks the history after it has been changed.
fn check(change: impl FnOnce(&mut History)) {
    let mut history = history();
    change(&mut history);
    Check::new(&history.answered, &history.log).run();
}

#[test]
fn a_history_that_is_right() {
    check(|_| {});
}

#[test]
#[should_panic(expected = "overlap after")]
fn two_at_one_time() {
    check(|history| history.log[1].interval = Some((at(5, 15), at(5, 45))));
}

#[test]
#[should_panic(expected = "a hole or a double")]
fn an_event_that_is_missing() {
    check(|history| drop(history.log.remove(1)));
}

#[test]
#[should_panic(expected = "accepted, and not done")]
fn a_booking_that_was_lost() {
    check(|history| drop(history.log.pop().zip(history.log.pop())));
}

#[test]
#[should_panic(expected = "done 2 times")]
fn a_booking_that_was_made_twice() {
    check(|history| history.log.push(event(4, "op-3", "AppointmentBooked", "c", Some(90))));
}

#[test]
#[should_panic(expected = "assertion `left == right` failed")]
fn a_booking_at_another_revision() {
    check(|history| history.log.swap_with_slice(&mut shifted()));
}

/// The same events, each one revision later.
fn shifted() -> Vec<Event> {
    let mut log = history().log;
    for event in &mut log {
        event.revision += 1;
        event.version += 1;
    }
    log
}

#[test]
#[should_panic(expected = "refused, and done")]
fn a_refused_booking_that_was_made() {
    check(|history| history.log.push(event(4, "op-2", "AppointmentBooked", "c", Some(90))));
}

#[test]
#[should_panic(expected = "refused without a reason")]
fn a_slot_that_was_free() {
    check(|history| history.answered[1].operation.kind = history.answered[2].operation.kind.clone());
}

#[test]
#[should_panic(expected = "refused without a reason")]
fn an_alternative_that_was_taken() {
    check(|history| {
        let mut body = history.answered[1].answer.json();
        body["alternatives"][0] = json!({"start": text(at(5, 0)), "end": text(at(5, 30))});
        history.answered[1].answer.text = body.to_string();
    });
}

#[test]
#[should_panic(expected = "before what was answered before")]
fn an_order_that_was_not_kept() {
    check(|history| {
        let ten = Duration::from_secs(10);
        history.answered[0].sent_at += ten;
        history.answered[0].done_at += ten;
    });
}

#[test]
#[should_panic(expected = "is in the calendars of")]
fn an_appointment_with_nobody() {
    check(|history| history.log.push(event(4, "nobody", "AppointmentReassigned", "b", None)));
}

#[test]
#[should_panic(expected = "is in the calendars of")]
fn an_appointment_with_two() {
    check(|history| {
        let elsewhere =
            Event { agent: "2".to_owned(), ..event(4, "nobody", "AppointmentBooked", "b", Some(30)) };
        history.log.push(elsewhere);
    });
}
