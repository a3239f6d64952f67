//! Imports: many commands in one request, each with an outcome of its own.

use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{import, server};

fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect()
}

fn leads(store: &Store, count: usize, email: &str) -> Vec<Value> {
    let lead =
        |number| json!({"lead_id": store.name(&format!("l{number}")), "name": "Zoraida", "email": email});
    (0..count).map(lead).collect()
}

#[actix_web::test]
async fn an_import_sent_again_changes_nothing_and_answers_every_line_in_order() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let path = "/v1/leads/import";
    let many = leads(&store, 300, "z@example.org");
    let (status, first) = import(&server, &format!("{path}?dry_run=true"), "", &many).await;
    assert_eq!((status, outcomes(&first)), (200, vec!["created"; 300]));
    let (_, first) = import(&server, path, "", &many).await;
    assert_eq!(outcomes(&first), vec!["created"; 300], "the dry run has done nothing");
    for (number, line) in first.iter().enumerate() {
        assert_eq!(line["line"], number + 1);
        assert_eq!(line["id"], many[number]["lead_id"]);
    }
    let (_, again) = import(&server, path, "", &many).await;
    assert_eq!(outcomes(&again), vec!["unchanged"; 300]);
    let mut others = leads(&store, 2, "other@example.org");
    others.push(many[2].clone());
    let (_, changed) = import(&server, path, "", &others).await;
    assert_eq!(outcomes(&changed), ["changed", "changed", "unchanged"]);
}

#[actix_web::test]
async fn a_line_that_is_refused_says_why_and_the_others_are_done() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let named = |name: &str| store.name(name);
    let lines = [
        json!({"lead_id": named("a"), "name": "Ana"}),
        json!({"lead_id": named("b"), "phone": "12"}),
        json!({"lead_id": named("c"), "surname": "Soto"}),
        json!({"name": "Ana"}),
        json!({"lead_id": named("d")}),
    ];
    let (status, answered) = import(&server, "/v1/leads/import", "", &lines).await;
    assert_eq!(status, 200);
    assert_eq!(outcomes(&answered), ["created", "refused", "refused", "refused", "created"]);
    let fields: Vec<_> = answered[1..4].iter().map(|line| &line["problem"]["field"]).collect();
    assert_eq!(fields, ["phone", "surname", "lead_id"]);
    assert_eq!(answered[1]["id"], named("b"));
    assert!(!answered[1].to_string().contains("12\""), "{}", answered[1]);
}

#[actix_web::test]
async fn an_import_with_a_key_gets_its_first_answers_again() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let lines = leads(&store, 5, "z@example.org");
    let key = store.name("key");
    let (_, first) = import(&server, "/v1/leads/import", &key, &lines).await;
    let (_, again) = import(&server, "/v1/leads/import", &key, &lines).await;
    assert_eq!((outcomes(&first), &again), (vec!["created"; 5], &first));
    let (_, other) = import(&server, "/v1/leads/import", &key, &leads(&store, 1, "other@example.org")).await;
    assert_eq!(other[0]["problem"]["code"], "idempotency_mismatch");
}

#[actix_web::test]
async fn agents_and_properties_are_imported_alike() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let agent = json!({"agent_id": store.name("7"), "name": "Ana", "time_zone": "America/Santiago"});
    let property = json!({"property_id": store.name("p"), "title": "Casa", "address": "Av. Providencia 1234",
        "comuna": "Providencia"});
    for (path, line) in [("/v1/agents/import", agent), ("/v1/properties/import", property)] {
        for expected in ["created", "unchanged"] {
            let (_, answered) = import(&server, path, "", std::slice::from_ref(&line)).await;
            assert_eq!(outcomes(&answered), [expected], "{path}: {answered:?}");
        }
    }
}
