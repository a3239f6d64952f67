use serde_json::{Value, json};
use system_tests::{Answer, Client};

use crate::support::{Given, all, always, at, book, head, text, type_of};

#[tokio::test]
async fn a_change_made_on_an_old_version_is_refused_and_on_the_present_one_done() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 0)).await;
    let appointment = |verb: &str| format!("/v1/appointments/{id}/{verb}");
    client.put("/v1/leads/55").body(&json!({"name": "Carla"})).ok().await;
    let consent = json!({"channel": "sms", "given": true, "source": "Chat"});
    for (shown_at, method, path, body) in [
        ("/v1/office", "PUT", "/v1/office".to_owned(), json!({"name": "Once"})),
        ("/v1/office", "PUT", "/v1/office/weekly-hours".to_owned(), always("09:00", "18:00")),
        ("/v1/office", "PUT", "/v1/office/appointment-types/visit".to_owned(), type_of(20)),
        ("/v1/agents/7", "PUT", "/v1/agents/7".to_owned(), json!({"name": "Eva", "time_zone": "UTC"})),
        ("/v1/agents/7", "PUT", "/v1/agents/7/weekly-hours".to_owned(), always("00:00", "23:00")),
        ("/v1/leads/55", "PUT", "/v1/leads/55".to_owned(), json!({"name": "Carla Soto"})),
        ("/v1/leads/55", "PUT", "/v1/leads/55/consents/promotion".to_owned(), consent),
        (&*format!("/v1/appointments/{id}"), "POST", appointment("confirm"), json!({})),
        (
            &*format!("/v1/appointments/{id}"),
            "POST",
            appointment("reschedule"),
            json!({"start": text(at(4, 0))}),
        ),
        (&*format!("/v1/appointments/{id}"), "POST", appointment("cancel"), json!({})),
    ] {
        let position = head(&client).await;
        let shown = client.get(&format!("{shown_at}?min_position={position}")).answer().await.success();
        let version = if path.contains("/appointment-types/") {
            // A type is shown with the office, with a version of its own.
            let types = shown.json()["appointment_types"].clone();
            let one =
                types.as_array().unwrap().iter().find(|one| path.ends_with(one["code"].as_str().unwrap()));
            one.unwrap()["version"].as_u64().unwrap()
        } else {
            shown.tagged_version()
        };
        let send = |version| client.request(method, &path).body(&body).if_match(version);
        for other in [version - 1, version + 1, version + 100, 999_999] {
            send(other).answer().await.refused(412, "stale_version");
        }
        let changed = send(version).answer().await.success();
        assert_eq!(changed.header("etag"), format!("\"{}\"", changed.json()["version"]), "{path}");
        assert_eq!(changed.json()["version"].as_u64().unwrap(), version + 1, "{path}");
        send(version).answer().await.refused(412, "stale_version");
    }
}

#[tokio::test]
async fn of_two_who_have_seen_the_same_version_one_is_told_that_it_is_old() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 0)).await;
    let version = client
        .get(&format!("/v1/appointments/{id}?min_position={}", head(&client).await))
        .ok()
        .await["version"]
        .clone();
    let version = version.as_u64().unwrap();
    let send = |minutes: i64| {
        let path = format!("/v1/appointments/{id}/reschedule");
        client.post(&path).body(&json!({"start": text(at(3, minutes))})).if_match(version)
    };
    send(60).ok().await;
    let stale = send(90).answer().await.refused(412, "stale_version");
    assert!(stale["current_version"].as_u64().unwrap() > version);
}

/// What an answer tells, and what the next query of the same thing does.
async fn assert_shown(client: &Client, path: &str, answer: &Answer) {
    let said = answer.json();
    assert_eq!(answer.header("etag"), format!("\"{}\"", said["version"]), "{answer:?}");
    let agent = path.strip_prefix("/v1/agents/").map(|rest| rest.split('/').next().unwrap());
    let is_deleted = answer.what.starts_with("DELETE");
    let text = |name: &str| said[name].as_str().map(str::to_owned);
    let move_id = text("move_id").map(|id| format!("/v1/moves/{id}"));
    let shown_at = match (text("appointment_id"), text("hold_id"), text("block_id"), agent) {
        _ if move_id.is_some() => move_id.unwrap_or_default(),
        (Some(id), ..) => format!("/v1/appointments/{id}"),
        (None, Some(id), ..) => format!("/v1/holds/{id}"),
        (.., Some(id), Some(agent)) if !is_deleted => format!("/v1/agents/{agent}/blocks/{id}"),
        (.., Some(agent)) => format!("/v1/agents/{agent}"),
        _ if path.starts_with("/v1/leads/") => format!("/v1/leads/{}", text("lead_id").unwrap()),
        _ => "/v1/office".to_owned(),
    };
    let found = client.get(&format!("{shown_at}?min_position={}", said["position"])).answer().await;
    if said["hold_id"].is_string() && is_deleted {
        found.refused(404, "hold_not_found");
        return;
    }
    let (tagged, mut found) = (found.tagged_version(), found.success().json());
    if let Some(code) = text("code") {
        let types = found["appointment_types"].as_array().unwrap().clone();
        // One that is retired is not shown any more.
        let Some(shown) = types.into_iter().find(|shown| shown["code"] == *code) else { return };
        found = shown;
    } else {
        assert_eq!(tagged, answer.tagged_version(), "{answer:?}");
    }
    if let Some(id) = found["id"].as_str().map(str::to_owned) {
        found["appointment_id"] = json!(id);
    }
    if shown_at == "/v1/office"
        && let Some(block_id) = text("block_id")
    {
        let mut blocks = found["blocks"].as_array().unwrap().iter();
        let shown = blocks.find(|shown| shown["block_id"] == *block_id).cloned();
        assert_eq!(shown.is_none(), is_deleted && !path.contains("/occurrences/"), "{answer:?} {found}");
        let Some(shown) = shown else { return };
        let version = found["version"].take();
        found = shown;
        found["version"] = version;
    }
    // What is personal is in no answer of a command.
    for consent in found["consents"].as_array_mut().into_iter().flatten() {
        consent.as_object_mut().unwrap().retain(|member, _| member != "source" && member != "wording");
    }
    for (name, value) in said.as_object().unwrap() {
        let is_elsewhere = ["position", "rule_ids", "date"].contains(&name.as_str())
            || is_deleted && said["block_id"].is_string() && name != "version";
        assert!(is_elsewhere || found[name] == *value, "{name}: {answer:?} {found}");
    }
}

#[tokio::test]
async fn what_any_command_is_answered_is_what_the_next_query_shows() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8", "10"]).await;
    for (method, path, body) in crate::idempotency::every_command(&client).await {
        let request = client.request(method, &path);
        let request = if body.is_null() { request } else { request.body(&body) };
        assert_shown(&client, &path, &request.answer().await.success()).await;
    }
}

/// One who has read an appointment before it went to another agent and was moved there does not cancel it unseen.
#[tokio::test]
async fn a_version_goes_on_with_another_agent() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    // Agent 7 has a long history, agent 8 next to none.
    for number in 0..12 {
        book(&client, "7", "56", at(5, number * 30)).await;
    }
    let id = book(&client, "7", "55", at(3, 0)).await;
    let send = |verb: &str, body: Value| client.post(&format!("/v1/appointments/{id}/{verb}")).body(&body);
    let confirmed = send("confirm", json!({})).answer().await.success();
    assert_shown(&client, "", &confirmed).await;
    let reassigned = send("reassign", json!({"agent_id": "8"})).answer().await.success();
    assert_shown(&client, "", &reassigned).await;
    assert_eq!((confirmed.header("etag"), reassigned.header("etag")), ("\"2\"", "\"3\""));
    let moved = send("reschedule", json!({"start": text(at(3, 300))})).if_match(3).answer().await.success();
    assert_shown(&client, "", &moved).await;
    for number in 0..12 {
        book(&client, "8", "57", at(6, number * 30)).await;
    }
    for old in [0, 1, 2, 3, 18] {
        let refused = send("cancel", json!({})).if_match(old).answer().await.refused(412, "stale_version");
        assert_eq!(refused["current_version"], 4);
    }
    let back = send("reassign", json!({"agent_id": "7"})).if_match(4).answer().await.success();
    assert_shown(&client, "", &back).await;
    send("cancel", json!({})).if_match(5).ok().await;
}

#[tokio::test]
async fn any_version_matches_what_exists_and_nothing_else() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let profile = json!({"name": "Eva", "time_zone": "UTC"});
    let update =
        |agent: &str| client.put(&format!("/v1/agents/{agent}")).body(&profile).header("if-match", "*");
    update("9").answer().await.refused(412, "stale_version");
    update("7").ok().await;
    let kind = |code: &str| {
        let path = format!("/v1/office/appointment-types/{code}");
        client.put(&path).body(&type_of(20)).header("if-match", "*")
    };
    kind("unheard_of").answer().await.refused(412, "stale_version");
    kind("visit").ok().await;
    client.put("/v1/office").body(&json!({"name": "Once"})).header("if-match", "*").ok().await;
}

#[tokio::test]
async fn a_query_is_as_new_as_it_is_asked_to_be_and_says_how_new_it_is() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    for number in 0..20 {
        let start = at(3, number * 30);
        let booked =
            client.post("/v1/appointments").body(&crate::support::booking("7", "55", start)).ok().await;
        let (id, position) =
            (booked["appointment_id"].as_str().unwrap(), booked["position"].as_u64().unwrap());
        let shown =
            client.get(&format!("/v1/appointments/{id}?min_position={position}")).answer().await.success();
        assert!(shown.header("x-position").parse::<u64>().unwrap() >= position);
        let listed = all(&client, "/v1/appointments?lead_id=55", &booked["position"]).await;
        assert_eq!(listed.len(), usize::try_from(number).unwrap() + 1);
    }
    let behind = client.get("/v1/office?min_position=99999999999").answer().await;
    assert_eq!((behind.status.as_u16(), behind.json()["code"].as_str()), (503, Some("behind")));
    assert_eq!(behind.header("retry-after"), "1");
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 0)).await;
    let position = head(&client).await;
    let range = format!("from={}&to={}&min_position={position}", text(at(3, 0)), text(at(4, 0)));
    for path in [
        format!("/v1/office?min_position={position}"),
        "/v1/agents".to_owned(),
        "/v1/agents/7".to_owned(),
        format!("/v1/agents/7/calendar?{range}"),
        format!("/v1/agents/7/availability?{range}"),
        format!("/v1/slots?appointment_type=visit&{range}"),
        format!("/v1/calendar?{range}"),
        format!("/v1/summary?{range}"),
        "/v1/appointments".to_owned(),
        format!("/v1/appointments/{id}"),
        format!("/v1/appointments/{id}/history"),
        "/livez".to_owned(),
        "/readyz".to_owned(),
    ] {
        let (got, headed) = (client.get(&path).answer().await, client.head(&path).answer().await);
        assert_eq!((got.status, headed.status), (headed.status, got.success().status), "{path}");
        assert_eq!(headed.text, "", "{path}");
        let got = client.get(&path).answer().await;
        // References to slots change with the hour.
        let names = ["x-position", "content-type", "cache-control", "content-length", "etag"];
        for name in &names[..if path.starts_with("/v1/slots") { 4 } else { 5 }] {
            assert_eq!(got.headers.get(*name), headed.headers.get(*name), "{name}: {path}");
        }
    }
    let context = client.head("/v1/leads/55/context").answer().await.success();
    assert_eq!((context.text.as_str(), context.header("cache-control")), ("", "no-store"));
}

#[tokio::test]
async fn the_operators_questions_are_answered() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    assert_eq!(client.stranger().get("/livez").ok().await["status"], "live");
    let ready = client.stranger().get("/readyz").ok().await;
    let checks = ["storage", "read_model", "directory", "parked_streams", "clock"];
    let tzdb_version = availability::zone::tzdb_version();
    assert_eq!(ready, json!({"status": "ready", "checks": checks, "tzdb_version": tzdb_version}));
    let metrics = client.get("/metrics").answer().await.success();
    assert!(metrics.header("content-type").starts_with("text/plain"), "{metrics:?}");
    for name in ["http_requests_total", "reactor_position", "command_batch_size"] {
        assert!(metrics.text.contains(name), "{name}: {}", metrics.text);
    }
    assert_ne!(client.get("/v1/office").ok().await["version"], Value::Null);
}
