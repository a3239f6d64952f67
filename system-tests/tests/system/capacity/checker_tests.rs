//! The check itself has to fail where something is wrong: a small history that is right, spoilt in each way.

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::Answer;
use tokio::time::Instant;

use super::check::Check;
use super::operation::{Answered, Kind, Operation};
use crate::history::log::Event;
use crate::support::{at, text};

/// A booking with each agent, one of them of a hold, and one that found the slot taken.
struct History {
    answered: Vec<Answered>,
    log: Vec<Event>,
}

fn history() -> History {
    let begun_at = Instant::now();
    let answered = |id: &str, kind: Kind, second: u64, status: u16, body: Value| Answered {
        operation: Operation { id: id.to_owned(), lead: "55".to_owned(), kind },
        sent_at: begun_at + Duration::from_secs(second),
        done_at: begun_at + Duration::from_secs(second + 1),
        answer: answer(status, &body),
    };
    let start = at(5, 0);
    let book = |agent: &str| Kind::Book { agent: Some(agent.to_owned()), start };
    let done = |agent: &str| {
        json!({
            "appointment_id": agent, "agent_id": agent, "start": text(start), "end": text(at(5, 30)),
            "hold_id": "h", "version": 1,
        })
    };
    let taken = json!({
        "type": "x", "title": "x", "detail": "x", "status": 409, "code": "slot_unavailable",
        "reason": "already_booked", "alternatives": [{"start": text(at(5, 30)), "end": text(at(5, 60))}],
    });
    let (three, hold) = ("three".to_owned(), "h".to_owned());
    let placed = Kind::Hold { agent: three.clone(), start };
    History {
        answered: vec![
            answered("op-1", book("one"), 0, 201, done("one")),
            answered("op-2", book("one"), 2, 409, taken),
            answered("op-3", placed, 4, 201, done("three")),
            answered("op-4", Kind::BookHeld { agent: three, start, hold }, 6, 201, done("three")),
            answered("op-5", book("ten"), 8, 201, done("ten")),
        ],
        log: vec![
            event("op-1", "one", 2),
            Event { kind: "SlotHeld".to_owned(), id: "h".to_owned(), ..event("op-3", "three", 2) },
            Event { hold: Some("h".to_owned()), ..event("op-4", "three", 3) },
            event("op-5", "ten", 2),
        ],
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("content-type", "application/problem+json".parse().unwrap());
    let status = status.try_into().unwrap();
    Answer { what: "POST".to_owned(), status, headers, text: body.to_string() }
}

fn event(operation: &str, agent: &str, revision: u64) -> Event {
    Event {
        position: revision * 10,
        agent: agent.to_owned(),
        revision,
        operation: operation.to_owned(),
        command: operation.to_owned(),
        recorded_at: at(0, 0),
        kind: "AppointmentBooked".to_owned(),
        id: format!("{agent}-{revision}"),
        interval: Some((at(5, 0), at(5, 30))),
        hold: None,
        data: Value::Null,
    }
}

/// Checks the history after it has been changed.
fn check(change: impl FnOnce(&mut History)) {
    let mut history = history();
    change(&mut history);
    Check::new(&history.answered, history.log).run();
}

#[test]
fn a_history_that_is_right() {
    check(|_| {});
}

#[test]
#[should_panic(expected = "overlap after")]
fn one_too_many() {
    check(|history| history.log.push(event("op-2", "one", 3)));
}

#[test]
#[should_panic(expected = "more in the log")]
fn a_hold_that_was_not_answered() {
    check(|history| drop(history.answered.remove(2)));
}

#[test]
#[should_panic(expected = "accepted, and not done")]
fn a_booking_that_was_lost() {
    check(|history| drop(history.log.pop()));
}

#[test]
#[should_panic(expected = "Hold h is not in")]
fn a_hold_that_was_never_made() {
    check(|history| {
        history.answered.remove(2);
        history.log.remove(1);
    });
}

#[test]
#[should_panic(expected = "more in the log")]
fn a_booking_that_nobody_was_told_of() {
    check(|history| history.log.push(event("nobody", "ten", 3)));
}

#[test]
#[should_panic(expected = "refused, and done")]
fn a_refused_booking_that_was_made() {
    check(|history| history.log.push(event("op-2", "ten", 3)));
}

#[test]
#[should_panic(expected = "refused without a reason")]
fn a_slot_that_had_room() {
    check(|history| history.answered[1].operation.kind = history.answered[4].operation.kind.clone());
}

#[test]
#[should_panic(expected = "refused without a reason")]
fn a_slot_that_was_taken_otherwise() {
    check(|history| {
        let mut body = history.answered[1].answer.json();
        body["reason"] = json!("held");
        history.answered[1].answer.text = body.to_string();
    });
}

#[test]
#[should_panic(expected = "refused without a reason")]
fn a_slot_that_was_not_taken_yet() {
    let later = Duration::from_secs(10);
    check(|history| {
        history.answered[0].sent_at += later;
        history.answered[0].done_at += later;
    });
}

#[test]
#[should_panic(expected = "not to be had")]
fn a_hold_that_kept_nobody_away() {
    check(|history| {
        history.answered[3].answer = history.answered[1].answer.clone();
        history.log.remove(2);
    });
}

#[test]
#[should_panic(expected = "with three at")]
fn a_slot_that_is_not_full() {
    let History { answered, log } = history();
    Check::new(&answered, log).assert_full(&[at(5, 0)]);
}
