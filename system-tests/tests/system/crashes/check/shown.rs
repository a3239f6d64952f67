//! What questions answer in the end, against the log.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt as _, stream};
use serde_json::Value;
use system_tests::Client;

use super::Check;
use super::accepted::is_told;
use crate::history::log::{Event, is_effect};
use crate::support::{all, head};

/// Every appointment as it is shown, by itself, in the list and with its history.
pub(crate) async fn assert_shown(client: &Client, check: &Check<'_>, log: &[Event]) {
    let listed = all(client, "/v1/appointments?sort=created_at", &head(client).await).await;
    let items: BTreeMap<&str, &Value> =
        listed.iter().map(|item| (item["id"].as_str().unwrap(), item)).collect();
    assert_eq!(items.len(), listed.len(), "an appointment is listed twice");
    let stored: BTreeMap<&str, _> = check.timeline.ends().collect();
    assert!(items.keys().eq(stored.keys()), "what is listed is not what is stored");
    for (id, standing) in &stored {
        assert!(is_told(standing, items[id]), "listed as it is not: {} {standing:?}", items[id]);
    }
    let mut changes: HashMap<&str, Vec<u64>> = HashMap::new();
    for event in log.iter().filter(|event| is_effect(&event.kind) && event.kind != "CommandHadNoEffect") {
        changes.entry(&event.id).or_default().push(event.position);
    }
    let some = stored.keys().step_by(stored.len() / HISTORIES + 1).copied();
    let told = stream::iter(some).map(|id| async move { (id, told(client, id).await) });
    let told: Vec<(&str, Vec<u64>)> = told.buffer_unordered(8).collect().await;
    for (id, told) in told {
        assert_eq!(told, changes[id], "the history of {id}");
    }
}

/// Every bulk move as it is shown in the end.
pub(crate) async fn assert_moves_shown(client: &Client, check: &Check<'_>) {
    for listed in all(client, "/v1/moves", &head(client).await).await {
        assert_eq!(listed["status"], "completed", "{listed}");
        let path = format!("/v1/moves/{}", listed["move_id"].as_str().unwrap());
        let shown = client.get(&path).ok().await;
        assert_eq!(shown["counts"], listed["counts"], "{shown}");
        check.bulk_move(&shown, u64::MAX);
    }
}

/// How many histories are read.
const HISTORIES: usize = 1_000;

/// The positions of what is told of an appointment.
async fn told(client: &Client, appointment: &str) -> Vec<u64> {
    let history = client.get(&format!("/v1/appointments/{appointment}/history")).ok().await;
    assert_eq!(history["next_cursor"], Value::Null);
    history["items"].as_array().unwrap().iter().map(|entry| entry["position"].as_u64().unwrap()).collect()
}
