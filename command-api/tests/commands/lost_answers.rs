use crate::given::{BOOK, Store, agency, booking, hour, send, server};
use crate::proxy::Proxy;

#[actix_web::test]
async fn a_booking_whose_answer_is_lost_is_found_out_and_answered_once() {
    let store = Store::start().await;
    let proxy = Proxy::start(store.node.local_addr()).await;
    let api = proxy.api();
    let server = server(&api).await;
    agency(&server, &["a"]).await;

    for slot in 1..=5 {
        proxy.lose_next_answer();
        let key = format!("slot {slot}");
        let booked = send(&server, BOOK, &key, booking(Some("a"), hour(slot))).await;
        assert!(proxy.has_lost_it(), "the test lost nothing");
        assert_eq!(booked.status, 201, "{booked:?}");
        assert!(!booked.replayed);

        let events = store.client().load("agent-a", None).await.unwrap();
        let bookings = events.iter().filter(|event| event.event_type == "AppointmentBooked").count();
        assert_eq!(bookings, usize::try_from(slot).unwrap());
        let again = send(&server, BOOK, &key, booking(Some("a"), hour(slot))).await;
        assert!(again.replayed && again.body == booked.body, "{again:?}");
    }
}
