use serde_json::{Value, json};

use super::Unchanged;
use crate::support::{VISIT, at, text};

fn local(local: &str, zone: &str) -> Value {
    json!({"local": local, "zone": zone})
}

#[tokio::test]
async fn a_wall_clock_time_that_is_not_one_instant() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    let mut wrong = vec![
        local("2026-09-06T00:30", "America/Santiago"),
        local("2026-09-06T00:00", "America/Santiago"),
        local("2027-03-28T02:30", "Europe/Madrid"),
        local("2026-04-04T23:30", "America/Santiago"),
        local("2026-04-04T21:30", "Pacific/Easter"),
        local("2011-12-30T12:00", "Pacific/Apia"),
    ];
    let mut with_offset = local("2026-12-15T14:00", "America/Santiago");
    with_offset["offset"] = json!("-04:00");
    wrong.push(with_offset);
    for start in wrong {
        let slot = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": start});
        let block = json!({"start": start, "end": text(at(9, 60)), "reason": "x"});
        let moved = format!("/v1/appointments/{}/reschedule", test.appointment);
        for (path, body) in [
            ("/v1/appointments", &slot),
            ("/v1/holds", &slot),
            ("/v1/agents/7/blocks", &block),
            ("/v1/office/blocks", &block),
            (&*moved, &json!({"start": start})),
        ] {
            let problem = client.post(path).body(body).answer().await.refused(422, "invalid_time");
            assert_eq!(problem["field"], "start", "{path} {start}");
        }
    }
    test.assert_nothing_stored().await;
}

/// Years beyond four digits, with a sign, are what a database would not take.
#[tokio::test]
async fn a_time_that_is_out_of_reach() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    for far in [
        json!("0000-01-01T00:00:00Z"),
        json!("1899-12-31T23:59:59Z"),
        json!("9000-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59-23:59"),
        local("-9999-01-01T00:00", "America/Santiago"),
        local("+99999-01-01T00:00", "America/Santiago"),
        local("-262143-01-01T00:00", "America/Santiago"),
        local("+262142-12-31T23:59", "Pacific/Apia"),
    ] {
        let slot = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": far});
        let starts = json!({"start": far, "end": text(at(9, 60)), "reason": "x"});
        let ends = json!({"start": text(at(9, 0)), "end": far, "reason": "x"});
        let moved = format!("/v1/appointments/{}/reschedule", test.appointment);
        for (path, body, field) in [
            ("/v1/appointments", &slot, "start"),
            ("/v1/holds", &slot, "start"),
            ("/v1/agents/7/blocks", &starts, "start"),
            ("/v1/agents/7/blocks", &ends, "end"),
            ("/v1/office/blocks", &starts, "start"),
            ("/v1/office/blocks", &ends, "end"),
            (&*moved, &json!({"start": far}), "start"),
        ] {
            let answer = client.post(path).body(body).answer().await;
            let problem = answer.refused(400, "malformed_request");
            assert_eq!(problem["field"], field, "{path} {far}");
            assert!(problem["detail"].as_str().unwrap().contains("the years 1900 to 8999"), "{problem}");
        }
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_doubled_time_is_understood_with_its_offset_and_then_weighed_as_any_other() {
    let test = Unchanged::new().await;
    for offset in ["-03:00", "-04:00"] {
        let mut start = local("2026-04-04T23:30", "America/Santiago");
        start["offset"] = json!(offset);
        let body = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": start});
        let answer = test.given.client.post("/v1/appointments").body(&body).answer().await;
        assert_eq!(answer.refused(409, "slot_unavailable")["reason"], "past");
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn times_beyond_what_can_be_booked_are_refused_with_their_reason() {
    let test = Unchanged::new().await;
    for (start, reason) in [
        (text(at(0, 0)), "past"),
        ("2001-01-01T00:00:00Z".to_owned(), "past"),
        ("1900-01-01T00:00:00Z".to_owned(), "past"),
        (text(at(1000, 0)), "beyond_horizon"),
        ("8999-12-31T23:59:59Z".to_owned(), "beyond_horizon"),
        (text(at(3, 7)), "off_grid"),
        ("2099-12-31T00:00:01Z".to_owned(), "beyond_horizon"),
    ] {
        let body = json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": start});
        for path in ["/v1/appointments", "/v1/holds"] {
            let answer = test.given.client.post(path).body(&body).answer().await;
            let refused = answer.refused(409, "slot_unavailable");
            assert_eq!(refused["reason"], reason, "{start}");
            assert_eq!(refused["last_date"].is_string(), reason == "beyond_horizon", "{refused}");
        }
        let path = format!("/v1/appointments/{}/reschedule", test.appointment);
        let answer = test.given.client.post(&path).body(&json!({"start": start})).answer().await;
        assert_eq!(answer.refused(409, "slot_unavailable")["reason"], reason, "{start}");
    }
    test.assert_nothing_stored().await;
}
