use serde_json::{Value, json};

use super::Unchanged;
use super::commands::{BOOK, commands};
use crate::support::{VISIT, at, day, text};

fn local(local: &str, zone: &str) -> Value {
    json!({"local": local, "zone": zone})
}

/// The end of a command's path, or its beginning up to a slash; a member, what is put in its place; the refusal names the member.
#[expect(clippy::too_many_lines, reason = "one line for each member")]
fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let long = |length: usize| json!("x".repeat(length));
    vec![
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
        ("/v1/office", "parts_of_day", json!({"morning": {"start_time": "12:00", "end_time": "12:00"}})),
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
        ("/v1/office/blocks", "date", json!(day(9))),
        ("/v1/office/blocks", "until", json!(day(9))),
        ("/v1/office/blocks", "regions", json!(["Ñuble", " ñuble"])),
        ("/v1/office/blocks", "regions", json!([""])),
        ("/v1/office/blocks", "agent_ids", json!(["7", "7"])),
        ("/v1/office/blocks", "source", json!({"rule": " ", "version": "1"})),
        ("/v1/agents/7/blocks", "date", json!(day(9))),
        ("/v1/agents/7/blocks", "until", json!(day(9))),
        ("/v1/agents/8", "comunas", json!(vec!["x"; 2])),
        ("/v1/agents/8", "regions", long(65)),
        ("/v1/office/blocks", "start", json!({})),
        (BOOK, "lead_contact.name", long(321)),
        (BOOK, "lead_contact.email", long(321)),
        (BOOK, "lead_contact.phone", long(321)),
        (BOOK, "lead_contact.locale", long(321)),
        (BOOK, "lead_contact.name", json!("a\u{0}b")),
        (BOOK, "lead_contact.address", json!("x")),
        (BOOK, "property_id", long(65)),
        (BOOK, "agent_id", json!("")),
        (BOOK, "appointment_type", json!("vis it")),
        (BOOK, "start", local("2026-12-15T14:00", "Mars/Olympus")),
        (BOOK, "start", local("2026-12-15T14:00", "")),
        (BOOK, "start", local("2026-12-15T14:00-03:00", "UTC")),
        (BOOK, "start", local("2026-12-15 14:00", "UTC")),
        (BOOK, "start", local("2026-02-30T14:00", "UTC")),
        (BOOK, "start", json!({"local": "2026-12-15T14:00", "zone": "UTC", "offset": "west"})),
        (BOOK, "start", json!({"local": "2026-12-15T14:00", "zone": "UTC", "offset": "+99:99"})),
        (BOOK, "start", json!({"local": "2026-12-15T14:00", "zone": "UTC", "fold": 1})),
        (BOOK, "start", json!({"zone": "UTC"})),
        ("/reschedule", "start", json!("tomorrow")),
        ("/reschedule", "start", Value::Null),
        ("/reassign", "agent_id", json!("a b")),
        ("/reassign", "agent_id", Value::Null),
        ("/cancel", "reason", long(501)),
        ("/cancel", "reason", json!("a\u{1b}b")),
        ("/cancel", "requested_by", json!("owner")),
        ("/reassign", "reason", long(501)),
        ("/reschedule", "requested_by", json!("Lead")),
        ("/reschedule", "duration_minutes", json!(-1)),
        ("/reschedule", "keep_confirmed", json!("yes")),
        (BOOK, "confirm", json!(1)),
        ("/v1/office/weekly-hours", "rules", json!([1])),
        // The values of an object's members in their order are no object.
        ("/v1/office/weekly-hours", "rules", json!([[0, "09:00", "10:00", null, null, null, null, null]])),
        ("/v1/agents/7/weekly-hours", "rules", json!([[0, "09:00", "10:00", null, null, null, null, null]])),
        ("/v1/agents/7/exceptions/", "intervals", json!([["09:00", "10:00"]])),
        (BOOK, "lead_contact", json!(["Carla", null, null, null])),
        (BOOK, "lead_contact", json!([])),
    ]
}

#[tokio::test]
async fn a_member_of_the_wrong_form_is_named() {
    let test = Unchanged::new().await;
    let commands = commands("7", &test.appointment);
    for (path, member, value) in cases() {
        let command = commands
            .iter()
            .find(|known| known.path.ends_with(path) || known.path.starts_with(path) && path.ends_with('/'))
            .unwrap();
        let mut body = command.body.clone();
        let place = member.split('.').fold(&mut body, |value, name| &mut value[name]);
        *place = value;
        let answer = test.given.client.request(command.method, &command.path).body(&body).answer().await;
        let problem = answer.refused(400, "malformed_request");
        let named = problem["field"].as_str().unwrap();
        assert!(
            named == member
                || named.starts_with(&format!("{member}."))
                || named.starts_with(&format!("{member}[")),
            "{path} {body}: {problem}"
        );
    }
    test.assert_nothing_stored().await;
}
