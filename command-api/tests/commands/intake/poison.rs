use serde_json::json;

use super::support::{Given, Sent, in_time};
use crate::support::hour;

/// Key, attributes, payload, and what the reason says.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a [u8], &'a str);

#[actix_web::test]
async fn what_cannot_be_read_is_put_aside_with_the_reason_and_holds_up_nothing() {
    let given = Given::new().await;
    let whole = given.store.booking(Some("a"), hour(5)).to_string();
    let mut unknown = given.store.booking(Some("a"), hour(5));
    unknown["favourite_colour"] = json!("blue");
    let (unknown, large) = (unknown.to_string(), format!("{{\"lead_id\": \"{}\"}}", "x".repeat(70_000)));
    let source = given.source();
    let from = ("ce_source", source.as_str());
    let version = ("ce_specversion", "1.0");
    let book = ("ce_type", "citas.BookAppointment.v1");
    let cases: [Case<'_>; 8] = [
        ("no id", vec![version, from, book], whole.as_bytes(), "ce_id: is missing"),
        ("no headers", vec![], whole.as_bytes(), "ce_id: is missing"),
        ("no source", vec![version, ("ce_id", "1"), book], whole.as_bytes(), "ce_source: is missing"),
        (
            "type",
            vec![version, ("ce_id", "type"), from, ("ce_type", "x")],
            whole.as_bytes(),
            "ce_type: must be",
        ),
        ("json", vec![version, ("ce_id", "json"), from, book], b"{\"lead_id\"", "malformed_request"),
        ("utf8", vec![version, ("ce_id", "utf8"), from, book], b"{\"lead_id\": \"\xff\"}", "lead_id"),
        ("member", vec![version, ("ce_id", "member"), from, book], unknown.as_bytes(), "favourite_colour"),
        ("large", vec![version, ("ce_id", "large"), from, book], large.as_bytes(), "payload_too_large"),
    ];
    for (key, attributes, payload, _) in &cases {
        given.send_raw(key, attributes, payload).await;
    }
    let intake = given.intake().await;
    let good = Sent { name: "BookAppointment", id: "good", payload: given.store.booking(Some("a"), hour(5)) };
    assert_eq!(given.asked("json", &good).await.headers["ce_status"], "201");

    // Known senders get a reply: five, and the sender of the good one.
    let replies = given.replies(6).await;
    for (id, reply) in replies.by_command().iter().filter(|(id, _)| **id != "good") {
        assert_eq!(reply[0].headers["ce_type"], "citas.CommandRefused.v1", "{id}");
        let status = if *id == "large" { "413" } else { "400" };
        assert_eq!(reply[0].headers["ce_status"], status, "{id}");
    }
    let letters = in_time(async {
        loop {
            let letters = given.dead_letters().await;
            if letters.len() >= cases.len() {
                return letters;
            }
        }
    })
    .await;
    assert_eq!((letters.len(), replies.by_command().len()), (8, 6));
    for (key, attributes, payload, reason) in &cases {
        let letter = letters.iter().find(|letter| letter.key == *key).unwrap_or_else(|| panic!("{key}"));
        assert_eq!(letter.payload, String::from_utf8_lossy(payload), "{key}");
        for (name, value) in attributes {
            assert_eq!(letter.headers[*name], *value, "{key}");
        }
        assert!(letter.headers["citas-reason"].contains(reason), "{key}: {:?}", letter.headers);
        assert_eq!(letter.headers["citas-topic"], given.settings.commands);
        assert!(
            letter.headers.contains_key("citas-offset") && letter.headers.contains_key("citas-partition")
        );
    }
    given.is_as_described().await;
    assert_eq!(given.bookings("a").await.len(), 1);
    intake.stop().await;
}
