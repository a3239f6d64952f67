use std::time::Duration;

use system_tests::Proxy;
use tokio::time::Instant;

use crate::store::{Store, api_through};
use crate::support::{BOOK, agency, hour, send, server};

#[actix_web::test]
async fn a_booking_whose_answer_is_lost_is_found_out_and_answered_once() {
    let mut store = Store::own("loses what it answers").await;
    let proxy = Proxy::start(store.node().address()).await;
    let api = api_through(&proxy).await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;

    for slot in 1..=5 {
        proxy.lose_next_answer();
        let key = format!("slot {slot}");
        let booked = send(&server, BOOK, &key, store.booking(Some("a"), hour(slot))).await;
        assert!(proxy.has_lost_it(), "the test lost nothing");
        assert_eq!(booked.status, 201, "{booked:?}");
        assert!(!booked.replayed);

        let events = store.client().load(&store.stream("a"), None).await.unwrap();
        let bookings = events.iter().filter(|event| event.event_type == "AppointmentBooked").count();
        assert_eq!(bookings, usize::try_from(slot).unwrap());
        let again = send(&server, BOOK, &key, store.booking(Some("a"), hour(slot))).await;
        assert!(again.replayed && again.body == booked.body, "{again:?}");
    }
}

/// While the clock is paused, it leaps to the next deadline whenever everybody waits.
#[actix_web::test]
async fn a_store_that_hangs_keeps_nobody_waiting_longer_than_an_append_may_take() {
    let mut store = Store::own("hangs").await;
    let proxy = Proxy::start(store.node().address()).await;
    let api = api_through(&proxy).await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let timed = async |key: &str, slot: i64| {
        let sent_at = Instant::now();
        let answer = send(&server, BOOK, key, store.booking(Some("a"), hour(slot))).await;
        (answer.body["code"].clone(), sent_at.elapsed())
    };
    proxy.keep_next_booking_back();
    let ((first, took), (second, waited)) = tokio::join!(timed("one", 1), async {
        proxy.has_one().await;
        proxy.hold_answers(true);
        tokio::time::pause();
        timed("two", 2).await
    });
    assert_eq!((first, second), ("outcome_unknown".into(), "store_unavailable".into()));
    for took in [took, waited] {
        assert!(took <= Duration::from_millis(20_500), "{took:?}");
    }
    assert!(Duration::from_secs(19) < waited, "it has waited behind the first: {waited:?}");
}
