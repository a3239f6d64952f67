use serde_json::{Value, json};

use super::{Unchanged, assert_names};
use crate::support::{at, day, text};

#[tokio::test]
async fn hours_that_make_no_sense() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    let rule = |changes: Value| {
        let mut rule = json!({"day_of_week": 0, "start_time": "09:00", "end_time": "10:00"});
        rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        rule
    };
    let a_monday = json!("2026-11-30");
    for wrong in [
        rule(json!({"end_time": "09:00"})),
        rule(json!({"start_time": "24:00", "end_time": "01:00"})),
        rule(json!({"valid_from": "2026-12-02", "valid_until": "2026-12-01"})),
        rule(json!({"is_recurring": false})),
        rule(json!({"is_recurring": false, "valid_from": "2026-12-01"})),
        rule(json!({"is_recurring": false, "valid_from": a_monday, "valid_until": "2026-12-07"})),
        rule(json!({"max_appointments_per_slot": 0})),
        rule(json!({"max_appointments_per_slot": 1001})),
    ] {
        client
            .post("/v1/agents/7/availability-rules")
            .body(&wrong)
            .answer()
            .await
            .refused(400, "invalid_rule");
        let rules = json!({"rules": [rule(json!({})), wrong]});
        for path in ["/v1/agents/7/weekly-hours", "/v1/office/weekly-hours"] {
            client.put(path).body(&rules).answer().await.refused(400, "invalid_rule");
        }
    }
    let in_list = json!({"rules": [rule(json!({})), rule(json!({"day_of_week": 9}))]});
    let answer = client.put("/v1/agents/7/weekly-hours").body(&in_list).answer().await;
    assert_names(&answer, "rules[1].day_of_week");
    for far in ["-9999-01-01", "1899-12-31", "9000-01-01", "+99999-01-01"] {
        for member in ["valid_from", "valid_until"] {
            let in_list = json!({"rules": [rule(json!({})), rule(json!({member: far}))]});
            for path in ["/v1/agents/7/weekly-hours", "/v1/office/weekly-hours"] {
                let answer = client.put(path).body(&in_list).answer().await;
                assert_names(&answer, &format!("rules[1].{member}"));
            }
            let answer = client
                .post("/v1/agents/7/availability-rules")
                .body(&rule(json!({member: far})))
                .answer()
                .await;
            assert_names(&answer, member);
        }
    }
    let many = json!({"rules": vec![rule(json!({})); 201]});
    client.put("/v1/agents/7/weekly-hours").body(&many).answer().await.refused(409, "calendar_full");
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn exceptions_that_make_no_sense() {
    let test = Unchanged::new().await;
    let interval = |start: &str, end: &str| json!({"start_time": start, "end_time": end});
    let path = format!("/v1/agents/7/exceptions/{}", day(9));
    for wrong in [
        json!([interval("24:00", "09:00")]),
        json!([interval("09:00", "09:00")]),
        json!([interval("09:00", "11:00"), interval("10:00", "12:00")]),
    ] {
        let answer = test.given.client.put(&path).body(&json!({"intervals": wrong})).answer().await;
        answer.refused(400, "invalid_rule");
    }
    let unknown = json!({"intervals": [{"start_time": "09:00", "end_time": "10:00", "reason": "x"}]});
    assert_names(&test.given.client.put(&path).body(&unknown).answer().await, "intervals[0].reason");
    for date in ["-9999-01-01", "1899-12-31", "9000-01-01", "+99999-01-01"] {
        let path = format!("/v1/agents/7/exceptions/{date}");
        assert_names(&test.given.client.put(&path).body(&json!({"intervals": []})).answer().await, "date");
        test.given.client.delete(&path).answer().await.refused(404, "exception_not_found");
    }
    for date in ["2026-02-30", "yesterday", "2026-W50", "24-12-2026", "2026-12-24T00:00:00Z"] {
        let path = format!("/v1/agents/7/exceptions/{date}");
        assert_names(&test.given.client.put(&path).body(&json!({"intervals": []})).answer().await, "date");
        assert_names(&test.given.client.delete(&path).answer().await, "date");
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn recurrences_that_cannot_be_expanded() {
    let test = Unchanged::new().await;
    for recurrence in [
        "",
        "often",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;UNTIL=99991231",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;X-NAME=1",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY",
        "FREQ=DAILY;",
        "FREQ=DAÍLY",
        "FREQ",
        "FREQ=",
        "FREQ==DAILY",
        "=",
        ";",
        "\n",
        "INTERVAL=2",
        "FREQ=MINUTELY",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY,WEEKLY",
        "FREQ=DAILY WEEKLY",
        "FREQ=DAILY;;COUNT=3",
        "FREQ=DAILY;COUNT",
        "FREQ=DAILY;COUNT=",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1.5",
        "FREQ=DAILY;COUNT=10001",
        "FREQ=DAILY;INTERVAL=1001",
        "FREQ=DAILY;UNTIL=",
        "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;UNTIL=18991231",
        "FREQ=DAILY;UNTIL=20200101",
        "FREQ=DAILY;UNTIL=20271224T250000Z",
        "FREQ=DAILY;UNTIL=2027-12-24",
        "FREQ=DAILY;WKST=XX",
        "FREQ=DAILY;BYMINUTE=0",
        "FREQ=DAILY;BYSECOND=0",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=DAILY;BYYEARDAY=1",
        "FREQ=DAILY;EXDATE=20270101",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=MO,,TU",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=54MO",
        "FREQ=MONTHLY;BYMONTH=0",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=-32",
        "FREQ=MONTHLY;BYWEEKNO=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=54",
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
        "FREQ=YEARLY;BYYEARDAY=367",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=DAILY\u{0}",
    ] {
        let block =
            json!({"start": text(at(9, 0)), "end": text(at(9, 60)), "reason": "x", "recurrence": recurrence});
        for path in ["/v1/agents/7/blocks", "/v1/office/blocks"] {
            assert_names(&test.given.client.post(path).body(&block).answer().await, "recurrence");
        }
    }
    let too_long = json!({"start": text(at(9, 0)), "end": text(at(376, 0)), "recurrence": "FREQ=YEARLY"});
    for path in ["/v1/agents/7/blocks", "/v1/office/blocks"] {
        assert_names(&test.given.client.post(path).body(&too_long).answer().await, "end");
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn types_that_make_no_sense() {
    let test = Unchanged::new().await;
    for (member, value) in [
        ("duration_minutes", json!(0)),
        ("duration_minutes", json!(1441)),
        ("slot_step_minutes", json!(0)),
        ("slot_step_minutes", json!(1441)),
        ("buffer_before_minutes", json!(1441)),
        ("buffer_after_minutes", json!(1441)),
        ("min_notice_minutes", json!(527_041)),
        ("horizon_days", json!(733)),
        ("daily_limit", json!(0)),
    ] {
        let mut body = crate::support::type_of(30);
        body[member] = value;
        let answer = test.given.client.put("/v1/office/appointment-types/tour").body(&body).answer().await;
        let problem = answer.refused(400, "invalid_type");
        assert!(problem["detail"].as_str().unwrap().contains(member), "{problem}");
    }
    let names: serde_json::Map<_, _> = (0..21).map(|number| (format!("x-{number}"), json!("n"))).collect();
    let mut body = crate::support::type_of(30);
    body["name"] = names.into();
    let answer = test.given.client.put("/v1/office/appointment-types/tour").body(&body).answer().await;
    assert_names(&answer, "name");
    test.assert_nothing_stored().await;
}
