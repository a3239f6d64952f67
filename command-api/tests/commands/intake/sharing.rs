use command_api::intake::Intake;
use serde_json::Value;

use super::support::{Given, Sent, in_time, until};
use crate::support::hour;

async fn book(given: &Given, slots: std::ops::RangeInclusive<i64>) {
    for slot in slots {
        let (key, id) = (format!("key {}", slot % 12), format!("slot {slot}"));
        let payload = given.store.booking(Some("a"), hour(slot));
        given.send(&key, &Sent { name: "BookAppointment", id: &id, payload }).await;
    }
}

#[actix_web::test]
async fn two_write_sides_share_the_commands_and_one_takes_over_from_the_other() {
    let given = Given::new().await;
    let first = given.intake().await;
    book(&given, 1..=60).await;
    let other = given.store.api().await;
    let second = Intake::start(&other, given.settings.clone()).unwrap();
    let (of_first, of_second) = (first.readiness(), second.readiness());
    // Each reports its own partitions, one a little later than the other.
    let shared = || [of_first.partitions(), of_second.partitions()];
    until(|| !shared().contains(&0) && shared().iter().sum::<usize>() == 3).await;
    book(&given, 61..=120).await;
    given.replies(120).await;

    book(&given, 121..=150).await;
    in_time(first.stop()).await;
    let replies = given.replies(150).await;
    replies.agree();
    until(|| of_second.partitions() == 3).await;
    let booked = given.bookings("a").await;
    assert_eq!(booked.len(), 150, "each once");
    let is_sent = |booked: &Value| {
        let start = booked["start"].as_str().unwrap().parse().unwrap();
        booked["lead_id"] == given.store.booking(Some("a"), start)["lead_id"]
    };
    assert!(booked.iter().all(is_sent));
    in_time(second.stop()).await;
}
