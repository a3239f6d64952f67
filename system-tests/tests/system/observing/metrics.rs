use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::services::Ground;
use crate::support::Given;

/// What is told once a second after the log has been asked how long it is.
fn has_no_lag(text: &str, reactor: &str) -> bool {
    text.contains(&format!("\nreactor_lag_seconds{{reactor=\"{reactor}\"}} 0\n"))
}

/// The metrics that the page says a process has.
fn documented(process: &str) -> BTreeSet<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    let page = std::fs::read_to_string(page).unwrap();
    let sections = page.split("\n## ").skip(1).filter(|section| {
        let heading = section.lines().next().unwrap();
        heading == "Every process" || heading.contains(&format!("`{process}`"))
    });
    let rows = sections.flat_map(|section| section.lines().filter(|line| line.starts_with("| `")));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    let names: BTreeSet<_> =
        cells.flat_map(|cell| cell.split(',')).map(|name| name.trim().trim_matches('`').to_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    names
}

/// The metrics that a process tells of, with their kinds. Each says what it is.
fn told(text: &str) -> BTreeMap<String, String> {
    let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let kinds: BTreeMap<_, _> = kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    for (name, kind) in &kinds {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} does not say what it is");
        assert!(["counter", "gauge", "histogram"].contains(&kind.as_str()), "{name} is a {kind}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
    }
    kinds
}

fn agree(process: &str, text: &str, except: &[&str]) {
    let (mut documented, told) = (documented(process), told(text));
    documented.retain(|name| !except.contains(&name.as_str()));
    let told: BTreeSet<String> = told.into_keys().collect();
    assert_eq!(told, documented, "what {process} tells, and what docs/metrics.md says that it does");
}

#[tokio::test]
async fn what_the_one_process_tells_is_what_the_page_says() {
    let given = Given::agency(&["7"]).await;
    let client = &given.client;
    let last = client.put("/v1/agents/7").body(&json!({"name": "Ana", "time_zone": "UTC"})).ok().await;
    client.get(&format!("/v1/agents/7?min_position={}", last["position"])).ok().await;
    let begun_at = std::time::Instant::now();
    let text = loop {
        let text = client.get("/metrics").answer().await.success().text;
        // Once a second the log is asked how long it is.
        if has_no_lag(&text, "projection") && has_no_lag(&text, "directory") {
            break text;
        }
        assert!(begun_at.elapsed() < system_tests::STEP_TIMEOUT, "{text}");
        tokio::task::yield_now().await;
    };
    agree("citas", &text, &[]);
    for line in [
        r#"command_decisions_total{command="update_agent_profile",outcome="accepted",code=""} 2"#,
        "event_store_reachable 1",
        r#"reactor_parked_streams{reactor="projection"} 0"#,
        r#"reactor_leads{group="citas"} 1"#,
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in {text}");
    }
}

#[tokio::test]
async fn what_the_services_tell_is_what_the_page_says() {
    let ground = Ground::new().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Nothing is sent there.
    let (endpoint, brokers) = (format!("http://{nobody}"), nobody.to_string());
    let traces = ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str());
    let kafka = ("CITAS_KAFKA", brokers.as_str());
    let commands = ground.start("command-api", &[traces, kafka]);
    let projector = ground.start("projector", &[traces, kafka]);
    let queries = ground.start("query-api", &[traces]);
    commands.ready().await;
    let agent = r#"{"name": "Ana", "time_zone": "UTC"}"#;
    let (status, body) = commands.send("PUT", "/v1/agents/7", &[], agent).await;
    assert_eq!(status, 200, "{body}");
    let found = queries.until("/v1/agents/7", |status, _| status == 200).await;
    assert!(found.contains("Ana"), "{found}");

    let text = commands.until("/metrics", |_, text| has_no_lag(text, "directory")).await;
    agree("command-api", &text, &["intake_lag"]);
    agree("query-api", &queries.get("/metrics").await.1, &["slot_cache_breaker_open"]);
    projector.get("/v1/nothing").await;
    let text = projector.until("/metrics", |_, text| has_no_lag(text, "projection")).await;
    agree("projector", &text, &[]);
    assert!(text.contains("\nreactor_leads{group=\"projector\"} 1\n"), "{text}");
}
