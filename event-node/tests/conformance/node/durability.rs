//! What the files hold after a restart or a power cut.

use std::path::Path;

use event_node::{Node, NodeConfig};
use eventstore::{
    AppendToStreamOptions, Client, DeleteStreamOptions, EventData, ReadStreamOptions, StreamMetadata,
    StreamState, TombstoneStreamOptions,
};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::support::{append, client, events, numbers};

async fn start(folder: &Path) -> (Node, Client) {
    let node = Node::start(NodeConfig::new(folder)).await.unwrap();
    let client = client(&node.connection_string());
    (node, client)
}

async fn read(client: &Client, stream: &str) -> Vec<usize> {
    let mut read = client.read_stream(stream, &ReadStreamOptions::default()).await.unwrap();
    let mut found = Vec::new();
    while let Some(resolved) = read.next().await.unwrap() {
        found.push(resolved.event.unwrap());
    }
    numbers(&found)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = start(folder.path()).await;
    let sent = events(0..3);
    append(&client, "s", StreamState::NoStream, sent.clone()).await.unwrap();
    let before = append(&client, "s", StreamState::Any, events(3..4)).await.unwrap();
    append(&client, "deleted", StreamState::NoStream, events(0..1)).await.unwrap();
    client.delete_stream("deleted", &DeleteStreamOptions::default()).await.unwrap();
    client.tombstone_stream("tombstoned", &TombstoneStreamOptions::default()).await.unwrap();
    node.shutdown().await;

    let (node, client) = start(folder.path()).await;
    assert_eq!(read(&client, "s").await, [0, 1, 2, 3]);
    let retry = append(&client, "s", StreamState::Any, sent).await.unwrap();
    assert_eq!(retry.next_expected_version, 2, "a retry is recognised after a restart");
    let after = append(&client, "s", StreamState::StreamRevision(3), events(4..5)).await.unwrap();
    assert!(after.position > before.position);
    assert!(append(&client, "tombstoned", StreamState::Any, events(0..1)).await.is_err());
    assert!(append(&client, "deleted", StreamState::StreamExists, events(0..1)).await.is_err());
    node.shutdown().await;
}

/// A folder copied while the node runs is what a power cut leaves: the WAL file holds what the data file does
/// not hold yet.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_in_the_files_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = start(folder.path()).await;
    append(&client, "s", StreamState::NoStream, events(0..50)).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["events.db", "events.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let (other, other_client) = start(copy.path()).await;
    assert_eq!(read(&other_client, "s").await, (0..50).collect::<Vec<_>>());
    other.shutdown().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn max_count_erases_what_nobody_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = start(folder.path()).await;
    let metadata = StreamMetadata::builder().max_count(2).build();
    let options = AppendToStreamOptions::default();
    client.set_stream_metadata("snapshots", &options, &metadata).await.unwrap();
    for start in (0..100).step_by(10) {
        append(&client, "snapshots", StreamState::Any, events(start..start + 10)).await.unwrap();
    }
    node.shutdown().await;
    let rows: i64 = Connection::open(folder.path().join("events.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM events WHERE type = 'tested'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);
}

/// Makes events as old as if they had been written so many seconds later, their checksums too. Gives their number.
fn move_in_time(folder: &Path, seconds: i64, which: &str) -> usize {
    let file = Connection::open(folder.join("events.db")).unwrap();
    let mut events = file
        .prepare(&format!(
            "SELECT e.position, e.revision, e.created, e.id, s.name, e.type, e.content_type, e.data, e.metadata
             FROM events e JOIN streams s ON s.id = e.stream WHERE {which}"
        ))
        .unwrap();
    let mut rows = events.query([]).unwrap();
    let mut moved = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let number = |column| row.get::<_, i64>(column).unwrap();
        let created = number(2) + seconds * 10_000_000;
        let mut digest = Sha256::new();
        for number in [number(0), number(1), created] {
            digest.update(number.to_be_bytes());
        }
        digest.update(row.get_ref(3).unwrap().as_bytes().unwrap());
        for column in 4..9 {
            let bytes = row.get_ref(column).unwrap().as_bytes().unwrap();
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        }
        let checksum = i64::from_be_bytes(*digest.finalize().first_chunk().unwrap());
        moved.push((number(0), created, checksum));
    }
    for event in &moved {
        let update = "UPDATE events SET created = ?2, checksum = ?3 WHERE position = ?1";
        file.execute(update, *event).unwrap();
    }
    moved.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn max_age_hides_what_is_older() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = start(folder.path()).await;
    // The client writes milliseconds where the server reads seconds, so the metadata is written by hand.
    let metadata = EventData::json("$metadata", &serde_json::json!({ "$maxAge": 3_600 })).unwrap();
    append(&client, "$$aged", StreamState::Any, vec![metadata]).await.unwrap();
    append(&client, "aged", StreamState::Any, events(0..4)).await.unwrap();
    node.shutdown().await;
    assert_eq!(move_in_time(folder.path(), -3_601, "e.type = 'tested' AND e.revision < 2"), 2);
    let (node, client) = start(folder.path()).await;
    assert_eq!(read(&client, "aged").await, [2, 3]);
    node.shutdown().await;
}

/// As after a start with a clock that was eight days ahead: it hides nothing, and the log's time does not go back.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_hides_nothing_and_the_log_keeps_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = start(folder.path()).await;
    let metadata = EventData::json("$metadata", &serde_json::json!({ "$maxAge": 3_600 })).unwrap();
    append(&client, "$$aged", StreamState::Any, vec![metadata]).await.unwrap();
    append(&client, "ahead", StreamState::Any, events(0..1)).await.unwrap();
    node.shutdown().await;
    let file = folder.path().join("events.db");
    assert_eq!(move_in_time(folder.path(), 8 * 86_400, "e.type = 'tested'"), 1);

    let (node, client) = start(folder.path()).await;
    for stream in ["plain", "aged"] {
        append(&client, stream, StreamState::Any, events(1..3)).await.unwrap();
        assert_eq!(read(&client, stream).await, [1, 2], "{stream}");
    }
    node.shutdown().await;
    let connection = Connection::open(&file).unwrap();
    let mut created = connection.prepare("SELECT created FROM events ORDER BY position").unwrap();
    let created: Vec<i64> = created.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(created.len(), 6);
    assert!(created.is_sorted(), "{created:?}");
}
