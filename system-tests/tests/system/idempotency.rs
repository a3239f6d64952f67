use serde_json::{Value, json};
use system_tests::{Answer, Citas, Client, Request};

use crate::support::{Given, VISIT, always, at, book, booking, day, text, type_of};

/// Sends the same request twice and expects the very same answer, marked as a repetition.
async fn twice(request: impl Fn() -> Request) -> Value {
    let first = request().key("the-key").answer().await.success();
    assert!(!first.headers.contains_key("idempotent-replay"), "{first:?}");
    let again = request().key("the-key").answer().await;
    assert_same(&first, &again);
    first.json()
}

fn assert_same(first: &Answer, again: &Answer) {
    assert_eq!((first.status, &first.text), (again.status, &again.text), "{}", first.what);
    assert_eq!(again.header("idempotent-replay"), "true", "{again:?}");
    for name in ["etag", "location", "content-type"] {
        assert_eq!(first.headers.get(name), again.headers.get(name), "{name}: {}", first.what);
    }
}

/// A command of every kind, each on a program that has seen nothing else under its key.
pub(crate) async fn every_command(client: &Client) -> Vec<(&'static str, String, Value)> {
    let confirmed = |id: &str, verb: &str| format!("/v1/appointments/{id}/{verb}");
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(book(client, "7", "55", at(3, number * 30)).await);
    }
    let added = client
        .post("/v1/agents/8/availability-rules")
        .body(
            &json!({"day_of_week": 6, "start_time": "01:00", "end_time": "02:00", "appointment_type": VISIT}),
        )
        .ok()
        .await;
    client.put(&format!("/v1/agents/7/exceptions/{}", day(9))).body(&json!({"intervals": []})).ok().await;
    let block = json!({"start": text(at(5, 0)), "end": text(at(5, 60)), "reason": "x"});
    let blocked = client.post("/v1/agents/7/blocks").body(&block).ok().await;
    let office_blocked = client.post("/v1/office/blocks").body(&block).ok().await;
    let daily = json!({"start": text(at(5, 720)), "end": text(at(5, 750)), "recurrence": "FREQ=DAILY"});
    let every_day = client.post("/v1/agents/7/blocks").body(&daily).ok().await;
    let every_office_day = client.post("/v1/office/blocks").body(&daily).ok().await;
    let of_agent = format!("/v1/agents/7/blocks/{}", every_day["block_id"].as_str().unwrap());
    let of_office = format!("/v1/office/blocks/{}", every_office_day["block_id"].as_str().unwrap());
    let on = |block: &str, days: u64| format!("{block}/occurrences/{}", day(days));
    let moved = json!({"start": text(at(6, 760)), "end": text(at(6, 770))});
    let hold = |lead: &str, start: i64| booking("7", lead, at(4, start));
    let released = client.post("/v1/holds").body(&hold("56", 0)).ok().await;
    let used = client.post("/v1/holds").body(&hold("56", 30)).ok().await;
    let any = json!({"lead_id": "57", "appointment_type": VISIT, "start": text(at(4, 300))});
    vec![
        ("PUT", "/v1/office".into(), json!({"name": "Once"})),
        ("PUT", "/v1/office/appointment-types/tour".into(), type_of(20)),
        ("DELETE", "/v1/office/appointment-types/call".into(), Value::Null),
        ("PUT", "/v1/office/weekly-hours".into(), always("09:00", "18:00")),
        ("POST", "/v1/office/blocks".into(), block.clone()),
        (
            "DELETE",
            format!("/v1/office/blocks/{}", office_blocked["block_id"].as_str().unwrap()),
            Value::Null,
        ),
        ("PUT", on(&of_office, 6), moved.clone()),
        ("DELETE", on(&of_office, 7), Value::Null),
        ("PUT", of_office, json!({"date": day(30)})),
        ("PUT", "/v1/agents/9".into(), json!({"name": "New", "time_zone": "UTC"})),
        ("PUT", "/v1/agents/10/weekly-hours".into(), always("09:00", "18:00")),
        (
            "POST",
            "/v1/agents/7/availability-rules".into(),
            json!({"day_of_week": 0, "start_time": "01:00", "end_time": "02:00", "appointment_type": VISIT}),
        ),
        (
            "DELETE",
            format!("/v1/agents/8/availability-rules/{}", added["rule_ids"][0].as_str().unwrap()),
            Value::Null,
        ),
        ("PUT", format!("/v1/agents/7/exceptions/{}", day(10)), json!({"intervals": []})),
        ("DELETE", format!("/v1/agents/7/exceptions/{}", day(9)), Value::Null),
        ("PUT", on(&of_agent, 6), moved),
        ("DELETE", on(&of_agent, 7), Value::Null),
        ("PUT", of_agent, json!({"date": day(30)})),
        ("POST", "/v1/agents/7/blocks".into(), block),
        ("DELETE", format!("/v1/agents/7/blocks/{}", blocked["block_id"].as_str().unwrap()), Value::Null),
        ("PUT", "/v1/leads/56".into(), json!({"name": "Zoraida", "preferred_channel": "email"})),
        ("PATCH", "/v1/leads/57".into(), json!({"phone": "+56977712345"})),
        (
            "PUT",
            "/v1/leads/57/consents/reminders".into(),
            json!({"channel": "whatsapp", "given": true, "source": "Chat"}),
        ),
        ("POST", "/v1/holds".into(), hold("59", 60)),
        ("DELETE", format!("/v1/holds/{}", released["hold_id"].as_str().unwrap()), Value::Null),
        ("POST", "/v1/appointments".into(), booking("7", "58", at(4, 90))),
        ("POST", "/v1/appointments".into(), any),
        ("POST", "/v1/appointments".into(), json!({"lead_id": "56", "hold_id": used["hold_id"]})),
        ("POST", confirmed(&ids[0], "confirm"), json!({})),
        ("POST", confirmed(&ids[1], "cancel"), json!({"reason": "x"})),
        ("POST", confirmed(&ids[2], "reschedule"), json!({"start": text(at(4, 150))})),
        ("POST", confirmed(&ids[3], "reassign"), json!({"agent_id": "8"})),
        (
            "POST",
            "/v1/agents/8/appointments/move".into(),
            json!({"from": text(at(3, 0)), "to": text(at(4, 0)), "reason": "x"}),
        ),
        ("POST", "/v1/agents/10/deactivate".into(), json!({"keep_appointments": true})),
    ]
}

fn request(client: &Client, (method, path, body): &(&'static str, String, Value)) -> Request {
    let request = client.request(method, path);
    if body.is_null() { request } else { request.body(body) }
}

#[tokio::test]
async fn a_repeated_command_of_any_kind_gets_its_first_answer_also_from_another_process() {
    let given = Given::agency(&["7", "8", "10"]).await;
    let commands = every_command(&given.client).await;
    let mut first = Vec::new();
    for (number, command) in commands.iter().enumerate() {
        let key = format!("key-{number}");
        let answer = request(&given.client, command).key(&key).answer().await.success();
        assert!(!answer.headers.contains_key("idempotent-replay"), "{answer:?}");
        assert_same(&answer, &request(&given.client, command).key(&key).answer().await);
        first.push(answer);
    }
    // By now everything has been read from the log as well, and other commands lie between.
    crate::support::all(&given.client, "/v1/agents", &crate::support::head(&given.client).await).await;
    for (number, command) in commands.iter().enumerate() {
        assert_same(
            &first[number],
            &request(&given.client, command).key(&format!("key-{number}")).answer().await,
        );
    }
    let given = given.restarted(Citas::kill).await;
    for (number, command) in commands.iter().enumerate() {
        let again = request(&given.client, command).key(&format!("key-{number}")).answer().await;
        assert_same(&first[number], &again);
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    let booked = twice(|| client.post("/v1/appointments").body(&booking("7", "55", at(3, 0)))).await;
    let id = booked["appointment_id"].as_str().unwrap();
    for (method, path, body) in [
        ("POST", "/v1/appointments".to_owned(), booking("7", "55", at(3, 30))),
        ("POST", "/v1/appointments".to_owned(), booking("8", "55", at(3, 0))),
        ("POST", format!("/v1/appointments/{id}/confirm"), json!({})),
        ("PUT", "/v1/agents/8/weekly-hours".to_owned(), always("09:00", "18:00")),
        (
            "POST",
            "/v1/appointments".to_owned(),
            json!({"lead_id": "1", "appointment_type": VISIT, "start": text(at(3, 60))}),
        ),
    ] {
        let answer = request(&client, &(method, path, body)).key("the-key").answer().await;
        answer.refused(422, "idempotency_mismatch");
    }
    // Another key is another request, and one without a key is always new.
    let other =
        client.post("/v1/appointments").body(&booking("7", "55", at(3, 0))).key("another").answer().await;
    other.refused(409, "lead_has_appointment");
}

#[tokio::test]
async fn a_refused_command_is_decided_anew_under_the_same_key() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let first = book(&client, "7", "55", at(3, 0)).await;
    let send = || client.post("/v1/appointments").body(&booking("7", "56", at(3, 0))).key("patient");
    send().answer().await.refused(409, "slot_unavailable");
    client.post(&format!("/v1/appointments/{first}/cancel")).ok().await;
    let booked = send().answer().await.success();
    assert!(!booked.headers.contains_key("idempotent-replay"));
}

#[tokio::test]
async fn a_key_sent_twice_at_once_books_once() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    for slot in 0..20 {
        let key = format!("key-{slot}");
        let any = json!({"lead_id": "57", "appointment_type": VISIT, "start": text(at(4, slot * 30))});
        let body = if slot % 2 == 0 { any } else { booking("7", "57", at(5, slot * 30)) };
        let senders: Vec<_> = (0..4).map(|_| client.another()).collect();
        let sent =
            senders.iter().map(|client| client.post("/v1/appointments").body(&body).key(&key).answer());
        let answers = futures::future::join_all(sent).await;
        let texts: Vec<_> = answers.into_iter().map(|answer| answer.success().text).collect();
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    }
}
