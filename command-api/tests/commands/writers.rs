use futures::future::join_all;
use serde_json::json;

use crate::store::Store;
use crate::support::{BOOK, agency, hour, send, server};

#[actix_web::test]
async fn two_write_sides_on_one_store_give_a_slot_to_one() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;

    for slot in 1..=10 {
        let keys: Vec<String> = (0..16).map(|client| format!("{slot}/{client}")).collect();
        let requests = keys
            .iter()
            .enumerate()
            .map(|(client, key)| send(&servers[client % 2], BOOK, key, store.booking(Some("a"), hour(slot))));
        let mut statuses: Vec<u16> = join_all(requests).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        let expected: Vec<u16> = std::iter::once(201).chain(std::iter::repeat_n(409, 15)).collect();
        assert_eq!(statuses, expected, "slot {slot}");
    }
}

#[actix_web::test]
async fn two_write_sides_that_meet_on_every_append_give_everyone_a_slot() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;

    for round in 0..4 {
        let slots: Vec<i64> = (1..=64).map(|slot| round * 64 + slot).collect();
        let keys: Vec<String> = slots.iter().map(|slot| format!("met {slot}")).collect();
        let requests = slots.iter().zip(&keys).map(|(slot, key)| {
            let side = usize::try_from(slot % 2).unwrap();
            send(&servers[side], BOOK, key, store.booking(Some("a"), hour(*slot)))
        });
        for (slot, answer) in slots.iter().zip(join_all(requests).await) {
            assert_eq!(answer.status, 201, "slot {slot}: {answer:?}");
        }
        // What one side has booked, the other knows.
        for (slot, key) in slots.iter().zip(&keys) {
            let other = usize::try_from((slot + 1) % 2).unwrap();
            let again = send(&servers[other], BOOK, key, store.booking(Some("a"), hour(*slot))).await;
            assert_eq!((again.status, again.replayed), (201, true), "slot {slot}");
        }
    }
}

/// Each answers by the current state of the stream, whatever it has decided before.
#[actix_web::test]
async fn what_one_write_side_does_the_other_neither_refuses_nor_takes_for_done() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;
    // Both have folded the agent.
    for (side, slot) in [(0, 1), (1, 2)] {
        let booked =
            send(&servers[side], BOOK, &format!("known {side}"), store.booking(Some("a"), hour(slot))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }
    let post = |path: String| (actix_web::http::Method::POST, path);
    let booked = send(&servers[0], BOOK, "one", store.booking(Some("a"), hour(5))).await;
    let id = booked.body["appointment_id"].as_str().unwrap().to_owned();
    // Not "there is no such appointment".
    let (method, path) = post(format!("/v1/appointments/{id}/confirm"));
    assert_eq!(send(&servers[1], (method, &path), "two", json!({})).await.status, 200);
    // Not "it is at that time already".
    let (method, path) = post(format!("/v1/appointments/{id}/reschedule"));
    let moved = send(&servers[0], (method.clone(), &path), "three", json!({"start": hour(7)})).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    let back = send(&servers[1], (method, &path), "four", json!({"start": hour(5)})).await;
    assert_eq!(back.status, 200, "{back:?}");
    assert_eq!(back.body["start"], json!(hour(5)), "{back:?}");
    // Not "it is taken".
    let (method, path) = post(format!("/v1/appointments/{id}/cancel"));
    assert_eq!(send(&servers[0], (method, &path), "five", json!({})).await.status, 200);
    let again = send(&servers[1], BOOK, "six", store.booking(Some("a"), hour(5))).await;
    assert_eq!(again.status, 201, "{again:?}");
}

#[actix_web::test]
async fn what_waits_together_and_is_too_large_for_one_append_is_carried_out_in_parts() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let keys: Vec<String> = (0..250).map(|slot| format!("large {slot}")).collect();
    let requests = keys.iter().zip(1..).map(|(key, slot)| {
        let mut body = store.booking(Some("a"), hour(slot));
        body["notes"] = "🏡".repeat(2000).into();
        send(&server, BOOK, key, body)
    });
    for answer in join_all(requests).await {
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

#[actix_web::test]
async fn a_change_of_the_office_by_one_write_side_is_seen_by_a_refusal_of_the_other() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;
    // The second has folded the agent before the new type exists.
    assert_eq!(send(&servers[1], BOOK, "warm", store.booking(Some("a"), hour(5))).await.status, 201);

    let call = json!({"name": {"es": "Llamada"}, "duration_minutes": 15, "location_kind": "phone"});
    let path = format!("/v1/office/appointment-types/{}", store.name("call"));
    assert_eq!(send(&servers[0], (actix_web::http::Method::PUT, &path), "call", call).await.status, 200);
    let mut body = store.booking(Some("a"), hour(7));
    body["appointment_type"] = store.name("call").into();
    let booked = send(&servers[1], BOOK, "book a call", body).await;
    assert_eq!(booked.status, 201, "{booked:?}");
}

#[actix_web::test]
async fn what_was_answered_before_a_stop_is_answered_again_after_it() {
    let store = Store::start().await;
    let before = {
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a"]).await;
        // More events than a snapshot waits for.
        for slot in 1..=230 {
            let booked =
                send(&server, BOOK, &format!("slot {slot}"), store.booking(Some("a"), hour(slot))).await;
            assert_eq!(booked.status, 201, "{booked:?}");
        }
        send(&server, BOOK, "last", store.booking(Some("a"), hour(300))).await
    };
    let api = store.api().await;
    let server = server(&store, &api).await;
    let after = send(&server, BOOK, "last", store.booking(Some("a"), hour(300))).await;
    assert!(after.replayed);
    assert_eq!(after.body, before.body);
    let first = send(&server, BOOK, "slot 1", store.booking(Some("a"), hour(1))).await;
    assert!(first.replayed);
    assert_eq!(send(&server, BOOK, "new", store.booking(Some("a"), hour(230))).await.status, 409);
}
