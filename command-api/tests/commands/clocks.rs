//! Clocks that jump, ahead and back, under a write side that runs.

use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use operation::Clock;
use schemas::Metadata;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{BOOK, NOW, agency, hour, send, server};

/// How far the clock of a test is from [`NOW`], in seconds; each test has its own.
struct Shift(AtomicI64);

impl Shift {
    const fn none() -> Self {
        Self(AtomicI64::new(0))
    }

    fn to(&self, shown: DateTime<Utc>) {
        self.0.store((shown - now()).num_seconds(), Ordering::SeqCst);
    }

    fn shown(&self) -> DateTime<Utc> {
        now() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

/// Ahead and back, by days and by centuries.
fn wrong_clocks() -> [DateTime<Utc>; 6] {
    let centuries =
        ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "2262-04-12T00:00:00Z"];
    let [epoch, before, first, nanoseconds] = centuries.map(|text| text.parse().unwrap());
    [now() + TimeDelta::days(8), now() - TimeDelta::days(1), epoch, before, first, nanoseconds]
}

async fn recorded(store: &Store, agent: &str) -> Vec<Metadata> {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    events.iter().map(|event| event.metadata().unwrap()).collect()
}

#[actix_web::test]
async fn a_repeated_booking_is_recognised_and_nothing_is_booked_twice_after_any_clock() {
    static SHIFT: Shift = Shift::none();
    let store = Store::start().await;
    let api = store.api_by(Clock::read_by(|| SHIFT.shown())).await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booking = store.booking(Some("a"), hour(30));
    let first = send(&server, BOOK, "first", booking.clone()).await;
    assert_eq!(first.status, 201, "{first:?}");
    let anyone = store.booking(None, hour(40));
    let assigned = send(&server, BOOK, "anyone", anyone.clone()).await;
    assert_eq!(assigned.status, 201, "{assigned:?}");

    for (at, wrong) in wrong_clocks().into_iter().enumerate() {
        SHIFT.to(wrong);
        // One command on each stream by the wrong clock.
        for agent in ["a", "b"] {
            let path = format!("/v1/agents/{}", store.name(agent));
            let zone = "America/Santiago";
            let profile =
                json!({"name": format!("{agent} {at}"), "time_zone": zone, "inherits_office_hours": false});
            let key = format!("profile {at} {agent}");
            assert_eq!(send(&server, (Method::PUT, &path), &key, profile).await.status, 200, "{wrong}");
        }
        let held = json!({"agent_id": store.name("a"), "lead_id": store.name("8"),
            "appointment_type": store.name("visit"), "start": hour(50)});
        let held = send(&server, (Method::POST, "/v1/holds"), &format!("hold {at}"), held).await;
        assert!(held.status < 500, "{wrong}: {held:?}");

        SHIFT.to(now());
        for (key, body, answer) in [("first", &booking, &first), ("anyone", &anyone, &assigned)] {
            let again = send(&server, BOOK, key, body.clone()).await;
            assert!(again.replayed, "{wrong}, {key}: {again:?}");
            assert_eq!(again.body["appointment_id"], answer.body["appointment_id"], "{wrong}, {key}");
        }
        let rival = store.booking_of("rival", Some("a"), hour(30));
        let other = send(&server, BOOK, &format!("other {at}"), rival).await;
        assert_eq!(
            (other.status, &other.body["code"]),
            (409, &json!("slot_unavailable")),
            "{wrong}: {other:?}"
        );
        let next = store.booking(Some("a"), hour(60 + 2 * i64::try_from(at).unwrap()));
        let next = send(&server, BOOK, &format!("next {at}"), next).await;
        assert_eq!(next.status, 201, "{wrong}: rules go by the clock: {next:?}");
    }
}

#[actix_web::test]
async fn a_streams_time_never_goes_back_and_a_wrong_clock_is_told() {
    static SHIFT: Shift = Shift::none();
    let store = Store::start().await;
    let api = store.api_by(Clock::read_by(|| SHIFT.shown())).await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    assert_eq!(api.clock(), Ok(()));

    SHIFT.to(now() + TimeDelta::days(8));
    let told = api.clock().unwrap_err().to_string();
    assert!(told.contains("ahead, to 2026-12-22T12:00:00Z"), "{told}");
    let ahead = store.booking(Some("a"), hour(24 * 9));
    assert_eq!(send(&server, BOOK, "ahead", ahead).await.status, 201);
    SHIFT.to(now());
    let told = api.clock().unwrap_err().to_string();
    assert!(told.contains("back, to 2026-12-14T12:00:00Z"), "{told}");
    assert_eq!(send(&server, BOOK, "right", store.booking(Some("a"), hour(5))).await.status, 201);

    let recorded = recorded(&store, "a").await;
    assert!(recorded.is_sorted_by_key(|metadata| metadata.recorded_at), "{recorded:?}");
    let last = recorded.last().unwrap();
    assert_eq!(last.recorded_at, now() + TimeDelta::days(8));
    assert_eq!(last.clock_showed(), now(), "what the clock showed is kept too");

    // Another process, whose clock is behind what is in the log from its start on.
    let other = store.api().await;
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
    let told = async {
        loop {
            if let Err(trouble) = other.clock() {
                return trouble.to_string();
            }
            ticks.tick().await;
        }
    };
    let told = tokio::time::timeout(crate::support::TIMEOUT, told).await.expect("it is told in time");
    assert!(told.contains("behind"), "{told}");
}

#[actix_web::test]
async fn no_command_panics_by_any_clock() {
    static SHIFT: Shift = Shift::none();
    let store = Store::start().await;
    let api = store.api_by(Clock::read_by(|| SHIFT.shown())).await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for (at, shown) in wrong_clocks().into_iter().chain(ends).enumerate() {
        SHIFT.to(shown);
        let sent = api.now();
        let requests: [((Method, &str), Value); 4] = [
            (BOOK, store.booking(Some("a"), sent + TimeDelta::hours(3))),
            (BOOK, store.booking(None, hour(3))),
            (
                (Method::POST, "/v1/holds"),
                json!({"agent_id": store.name("a"), "lead_id": store.name("9"),
                    "appointment_type": store.name("visit"), "start": hour(7)}),
            ),
            ((Method::PUT, "/v1/office"), json!({"name": format!("Oficina {at}")})),
        ];
        for (number, (target, body)) in requests.into_iter().enumerate() {
            let answer = send(&server, target, &format!("{at} {number}"), body).await;
            assert!(answer.status < 500, "{shown}: {answer:?}");
        }
    }
}
