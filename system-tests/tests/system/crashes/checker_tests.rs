//! The check itself has to fail where something is wrong: a small history that is right, spoilt in each way.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use system_tests::Answer;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::check::Check;
use super::operation::{Change, Kind, Operation};
use crate::history::log::Event;
use crate::support::{VISIT, at, text};

/// Two bookings that follow each other, one that found the first slot taken, a confirmation, twice, and between the two a
/// hand-over; at last a hold, which is booked, and not held again by the same lead.
struct History {
    attempts: Vec<Attempt>,
    log: Vec<Event>,
}

fn history() -> History {
    let taken = json!({
        "type": "x", "title": "x", "detail": "x", "status": 409, "code": "slot_unavailable",
        "reason": "already_booked", "alternatives": [{"start": text(at(5, 60)), "end": text(at(5, 90))}],
    });
    let slot = (at(5, 90), at(5, 120));
    let hold = Kind::Hold { agent: "2", start: slot.0, lead: "lead".to_owned(), ttl_seconds: 900 };
    let (agent, made, lead) = ("2".to_owned(), "h".to_owned(), "lead".to_owned());
    let of_hold = Kind::BookHeld { agent, hold: made, lead, slot };
    let received = json!({"reservation_id": "r", "appointment": as_handed_over()});
    let handed_over = json!({
        "reservation_id": "r", "to_agent_id": "2", "appointment": as_handed_over(),
        "previous_start": text(at(5, 0)), "previous_end": text(at(5, 30)),
    });
    let reserved = json!({
        "deciding_stream": "agent-1", "appointment_id": "a", "lead_id": "lead", "expires_at": text(at(1, 0)),
    });
    let later = json!({"hold_id": "h", "lead_id": "lead", "expires_at": text(at(1, 0))});
    let again = Kind::Hold { agent: "2", start: slot.0, lead: "lead".to_owned(), ttl_seconds: 900 };
    let has_one = json!({
        "type": "x", "title": "x", "detail": "x", "status": 409, "code": "lead_has_appointment",
        "appointment_id": "c", "start": text(slot.0), "end": text(slot.1),
    });
    History {
        attempts: vec![
            attempt(1, book(0), 201, &told("a", "1", "scheduled", 1, 0)),
            attempt(2, book(0), 409, &taken),
            attempt(3, book(30), 201, &told("b", "1", "scheduled", 1, 30)),
            attempt(4, change(Change::Confirm), 200, &told("a", "1", "confirmed", 2, 0)),
            attempt(5, change(Change::Reassign("2")), 200, &told("a", "2", "confirmed", 3, 0)),
            attempt(6, change(Change::Confirm), 200, &told("a", "2", "confirmed", 3, 0)),
            attempt(7, hold, 201, &json!({"hold_id": "h", "version": 1, "position": 100})),
            attempt(8, of_hold, 201, &told("c", "2", "scheduled", 1, 90)),
            attempt(9, again, 409, &has_one),
        ],
        log: vec![
            event(10, "1", 1, 1, "AppointmentBooked", "a", Some(0), json!({})),
            event(20, "1", 2, 3, "AppointmentBooked", "b", Some(30), json!({})),
            event(30, "1", 3, 4, "AppointmentConfirmed", "a", None, json!({})),
            event(40, "2", 1, 5, "TimeReserved", "r", Some(0), reserved),
            event(50, "1", 4, 5, "AppointmentHandedOver", "a", None, handed_over),
            event(60, "2", 2, 5, "AppointmentReceived", "a", None, received),
            event(70, "2", 3, 6, "CommandHadNoEffect", "a", None, json!({})),
            event(80, "2", 4, 7, "SlotHeld", "h", Some(90), later),
            Event {
                hold: Some("h".to_owned()),
                ..event(90, "2", 5, 8, "AppointmentBooked", "c", Some(90), json!({"lead_id": "lead"}))
            },
        ],
    }
}

fn book(minutes: i64) -> Kind {
    let lead = "lead".to_owned();
    Kind::Book { agent: Some("1"), appointment_type: VISIT, start: at(5, minutes), lead, force: false }
}

fn change(change: Change) -> Kind {
    Kind::Change { appointment: "a".to_owned(), lead: "lead".to_owned(), change }
}

fn as_handed_over() -> Value {
    json!({"status": "confirmed", "version": 3, "start": text(at(5, 0)), "end": text(at(5, 30))})
}

fn told(id: &str, agent: &str, status: &str, version: u64, minutes: i64) -> Value {
    json!({
        "appointment_id": id, "agent_id": agent, "status": status, "version": version, "position": 100,
        "start": text(at(5, minutes)), "end": text(at(5, minutes + 30)),
    })
}

fn attempt(number: u64, kind: Kind, status: u16, body: &Value) -> Attempt {
    let id = format!("op-{number}");
    let sent_at = *BEGUN_AT + Duration::from_secs(2 * number);
    Attempt {
        operation: Operation { key: Some(id.clone()), id, if_match: None, kind },
        sent_at,
        done_at: sent_at + Duration::from_secs(1),
        clock: (at(0, 0), at(0, 0) + TimeDelta::seconds(1)),
        answer: Some(answer(status, body)),
    }
}

static BEGUN_AT: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

fn answer(status: u16, body: &Value) -> Answer {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("content-type", "application/problem+json".parse().unwrap());
    let status = status.try_into().unwrap();
    Answer { what: "POST".to_owned(), status, headers, text: body.to_string() }
}

#[expect(clippy::too_many_arguments, reason = "all that an event is")]
fn event(
    position: u64,
    agent: &str,
    revision: u64,
    operation: u64,
    kind: &str,
    id: &str,
    minutes: Option<i64>,
    data: Value,
) -> Event {
    Event {
        position,
        agent: agent.to_owned(),
        revision,
        operation: format!("op-{operation}"),
        command: format!("op-{operation}"),
        recorded_at: at(0, 0),
        kind: kind.to_owned(),
        id: id.to_owned(),
        hold: None,
        interval: minutes.map(|minutes| (at(5, minutes), at(5, minutes + 30))),
        data,
    }
}

/// The history with a bulk move at its end, which gives the second booking to a third agent.
fn with_bulk_move(history: &mut History) {
    let slot = (at(5, 30), at(5, 60));
    let stated = json!({"status": "scheduled", "version": 2, "start": text(slot.0), "end": text(slot.1)});
    let reserved = json!({
        "deciding_stream": "agent-1", "appointment_id": "b", "lead_id": "lead", "expires_at": text(at(1, 0)),
    });
    let handed_over = json!({
        "reservation_id": "s", "to_agent_id": "3", "appointment": stated,
        "previous_start": text(slot.0), "previous_end": text(slot.1),
    });
    let received = json!({"reservation_id": "s", "appointment": stated});
    let of_move = [
        event(100, "3", 1, 10, "TimeReserved", "s", Some(30), reserved),
        event(110, "1", 5, 10, "AppointmentHandedOver", "b", None, handed_over),
        event(120, "3", 2, 10, "AppointmentReceived", "b", None, received),
    ];
    history.log.extend(of_move.map(|event| Event { operation: "m".to_owned(), ..event }));
    let told = json!({
        "move_id": "m", "status": "completed", "counts": {"moved": 1, "not_moved": 0, "pending": 0},
        "visits": [{
            "appointment_id": "b", "from_agent_id": "1", "to_agent_id": "3", "appointment_version": 2,
            "outcome": "moved", "because": null,
        }],
    });
    history.attempts.push(attempt(10, Kind::BulkMove { agent: "1", slot }, 201, &told));
}

/// The history with such a bulk move, of whose visit something else is told.
fn told_of_visit(history: &mut History, member: &str, value: Value) {
    with_bulk_move(history);
    let answer = history.attempts[9].answer.as_mut().unwrap();
    let mut body = answer.json();
    body["visits"][0][member] = value;
    answer.text = body.to_string();
}

/// The history with the third booking in a block, and whether its event and its request say so.
fn forced(history: &mut History, is_said: bool, is_asked: bool) {
    let block = event(100, "1", 5, 11, "TimeBlocked", "k", Some(180), json!({}));
    let data = if is_said { json!({"forced": ["blocked"]}) } else { json!({}) };
    history.log.push(block);
    history.log.push(event(110, "1", 6, 12, "AppointmentBooked", "d", Some(180), data));
    let mut kind = book(180);
    if let Kind::Book { force, .. } = &mut kind {
        *force = is_asked;
    }
    let mut booked = attempt(12, kind, 201, &told("d", "1", "scheduled", 1, 180));
    let answer = booked.answer.as_mut().unwrap();
    let mut body = answer.json();
    body["position"] = 110.into();
    answer.text = body.to_string();
    history.attempts.push(booked);
}

/// Checks the history after it has been changed.
fn check(change: impl FnOnce(&mut History)) {
    let mut history = history();
    change(&mut history);
    Check::new(&history.attempts, &history.log).run();
}

/// The history with a member of an answer changed.
fn answered(history: &mut History, number: usize, member: &str, value: impl Into<Value>) {
    let answer = history.attempts[number - 1].answer.as_mut().unwrap();
    let mut body = answer.json();
    body[member] = value.into();
    answer.text = body.to_string();
}

/// The history with one event more, of a program that nobody has asked.
fn appended(history: &mut History, agent: &str, kind: &str, id: &str, minutes: Option<i64>) {
    let of_agent = history.log.iter().filter(|event| event.agent == agent);
    let revision = of_agent.map(|event| event.revision).max().unwrap() + 1;
    history.log.push(event(200, agent, revision, 99, kind, id, minutes, json!({"reservation_id": "r"})));
}

#[test]
fn a_history_that_is_right() {
    check(|_| {});
}

#[test]
fn a_bulk_move_that_is_right() {
    check(with_bulk_move);
}

#[test]
fn a_booking_in_a_block_that_is_right() {
    check(|history| forced(history, true, true));
}

macro_rules! spoilt {
    ($($name:ident: $expected:literal, $change:expr;)+) => {
        $(#[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            check($change);
        })+
    };
}

spoilt! {
    a_visit_told_to_be_with_another: "appointment_version",
        |history| told_of_visit(history, "to_agent_id", json!("2"));
    a_visit_told_to_stay: "told to stay, and was moved", |history| told_of_visit(history, "outcome", json!("not_moved"));
    a_visit_that_was_never_moved: "told to be moved, and was not", |history| {
        with_bulk_move(history);
        history.log.truncate(9);
    };
    a_visit_that_is_left_out: "moved, and no visit of it", |history| {
        told_of_visit(history, "appointment_id", json!("z"));
        let answer = history.attempts[9].answer.as_mut().unwrap();
        let mut body = answer.json();
        body["visits"] = json!([]);
        body["counts"]["moved"] = 0.into();
        answer.text = body.to_string();
    };
    a_visit_that_stays_where_it_should_not: "left out", |history| {
        told_of_visit(history, "outcome", json!("pending"));
    };
    a_block_passed_over_in_silence: "is in the way of", |history| forced(history, false, true);
    a_block_passed_over_unasked: "forced by nobody", |history| forced(history, true, false);
    two_at_one_time: "overlap after",
        |history| history.log[1].interval = Some((at(5, 15), at(5, 45)));
    time_that_is_reserved_given_away: "overlap after",
        |history| history.log.insert(4, event(45, "2", 2, 99, "AppointmentBooked", "z", Some(0), json!({})));
    an_event_that_is_missing: "a hole or a double", |history| drop(history.log.remove(1));
    a_booking_that_was_lost: "accepted, and not done", |history| drop(history.log.pop());
    a_booking_that_was_made_twice: "done 2 times", |history| {
        appended(history, "1", "AppointmentBooked", "z", Some(120));
        let last = history.log.last_mut().unwrap();
        last.operation = "op-3".to_owned();
    };
    a_key_with_two_effects: "done 2 times", |history| {
        appended(history, "2", "AppointmentBooked", "z", Some(120));
        let last = history.log.last_mut().unwrap();
        (last.command, last.operation) = ("op-3".to_owned(), "op-3".to_owned());
    };
    another_version_than_was_answered: "not as it was", |history| answered(history, 4, "version", 3);
    another_agent_than_was_answered: "not as it was", |history| answered(history, 5, "agent_id", "1");
    another_status_than_was_answered: "not as it was", |history| answered(history, 6, "status", "scheduled");
    another_answer_to_a_repetition: "another answer than the first", |history| {
        let mut again = history.attempts[3].clone();
        again.answer = history.attempts[5].answer.clone();
        again.answer.as_mut().unwrap().text = history.attempts[3].answer.as_ref().unwrap().text.replace('}', ",\"x\":1}");
        history.attempts.push(again);
    };
    a_refusal_of_what_was_done_before: "refused, and done before", |history| {
        let mut again = attempt(10, book(0), 409, &history.attempts[1].answer.as_ref().unwrap().json());
        again.operation = history.attempts[0].operation.clone();
        history.attempts.push(again);
    };
    a_slot_that_was_free: "refused without a reason", |history| history.attempts[1].operation.kind = book(150);
    a_lead_that_has_nothing_then: "refused without a reason", |history| {
        history.attempts[8].operation.kind = book(90);
    };
    a_lead_told_of_another_time: "refused without a reason",
        |history| answered(history, 9, "start", text(at(5, 60)));
    the_appointment_of_another_lead: "refused without a reason",
        |history| history.log[8].data["lead_id"] = json!("other");
    a_lead_not_told_of_its_own: "refused without a reason", |history| {
        let taken = history.attempts[1].answer.clone();
        history.attempts[8].answer = taken;
    };
    an_alternative_that_was_taken: "refused without a reason", |history| {
        let taken = json!([{"start": text(at(5, 0)), "end": text(at(5, 30))}]);
        answered(history, 2, "alternatives", taken);
    };
    an_order_that_was_not_kept: "not in the order of the answers", |history| {
        history.attempts[0].sent_at += Duration::from_secs(10);
        history.attempts[0].done_at += Duration::from_secs(10);
        // It was refused for what came later.
        history.attempts.remove(1);
    };
    a_change_by_who_has_it_no_more: "not here",
        |history| appended(history, "1", "AppointmentCancelled", "a", None);
    an_appointment_with_two: "booked twice",
        |history| appended(history, "1", "AppointmentBooked", "a", Some(120));
    an_appointment_on_its_way_for_ever: "never settled", |history| history.log.truncate(5);
    a_hand_over_that_was_ruled_out: "in spite of what was found out", |history| {
        history.log.insert(4, event(45, "1", 4, 99, "ReservationFenced", "r", None, json!({})));
        history.log[5].revision = 5;
    };
    a_release_of_what_was_decided: "released, and decided", |history| {
        history.log.truncate(5);
        appended(history, "2", "ReservationReleased", "r", None);
    };
    an_appointment_handed_over_from_another_time: "handed over as it was not", |history| {
        history.log[4].data["previous_start"] = text(at(5, 15)).into();
    };
    a_hand_over_to_a_time_that_was_not_reserved: "left == right", |history| {
        let moved = &mut history.log[4].data["appointment"];
        (moved["start"], moved["end"]) = (text(at(5, 60)).into(), text(at(5, 90)).into());
        moved["status"] = "scheduled".into();
    };
    an_appointment_that_arrives_as_another: "left == right",
        |history| history.log[5].data["appointment"]["status"] = "scheduled".into();
    a_version_that_is_left_out: "handed over as it was not", |history| {
        history.log[4].data["appointment"]["version"] = 4.into();
    };
    a_reinstatement_of_what_was_not_cancelled: "not to be reinstated",
        |history| appended(history, "2", "AppointmentReinstated", "a", None);
    a_corrected_outcome_where_there_was_none: "not to be corrected",
        |history| appended(history, "2", "OutcomeCorrected", "a", None);
    a_change_on_another_version: "done on another version",
        |history| history.attempts[4].operation.if_match = Some(1);
    a_version_that_was_not_stale: "refused without a reason", |history| {
        let stale = json!({
            "type": "x", "title": "x", "detail": "x", "status": 412, "code": "stale_version",
            "current_version": 2,
        });
        let mut refused = attempt(9, change(Change::Cancel), 412, &stale);
        refused.operation.if_match = Some(3);
        history.attempts.push(refused);
    };
    a_key_that_stood_for_nothing_else: "refused without a reason", |history| {
        let other = json!({
            "type": "x", "title": "x", "detail": "x", "status": 422, "code": "idempotency_mismatch",
        });
        history.attempts.push(attempt(9, change(Change::Cancel), 422, &other));
    };
    a_change_without_effect_that_would_have_one: "left == right", |history| {
        history.attempts[5].operation.kind = change(Change::Cancel);
    };
}
