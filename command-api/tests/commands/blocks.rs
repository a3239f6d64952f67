//! Blocks of whole days, their changes and occurrences, and what moves with a zone.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{BOOK, agency, hour, send, server};

#[actix_web::test]
async fn whole_days_changes_and_occurrences_count_in_the_agents_version() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let path = format!("/v1/agents/{}/blocks", store.name("a"));
    let vacation = json!({"date": "2026-12-21", "until": "2026-12-24", "reason": "Vacaciones"});
    let made = send(&server, (Method::POST, &path), "", vacation).await;
    assert_eq!(made.status, 201, "{made:?}");
    let of = |answer: &Value| format!("{path}/{}", answer["block_id"].as_str().unwrap());
    let weekly = json!({"date": "2026-12-21", "recurrence": "FREQ=WEEKLY"});
    let changed = send(&server, (Method::PUT, &of(&made.body)), "", weekly).await;
    assert_eq!((changed.status, &changed.body["block_id"]), (200, &made.body["block_id"]), "{changed:?}");
    let version = |answer: &Value| answer["version"].as_u64().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(version(&changed.body), version(&made.body) + 1);

    let occurrence = |date: &str| format!("{}/occurrences/{date}", of(&made.body));
    let skipped = send(&server, (Method::DELETE, &occurrence("2026-12-28")), "", json!({})).await;
    assert_eq!((skipped.status, version(&skipped.body)), (200, version(&changed.body) + 1), "{skipped:?}");
    let again = send(&server, (Method::DELETE, &occurrence("2026-12-28")), "", json!({})).await;
    assert_eq!((again.status, version(&again.body)), (200, version(&skipped.body)), "it is left out already");
    let to = json!({"date": "2027-01-05", "until": "2027-01-06"});
    let moved = send(&server, (Method::PUT, &occurrence("2027-01-04")), "", to.clone()).await;
    assert_eq!((moved.status, version(&moved.body)), (200, version(&skipped.body) + 1), "{moved:?}");

    let none = send(&server, (Method::PUT, &occurrence("2027-01-05")), "", to).await;
    assert_eq!((none.status, &none.body["code"]), (404, &json!("block_not_found")), "{none:?}");
    assert_eq!(none.body["date"], "2027-01-05");
    let hours = json!({"start": hour(0), "end": hour(1)});
    let other_kind = send(&server, (Method::PUT, &occurrence("2027-01-04")), "", hours).await;
    assert_eq!((other_kind.status, &other_kind.body["field"]), (400, &json!("start")), "{other_kind:?}");
}

#[actix_web::test]
async fn a_changed_block_is_refused_for_appointments_in_it() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(30))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let path = format!("/v1/agents/{}/blocks", store.name("a"));
    let daily = json!({"start": hour(4), "end": hour(5), "recurrence": "FREQ=DAILY"});
    let made = send(&server, (Method::POST, &path), "", daily).await;
    let block = format!("{path}/{}", made.body["block_id"].as_str().unwrap());
    let occurrence = format!("{block}/occurrences/2026-12-15");
    for (at, start, end) in [(&occurrence, 30, 31), (&block, 29, 32)] {
        let mut time = json!({"start": hour(start), "end": hour(end)});
        let refused = send(&server, (Method::PUT, at), "", time.clone()).await;
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("block_overlaps_appointments")));
        time["on_overlap"] = json!("keep");
        let kept = send(&server, (Method::PUT, &format!("{at}?dry_run=true")), "", time).await;
        assert_eq!(kept.status, 200, "{kept:?}");
        assert_eq!(kept.body["conflicts"][0]["findings"][0]["reason"], "blocked", "{kept:?}");
    }
}

#[actix_web::test]
async fn another_zone_of_an_agent_tells_what_moves_with_it() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let agent = format!("/v1/agents/{}", store.name("a"));
    let lunch = json!({"start": hour(4), "end": hour(5), "recurrence": "FREQ=DAILY"});
    let made = send(&server, (Method::POST, &format!("{agent}/blocks")), "", lunch).await;
    assert_eq!(made.status, 201, "{made:?}");
    let once = json!({"start": hour(50), "end": hour(51)});
    send(&server, (Method::POST, &format!("{agent}/blocks")), "", once).await;
    let exception = format!("{agent}/exceptions/2026-12-24");
    send(&server, (Method::PUT, &exception), "", json!({"intervals": []})).await;
    // Lunch on the 15th begins at 13:00, by the clock of Easter Island where it was 11:00 before.
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(30))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let change = json!({"time_zone": "Pacific/Easter"});
    let tried = send(&server, (Method::PATCH, &format!("{agent}?dry_run=true")), "", change.clone()).await;
    let changed = send(&server, (Method::PATCH, &agent), "zone", change.clone()).await;
    let touched = &changed.body["zone_change"];
    assert_eq!(&tried.body["zone_change"], touched, "{tried:?}");
    assert_eq!((&touched["from"], &touched["to"]), (&json!("America/Santiago"), &json!("Pacific/Easter")));
    assert_eq!(touched["block_ids"], json!([made.body["block_id"]]));
    assert_eq!(touched["exceptions"], json!(["2026-12-24"]));
    assert_eq!(touched["appointment_ids"], json!([booked.body["appointment_id"]]));
    assert_eq!(touched["rule_ids"].as_array().unwrap().len(), 14);
    assert_eq!(tried.body["conflicts"][0]["findings"][0]["reason"], "blocked", "{tried:?}");
    let again = send(&server, (Method::PATCH, &agent), "zone", change).await;
    assert_eq!((again.replayed, &again.body), (true, &changed.body));
}

#[actix_web::test]
async fn a_block_of_the_office_is_for_some_agents_alone() {
    let store = Store::own("looks at every agent's appointments").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let region = json!({"regions": [" Ñuble "], "comunas": ["Chillán"]});
    let profile = format!("/v1/agents/{}", store.name("a"));
    assert_eq!(send(&server, (Method::PATCH, &profile), "", region).await.status, 200);
    let day = |members: Value| {
        let mut block = json!({"date": "2026-12-15", "reason": "Feriado"});
        block.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        block
    };
    for agent in ["a", "b"] {
        let booked = send(&server, BOOK, "", store.booking(Some(agent), hour(30))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }
    let tried = (Method::POST, "/v1/office/blocks?dry_run=true");
    for (members, agents) in [
        (json!({"regions": ["ñuble"]}), vec!["a"]),
        (json!({"regions": ["CHILLÁN"]}), vec!["a"]),
        (json!({"agent_ids": [store.name("b")]}), vec!["b"]),
        (json!({"regions": ["Biobío"]}), vec![]),
        (json!({}), vec!["a", "b"]),
    ] {
        let told = send(&server, tried.clone(), "", day(members.clone())).await;
        assert_eq!(told.status, 200, "{told:?}");
        let mut found: Vec<_> = told.body["conflicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|conflict| conflict["agent_id"].as_str().unwrap().to_owned())
            .collect();
        found.sort_unstable();
        let mut expected: Vec<_> = agents.iter().map(|agent| store.name(agent)).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "{members}");
    }
}
