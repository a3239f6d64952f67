//! Appointments that were agreed on under other rules of their zone, as a store has them from then.

use actix_web::http::Method;
use availability::zone;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::{ExpectedRevision, NewEvent, RecordedEvent};
use schemas::event::AppointmentBooked;
use schemas::{AgentEvent, AppointmentId, EventId};
use serde_json::{Value, json};

use crate::store::{Store, new_id};
use crate::support::{Answer, BOOK, NOW, Routes, Server, agency, hour, send, send_with, server};

/// Appends a booking with agent a of an instant at which clocks were to show an hour more, by a lead of its own.
async fn agreed(store: &Store, start: DateTime<Utc>) -> AppointmentId {
    let appointment_id = AppointmentId::new(new_id());
    let agent_id = store.name("a").parse().unwrap();
    let booked = AppointmentBooked {
        lead_id: store.name(&format!("lead-{}", start.timestamp())).parse().unwrap(),
        appointment_type: store.name("visit").parse().unwrap(),
        local_start: zone::local(fixtures::ZONE, start) + TimeDelta::hours(1),
        ..fixtures::booked(appointment_id, &agent_id, start, 60)
    };
    let booked = AgentEvent::from(booked);
    let event = NewEvent {
        event_id: EventId::new(new_id()),
        event_type: booked.event_type(),
        payload: booked.payload(),
        metadata: fixtures::metadata(new_id(), NOW.parse().unwrap()),
    };
    let (client, stream) = (store.client(), store.stream("a"));
    let revision = client.stream_revision(&stream).await.unwrap().unwrap();
    client.append(&stream, ExpectedRevision::Exact(revision), &[event]).await.unwrap();
    appointment_id
}

async fn settle(server: &Server<'_, impl Routes>, id: AppointmentId, key: &str, keep: &str) -> Answer {
    let path = format!("/v1/conflicts/{id}/settle");
    send(server, (Method::POST, &path), key, json!({"keep": keep})).await
}

async fn last(store: &Store) -> RecordedEvent {
    store.client().load(&store.stream("a"), None).await.unwrap().pop().unwrap()
}

/// A store in which agent a has appointments that begin then, and their ids.
async fn given<const N: usize>(starts: [DateTime<Utc>; N]) -> (Store, [AppointmentId; N]) {
    let store = Store::start().await;
    let api = store.api().await;
    agency(&server(&store, &api).await, &["a"]).await;
    let mut ids = Vec::new();
    for start in starts {
        ids.push(agreed(&store, start).await);
    }
    (store, ids.try_into().unwrap())
}

#[actix_web::test]
async fn each_keeps_its_wall_time_or_its_instant_as_somebody_decides() {
    let (store, [one, other]) = given([hour(30), hour(50)]).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    for (id, keep, start) in [(one, "wall_time", hour(31)), (other, "instant", hour(50))] {
        let before = last(&store).await.event_id;
        let trial = format!("/v1/conflicts/{id}/settle?dry_run=true");
        let foreseen = send(&server, (Method::POST, &trial), "", json!({"keep": keep})).await;
        assert_eq!((foreseen.status, &foreseen.body["start"]), (200, &json!(start)), "{foreseen:?}");
        assert_eq!(last(&store).await.event_id, before, "a dry run stores nothing");
        let path = format!("/v1/conflicts/{id}/settle");
        let stale =
            send_with(&server, (Method::POST, &path), ("If-Match", "\"7\""), json!({"keep": keep})).await;
        assert_eq!((stale.status, &stale.body["code"]), (412, &json!("stale_version")), "{stale:?}");

        let settled = settle(&server, id, keep, keep).await;
        assert_eq!((settled.status, &settled.body["start"]), (200, &json!(start)), "{settled:?}");
        assert_eq!(
            (&settled.body["status"], &settled.body["sequence"], &settled.body["version"]),
            (&json!("scheduled"), &json!(1), &json!(2))
        );
        let event = last(&store).await;
        let payload: Value = serde_json::from_slice(&event.payload).unwrap();
        assert_eq!((event.event_type.as_str(), &payload["keep"]), ("AppointmentRescheduled", &json!(keep)));
        let shown = zone::local(fixtures::ZONE, start).format("%Y-%m-%dT%H:%M:%S").to_string();
        assert_eq!(payload["local_start"], shown);
        let decided_by = event.metadata().unwrap().tzdb_version;
        assert_eq!(decided_by, zone::tzdb_version(), "the event says by whose rules it was decided");

        let again = settle(&server, id, keep, keep).await;
        assert!(again.replayed && again.body == settled.body, "{again:?}");
        for keep in ["wall_time", "instant"] {
            let nothing = settle(&server, id, "", keep).await;
            assert_eq!((nothing.status, &nothing.body["version"]), (200, &json!(2)), "{nothing:?}");
        }
        assert_eq!(last(&store).await.event_id, event.event_id);
    }
}

#[actix_web::test]
async fn a_wall_time_that_somebody_else_has_by_now_cannot_be_kept() {
    let (store, [id]) = given([hour(30)]).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let rival = send(&server, BOOK, "", store.booking(Some("a"), hour(31))).await;
    assert_eq!(rival.status, 201, "{rival:?}");
    let refused = settle(&server, id, "", "wall_time").await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("slot_unavailable")), "{refused:?}");
    assert_eq!(refused.body["reason"], "already_booked");
    assert_eq!(settle(&server, id, "", "instant").await.body["start"], json!(hour(30)));
}
