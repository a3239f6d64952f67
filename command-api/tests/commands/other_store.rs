//! Another store at the address of the one that a write side has read. A bare `Store` cannot show it: it takes two logs.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, TIMEOUT, agency, hour, send, server};

const OFFICE: (Method, &str) = (Method::PUT, "/v1/office");

fn assert_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.replayed), (503, false), "{answer:?}");
    assert_eq!(answer.body["code"], "store_unavailable", "{answer:?}");
    let detail = answer.body["detail"].as_str().unwrap();
    for part in ["Nothing was done", "does not have the log that was read so far", "or restart this process"]
    {
        assert!(detail.contains(part), "{detail}");
    }
}

/// Everything in the log.
async fn events(store: &Store) -> Vec<String> {
    use event_store::{After, StreamFilter, SubscriptionItem};
    let mut subscription = store.client().subscribe(After::Start, StreamFilter::all());
    let mut events = Vec::new();
    loop {
        match subscription.next().await {
            SubscriptionItem::Event(event) => events.push(event.event_id.to_string()),
            SubscriptionItem::CaughtUp => return events,
            _ => {}
        }
    }
}

#[actix_web::test]
async fn a_write_side_does_nothing_in_another_log_and_goes_on_once_its_own_is_back() {
    let mut store = Store::own("exchanges the store").await;
    let (own, others) = (store.node().folder("first"), store.node().folder("other"));
    store.node().exchange(&others).await;
    {
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a"]).await;
    }
    let other = events(&store).await;
    store.node().exchange(&own).await;
    let api = store.api().await;
    agency(&server(&store, &api).await, &["a", "b"]).await;
    let book = async |store: &Store, key: &str, slot: i64| {
        let server = server(store, &api).await;
        send(&server, BOOK, key, store.booking(Some("a"), hour(slot))).await
    };
    let booked = book(&store, "one", 1).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let of_b = store.booking(Some("b"), hour(1));
    assert_eq!(send(&server(&store, &api).await, BOOK, "b", of_b.clone()).await.status, 201);
    // Without an agent, it waits until all that was done is known.
    let any = send(&server(&store, &api).await, BOOK, "two", store.booking(None, hour(2))).await;
    assert_eq!(any.status, 201, "{any:?}");
    let id = booked.body["appointment_id"].as_str().unwrap();
    let confirm = format!("/v1/appointments/{id}/confirm");

    // Its agent's stream is shorter, and none of the bookings is in it.
    store.node().exchange(&others).await;
    // The first notices it by itself, before it does anything.
    assert_refused(&book(&store, "three", 3).await);
    {
        let server = server(&store, &api).await;
        let commands: [(&str, (Method, &str), Value); 6] = [
            // Its answer is in memory.
            ("b", BOOK, of_b),
            ("one", BOOK, store.booking(Some("a"), hour(1))),
            ("four", BOOK, store.booking(Some("a"), hour(1))),
            ("five", BOOK, store.booking(None, hour(5))),
            ("six", OFFICE, json!({"name": "Otra"})),
            ("seven", (Method::POST, &confirm), json!({})),
        ];
        for (key, target, body) in commands {
            assert_refused(&send(&server, target, key, body).await);
        }
    }
    let said = api.ready().unwrap_err().to_string();
    assert!(said.contains("does not have the log that was read so far"), "{said}");
    assert_eq!(events(&store).await, other);

    store.node().exchange(&own).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let ready = async {
        while api.ready().is_err() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, ready).await.expect("its own log is known again");
    let again = book(&store, "one", 1).await;
    assert!(again.replayed && again.body == booked.body, "{again:?}");
    assert_eq!(book(&store, "four", 1).await.status, 409);
    assert_eq!(book(&store, "three", 3).await.status, 201);
}
