use system_tests::Proxy;

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
