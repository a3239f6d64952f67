use serde_json::{Value, json};
use system_tests::Client;

use super::{Unchanged, assert_names};
use crate::given::{VISIT, at, day, text};

const BOOK: &str = "/v1/appointments";

/// Every command that takes a body, with one that would be accepted.
fn commands(appointment: &str) -> Vec<(&'static str, String, Value)> {
    let rule = json!({"day_of_week": 0, "start_time": "09:00", "end_time": "10:00"});
    let block = json!({"start": text(at(9, 0)), "end": text(at(9, 60)), "reason": "x"});
    let slot = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": text(at(4, 0))});
    let on_appointment = |verb: &str| format!("{BOOK}/{appointment}/{verb}");
    vec![
        ("PUT", "/v1/office".into(), json!({"name": "Office"})),
        ("PUT", "/v1/office/appointment-types/tour".into(), crate::given::type_of(30)),
        ("PUT", "/v1/office/weekly-hours".into(), json!({"rules": [rule.clone()]})),
        ("POST", "/v1/office/blocks".into(), block.clone()),
        ("PUT", "/v1/agents/8".into(), json!({"name": "Eva", "time_zone": "UTC"})),
        ("POST", "/v1/agents/7/deactivate".into(), json!({"keep_appointments": true})),
        ("PUT", "/v1/agents/7/weekly-hours".into(), json!({"rules": [rule.clone()]})),
        ("POST", "/v1/agents/7/availability-rules".into(), rule),
        ("PUT", format!("/v1/agents/7/exceptions/{}", day(9)), json!({"intervals": []})),
        ("POST", "/v1/agents/7/blocks".into(), block),
        ("POST", "/v1/holds".into(), slot.clone()),
        ("POST", BOOK.into(), slot),
        ("POST", on_appointment("confirm"), json!({})),
        ("POST", on_appointment("cancel"), json!({"reason": "x"})),
        ("POST", on_appointment("reschedule"), json!({"start": text(at(4, 0))})),
        ("POST", on_appointment("reassign"), json!({"agent_id": "7"})),
        ("POST", on_appointment("complete"), json!({})),
        ("POST", on_appointment("no-show"), json!({})),
    ]
}

async fn send(client: &Client, method: &str, path: &str, body: impl Into<Vec<u8>>) -> system_tests::Answer {
    client.request(method, path).text(body.into()).answer().await
}

#[tokio::test]
async fn no_command_takes_a_body_that_is_not_of_its_form() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    for (method, path, body) in commands(&test.appointment) {
        let mut unknown = body.clone();
        unknown["unheard_of"] = json!(1);
        assert_names(&send(client, method, &path, unknown.to_string()).await, "unheard_of");
        for broken in [
            &b"[]"[..],
            b"null",
            b"1",
            b"\"text\"",
            b"true",
            b"{",
            b"}",
            b"{]",
            b"{}{}",
            b"{'a': 1}",
            b" ",
            b"\xff\xfe{}",
            b"\0",
            b"NaN",
        ] {
            assert_names(&send(client, method, &path, broken).await, "");
        }
        for broken in [&b"{\"name\" 1}"[..], b"{\"\xc3\x28\": 1}", b"{\"name\": 01}", b"{\"name\": \"\xff\"}"]
        {
            send(client, method, &path, broken).await.refused(400, "malformed_request");
        }
        let listed = json!([body]);
        assert_names(&send(client, method, &path, listed.to_string()).await, "");
        for (member, value) in body.as_object().unwrap() {
            let mut twice = body.to_string();
            twice.truncate(twice.len() - 1);
            let twice = format!("{twice}, {}: {value}}}", json!(member));
            assert!(!send(client, method, &path, twice).await.status.is_success(), "{path} {member} twice");
        }
        let deep = format!("{{\"name\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
        send(client, method, &path, deep).await.refused(400, "malformed_request");
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(64 * 1024));
        let too_large = send(client, method, &path, large).await.refused(413, "payload_too_large");
        assert_eq!(too_large["max_bytes"], 65536);
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_off_at_the_same_size() {
    let test = Unchanged::new().await;
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 4096]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let answer = test.given.client.post(BOOK).text(body).answer().await;
    answer.refused(413, "payload_too_large");
    test.assert_nothing_stored().await;
}

/// What is put in the place of a member, and the member that the refusal names.
#[tokio::test]
async fn a_member_of_the_wrong_form_is_named() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    let long = |length: usize| json!("x".repeat(length));
    let commands = commands(&test.appointment);
    let cases: Vec<(&str, &str, Value)> = vec![
        (BOOK, "lead_id", json!(55)),
        (BOOK, "lead_id", json!("")),
        (BOOK, "lead_id", json!("a b")),
        (BOOK, "lead_id", json!("a\u{0}b")),
        (BOOK, "lead_id", json!("ñ")),
        (BOOK, "lead_id", long(65)),
        (BOOK, "lead_id", Value::Null),
        (BOOK, "agent_id", json!(["7"])),
        (BOOK, "agent_id", json!("../7")),
        (BOOK, "appointment_type", json!({"code": VISIT})),
        (BOOK, "appointment_type", Value::Null),
        (BOOK, "start", json!("tomorrow")),
        (BOOK, "start", json!("2026-12-15T14:00:00")),
        (BOOK, "start", json!(1_781_535_600)),
        (BOOK, "start", json!("2026-13-45T99:99:99Z")),
        (BOOK, "start", json!("+999999-01-01T00:00:00Z")),
        (BOOK, "start", json!("2026-12-15T14:00:00.5Z")),
        (BOOK, "start", Value::Null),
        (BOOK, "slot_ref", json!("made up")),
        (BOOK, "hold_id", json!("not a uuid")),
        (BOOK, "property_id", json!("P 1")),
        (BOOK, "location", long(501)),
        (BOOK, "location", json!("a\u{0}b")),
        (BOOK, "notes", long(2001)),
        (BOOK, "notes", json!("\u{1b}[2J")),
        (BOOK, "notes", json!(1e300)),
        (BOOK, "lead_contact", json!("Carla")),
        (BOOK, "origin", json!("moon")),
        ("/v1/holds", "ttl_seconds", json!(59)),
        ("/v1/holds", "ttl_seconds", json!(901)),
        ("/v1/holds", "ttl_seconds", json!(-1)),
        ("/v1/holds", "ttl_seconds", json!(1.5)),
        ("/v1/holds", "ttl_seconds", json!(99_999_999_999_u64)),
        ("/v1/holds", "start", json!({"local": "2026-12-15T14:00"})),
        ("/v1/agents/8", "name", json!("")),
        ("/v1/agents/8", "name", json!("  ")),
        ("/v1/agents/8", "name", long(201)),
        ("/v1/agents/8", "name", json!("a\u{7}b")),
        ("/v1/agents/8", "time_zone", json!("Chile/Nowhere")),
        ("/v1/agents/8", "time_zone", json!("-03:00")),
        ("/v1/agents/8", "email", long(321)),
        ("/v1/agents/8", "phone", json!(56)),
        ("/v1/agents/8", "inherits_office_hours", json!("yes")),
        ("/v1/agents/7/deactivate", "keep_appointments", json!(1)),
        ("/v1/agents/7/availability-rules", "day_of_week", json!(7)),
        ("/v1/agents/7/availability-rules", "day_of_week", json!("Monday")),
        ("/v1/agents/7/availability-rules", "start_time", json!("9:00")),
        ("/v1/agents/7/availability-rules", "end_time", json!("24:01")),
        ("/v1/agents/7/availability-rules", "valid_from", json!("2026-02-30")),
        ("/v1/agents/7/availability-rules", "valid_until", json!("24/12/2026")),
        ("/v1/agents/7/availability-rules", "max_appointments_per_slot", json!(70_000)),
        ("/v1/office", "name", json!(" ")),
        ("/v1/office", "time_zone", json!("Mars/Olympus")),
        ("/v1/office", "locale", long(36)),
        ("/v1/office", "travel_minutes", json!(721)),
        ("/v1/office", "max_holds_per_lead", json!(101)),
        ("/v1/office/appointment-types/tour", "name", json!("Tour")),
        ("/v1/office/appointment-types/tour", "name", json!({"en": long(201)})),
        ("/v1/office/appointment-types/tour", "duration_minutes", json!(-30)),
        ("/v1/office/appointment-types/tour", "location_kind", json!("moon")),
        ("/v1/agents/7/blocks", "end", json!(text(at(9, 0)))),
        ("/v1/agents/7/blocks", "end", json!(text(at(8, 0)))),
        ("/v1/agents/7/blocks", "reason", long(501)),
        ("/v1/agents/7/blocks", "recurrence", long(501)),
        ("/v1/agents/7/blocks", "on_overlap", json!("shrug")),
        ("/v1/office/blocks", "on_overlap", json!("refuse")),
        ("/v1/office/blocks", "start", json!({})),
    ];
    for (path, member, value) in cases {
        let (method, _, body) = commands.iter().find(|(_, known, _)| known == path).unwrap();
        let mut body = body.clone();
        if ["slot_ref", "hold_id"].contains(&member) {
            body = json!({"lead_id": "55"});
        }
        body[member] = value;
        let answer = client.request(method, path).body(&body).answer().await;
        let problem = answer.refused(400, "malformed_request");
        let named = problem["field"].as_str().unwrap();
        // A null in the place of an optional member is as if it were left out.
        let expected = named == member || named.starts_with(&format!("{member}."));
        assert!(expected || body[member].is_null() && named.is_empty(), "{path} {body}: {problem}");
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_member_that_is_missing_is_asked_for() {
    let test = Unchanged::new().await;
    for (method, path, body) in commands(&test.appointment) {
        if method == "PUT" && path == "/v1/office" || path.contains("deactivate") || path.ends_with("cancel")
        {
            continue;
        }
        for member in body.as_object().unwrap().keys() {
            // Optional ones, or such as would then be chosen.
            if ["reason", "horizon_days"].contains(&member.as_str()) || (path == BOOK && member == "agent_id")
            {
                continue;
            }
            let mut body = body.clone();
            body.as_object_mut().unwrap().remove(member);
            let answer = test.given.client.request(method, &path).body(&body).answer().await;
            let problem = answer.refused(400, "malformed_request");
            let is_asked_for = |part: &str| problem[part].as_str().unwrap().contains(member.as_str());
            assert!(is_asked_for("detail") || is_asked_for("field"), "{path} {member}: {problem}");
        }
    }
    test.assert_nothing_stored().await;
}
