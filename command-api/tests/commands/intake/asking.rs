use serde_json::{Value, json};

use super::support::{Given, Sent, in_time};
use crate::broker::Record;
use crate::support::{BOOK, hour, send, server};

fn sent<'a>(name: &'a str, id: &'a str, payload: Value) -> Sent<'a> {
    Sent { name, id, payload }
}

#[actix_web::test]
async fn a_booking_is_carried_out_and_answered_as_by_http() {
    let given = Given::new().await;
    let intake = given.intake().await;
    let reply =
        given.asked("a", &sent("BookAppointment", "1", given.store.booking(Some("a"), hour(5)))).await;
    assert_eq!((reply.key.as_str(), reply.headers["ce_status"].as_str()), ("a", "201"), "{reply:?}");
    for (name, value) in [
        ("ce_specversion", "1.0"),
        ("ce_type", "citas.CommandSucceeded.v1"),
        ("ce_source", "/citas"),
        ("ce_commandsource", &given.source()),
        ("ce_repeated", "false"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(reply.headers[name], value, "{name}");
    }
    let by_http =
        send(&server(&given.store, &given.api).await, BOOK, "http", given.store.booking(Some("a"), hour(6)))
            .await;
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&reply.json()), names(&by_http.body));
    assert_eq!(reply.json()["start"], json!(hour(5)));

    let events = given.store.client().load(&given.store.stream("a"), None).await.unwrap();
    let metadata = events.iter().find(|event| event.event_type == "AppointmentBooked").unwrap().metadata();
    let metadata = serde_json::to_value(metadata.unwrap()).unwrap();
    assert_eq!(metadata["actor"], json!({"kind": "service", "id": given.source()}));
    assert_eq!(metadata["origin"], "kafka");
    assert_eq!(metadata["$correlationId"], reply.headers["ce_correlationid"]);
    intake.stop().await;
}

/// Every type of command, each on the result of the one before it.
#[actix_web::test]
async fn every_command_is_taken() {
    let given = Given::new().await;
    let intake = given.intake().await;
    let [agent, lead, visit] = ["a", "8", "visit"].map(|name| given.store.name(name));
    let hold = json!({"agent_id": agent, "lead_id": lead, "appointment_type": visit, "start": hour(9)});
    let held = given.asked("a", &sent("HoldSlot", "hold", hold)).await;
    let hold_id = held.json()["hold_id"].clone();
    let released = given.asked("a", &sent("ReleaseHold", "release", json!({"hold_id": hold_id}))).await;
    assert_eq!((held.headers["ce_status"].as_str(), released.headers["ce_status"].as_str()), ("201", "200"));

    let booked =
        given.asked("a", &sent("BookAppointment", "book", given.store.booking(Some("a"), hour(5)))).await;
    let id = booked.json()["appointment_id"].clone();
    let about = |more: Value| {
        let mut payload = json!({"appointment_id": id});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        payload
    };
    let b = given.store.name("b");
    for (name, payload, status, said) in [
        ("ConfirmAppointment", about(json!({})), "200", json!({"status": "confirmed"})),
        ("RescheduleAppointment", about(json!({"start": hour(7)})), "200", json!({"start": hour(7)})),
        ("ReassignAppointment", about(json!({"agent_id": b})), "200", json!({"agent_id": b})),
        (
            "ChangeAppointmentDetails",
            about(json!({"notes": "Calls before"})),
            "200",
            json!({"start": hour(7)}),
        ),
        ("CompleteAppointment", about(json!({})), "409", json!({"code": "not_started"})),
        ("MarkNoShow", about(json!({"by": "agent"})), "409", json!({"code": "not_started"})),
        ("CorrectOutcome", about(json!({"outcome": "no_show"})), "409", json!({"code": "not_started"})),
        ("CancelAppointment", about(json!({"reason": "No"})), "200", json!({"status": "cancelled"})),
        ("ReinstateAppointment", about(json!({"reason": "Yes"})), "200", json!({"status": "scheduled"})),
    ] {
        let reply = given.asked("a", &sent(name, name, payload)).await;
        assert_eq!(reply.headers["ce_status"], status, "{name}: {reply:?}");
        for (member, value) in said.as_object().unwrap() {
            assert_eq!(reply.json()[member], *value, "{name}: {reply:?}");
        }
    }
    given.was_sent_as_described().await;
    given.is_as_described().await;
    intake.stop().await;
}

#[actix_web::test]
async fn a_refusal_by_the_rules_is_a_reply_and_no_dead_letter() {
    let given = Given::new().await;
    let intake = given.intake().await;
    given.asked("a", &sent("BookAppointment", "1", given.store.booking(Some("a"), hour(5)))).await;
    let rival = given.store.booking_of("rival", Some("a"), hour(5));
    let refused = given.asked("a", &sent("BookAppointment", "2", rival)).await;
    assert_eq!(refused.headers["ce_type"], "citas.CommandRefused.v1");
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    assert_eq!(
        (&refused.json()["code"], &refused.json()["status"]),
        (&json!("slot_unavailable"), &json!(409))
    );
    let alternatives = refused.json()["alternatives"].as_array().unwrap().clone();
    assert_eq!(alternatives.len(), 3);
    assert!(alternatives.iter().all(|other| other["slot_ref"].is_string() && other["text"].is_string()));
    assert_eq!(refused.json()["requested"]["text"], "lunes 14 de diciembre, 14:00 a 15:00");
    assert!(given.dead_letters().await.is_empty());
    intake.stop().await;
}

#[actix_web::test]
async fn a_repeated_message_is_carried_out_once_and_answered_alike() {
    let given = Given::new().await;
    let intake = given.intake().await;
    for _ in 0..5 {
        given.send("a", &sent("BookAppointment", "once", given.store.booking(Some("a"), hour(5)))).await;
    }
    given.asked("a", &sent("BookAppointment", "last", given.store.booking(Some("a"), hour(6)))).await;
    let replies = given.replies(2).await;
    replies.agree();
    let once = &replies.by_command()["once"];
    assert_eq!(once.len(), 5);
    let repeated: Vec<&str> = once.iter().map(|reply| reply.headers["ce_repeated"].as_str()).collect();
    assert_eq!(repeated, ["false", "true", "true", "true", "true"]);
    assert_eq!(given.bookings("a").await.len(), 2);

    // The same id for something else.
    let other = sent("BookAppointment", "once", given.store.booking(Some("a"), hour(9)));
    given.send("b", &other).await;
    in_time(async {
        let is_told = |reply: &Record| reply.payload.contains("idempotency_mismatch");
        while !given.replies(2).await.0.iter().any(is_told) {}
    })
    .await;
    assert_eq!(given.bookings("a").await.len(), 2);
    intake.stop().await;
}

/// For each slot, a booking without an agent is sent first, which takes longest, and then one for each agent. If they
/// were not processed in order, no agent would be left for the first.
#[actix_web::test]
async fn messages_of_one_key_are_done_in_their_order() {
    let given = Given::new().await;
    for slot in 1..=10 {
        for agent in [None, Some("a"), Some("b")] {
            let id = format!("{slot:02}/{}", agent.unwrap_or("anybody"));
            given.send("key", &sent("BookAppointment", &id, given.store.booking(agent, hour(slot)))).await;
        }
    }
    let intake = given.intake().await;
    let replies = given.replies(30).await;
    let status = |reply: &Record| reply.headers["ce_status"].clone();
    for answers in replies.0.chunks(3) {
        let told: Vec<String> = answers.iter().map(status).collect();
        assert_eq!(told[0], "201", "{:?}", answers[0]);
        assert!(told.contains(&"409".to_owned()), "one of the others comes too late: {answers:?}");
    }
    let ids: Vec<&str> = replies.0.iter().map(|reply| reply.headers["ce_commandid"].as_str()).collect();
    let expected: Vec<String> =
        (1..=10).flat_map(|slot| ["anybody", "a", "b"].map(|agent| format!("{slot:02}/{agent}"))).collect();
    assert_eq!(ids, expected, "they are answered in their order too");
    intake.stop().await;
}
