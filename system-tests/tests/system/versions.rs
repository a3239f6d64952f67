use serde_json::{Value, json};

use crate::support::{Given, all, always, at, book, head, text, type_of};

#[tokio::test]
async fn a_change_made_on_an_old_version_is_refused_and_on_the_present_one_done() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 0)).await;
    let appointment = |verb: &str| format!("/v1/appointments/{id}/{verb}");
    for (shown_at, method, path, body) in [
        ("/v1/office", "PUT", "/v1/office".to_owned(), json!({"name": "Once"})),
        ("/v1/office", "PUT", "/v1/office/weekly-hours".to_owned(), always("09:00", "18:00")),
        ("/v1/office", "PUT", "/v1/office/appointment-types/visit".to_owned(), type_of(20)),
        ("/v1/agents/7", "PUT", "/v1/agents/7".to_owned(), json!({"name": "Eva", "time_zone": "UTC"})),
        ("/v1/agents/7", "PUT", "/v1/agents/7/weekly-hours".to_owned(), always("00:00", "23:00")),
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
        let version: u64 = shown.header("etag").trim_matches('"').parse().unwrap();
        let send = |version| client.request(method, &path).body(&body).if_match(version);
        send(version + 100).answer().await.refused(412, "stale_version");
        let changed = send(version).answer().await.success();
        assert_eq!(changed.header("etag"), format!("\"{}\"", changed.json()["version"]), "{path}");
        assert!(changed.json()["version"].as_u64().unwrap() > version, "{path}");
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
        for name in ["x-position", "etag", "content-type", "cache-control", "content-length"] {
            assert_eq!(got.headers.get(name), headed.headers.get(name), "{name}: {path}");
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
    assert_eq!(
        ready,
        json!({"status": "ready", "checks": ["storage", "read_model", "directory", "parked_streams", "clock"]})
    );
    let metrics = client.get("/metrics").answer().await.success();
    assert!(metrics.header("content-type").starts_with("text/plain"), "{metrics:?}");
    for name in ["http_requests_total", "reactor_position", "command_batch_size"] {
        assert!(metrics.text.contains(name), "{name}: {}", metrics.text);
    }
    assert_ne!(client.get("/v1/office").ok().await["version"], Value::Null);
}
