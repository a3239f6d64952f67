//! Backups of a store that runs, and stores made out of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use event_node::{Copied, CopyError, Node, NodeConfig, StoreCopy};
use eventstore::{
    AppendToStreamOptions, Client, ReadAllOptions, StreamMetadataBuilder, StreamState, TombstoneStreamOptions,
};
use tempfile::TempDir;

use crate::support::{append, client, event, events, within};

pub(super) fn copy(from: &Path, to: &Path) -> Result<Copied, CopyError> {
    copy_until(from, to, None)
}

pub(super) fn copy_until(from: &Path, to: &Path, up_to: Option<u64>) -> Result<Copied, CopyError> {
    StoreCopy { from, to, up_to, others: &["a.key"] }.make(&mut |_| {})
}

/// Every event: its stream, revision, position, id and data.
async fn everything(client: &Client) -> Vec<(String, u64, u64, String, Vec<u8>)> {
    let mut read = client.read_all(&ReadAllOptions::default()).await.unwrap();
    let mut found = Vec::new();
    while let Some(resolved) = within(read.next()).await.unwrap() {
        let event = resolved.event.unwrap();
        let (id, data) = (event.id.to_string(), event.data.to_vec());
        found.push((event.stream_id().to_owned(), event.revision, event.position.commit, id, data));
    }
    found
}

pub(super) async fn start(folder: &Path) -> (Node, Client) {
    let node = Node::start(NodeConfig::new(folder)).await.unwrap();
    let client = client(&node.connection_string());
    (node, client)
}

/// A closed store with three events in each of two streams, and the folder that it lies in.
pub(super) async fn small() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let (node, client) = start(&data).await;
    for number in 0..3 {
        for stream in ["a", "b"] {
            append(&client, stream, StreamState::Any, vec![event(number)]).await.unwrap();
        }
    }
    node.shutdown().await;
    (parent, data)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_under_appends_has_all_that_was_acknowledged_and_is_one_moment() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let (node, client) = start(&data).await;
    append(&client, "first", StreamState::Any, events(0..200)).await.unwrap();
    let (acknowledged, seen) = tokio::sync::watch::channel(0);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writing = tokio::spawn({
        let client = client.clone();
        async move {
            for number in 0.. {
                if *stopped.borrow() {
                    return;
                }
                let written =
                    append(&client, "s", StreamState::Any, vec![event(number), event(number)]).await;
                acknowledged.send_replace(written.unwrap().position.commit);
            }
        }
    });
    let mut made = Vec::new();
    for number in 0..5 {
        let before = *within(seen.clone().wait_for(|position| *position > 0)).await.unwrap();
        let (from, to) = (data.clone(), parent.path().join(format!("backup-{number}")));
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to).unwrap()).await.unwrap();
        assert!(copied.last_position >= before, "what was acknowledged before is in it");
        made.push(copied);
    }
    stop.send_replace(true);
    within(writing).await.unwrap();
    let written = everything(&client).await;
    node.shutdown().await;

    for (number, copied) in made.into_iter().enumerate() {
        let backup = parent.path().join(format!("backup-{number}"));
        assert_eq!(names(&backup), ["events.acknowledged", "events.db"]);
        let restored = parent.path().join(format!("restored-{number}"));
        assert_eq!(copy(&backup, &restored).unwrap(), copied);
        let (node, client) = start(&restored).await;
        let found = everything(&client).await;
        assert_eq!(found, written[..found.len()], "it is the beginning of the log");
        assert_eq!((found.len() as u64, found.last().unwrap().2), (copied.events, copied.last_position));
        assert_eq!(found.last().unwrap().1 % 2, 1, "no append is in it by half");
        append(&client, "s", StreamState::Any, vec![event(0)]).await.unwrap();
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_private_complete_and_readable_where_nothing_can_be_written() {
    let (parent, data) = small().await;
    fs::write(data.join("a.key"), "key").unwrap();
    fs::write(data.join("other.key"), "other").unwrap();
    let backup = parent.path().join("backup");
    fs::create_dir(&backup).unwrap();
    copy(&data, &backup).unwrap();
    assert_eq!(names(&backup), ["a.key", "events.acknowledged", "events.db"]);
    assert_eq!(names(parent.path()), ["backup", "data"], "nothing else is left");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&backup), 0o700);
    for name in names(&backup) {
        assert_eq!(mode(&backup.join(name)), 0o600);
    }
    assert_eq!(fs::read(backup.join("events.db")).unwrap()[18..20], [1, 1], "it needs no WAL file");
    fs::set_permissions(&backup, fs::Permissions::from_mode(0o500)).unwrap();
    let restored = parent.path().join("restored");
    copy(&backup, &restored).unwrap();
    assert_eq!(fs::read(restored.join("a.key")).unwrap(), b"key");
    assert_eq!(names(&backup).len(), 3, "a restore leaves nothing in the backup");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_in_the_wal_file_is_backed_up() {
    let parent = tempfile::tempdir().unwrap();
    let (running, data) = (parent.path().join("running"), parent.path().join("data"));
    let (node, client) = start(&running).await;
    append(&client, "s", StreamState::Any, events(0..50)).await.unwrap();
    fs::create_dir(&data).unwrap();
    for name in ["events.db", "events.db-wal"] {
        fs::copy(running.join(name), data.join(name)).unwrap();
    }
    node.shutdown().await;
    assert_eq!(copy(&data, &parent.path().join("backup")).unwrap().events, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_to_a_position_is_the_store_as_it_was_then() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let (node, client) = start(&data).await;
    append(&client, "kept", StreamState::NoStream, events(0..5)).await.unwrap();
    append(&client, "buried", StreamState::NoStream, events(0..2)).await.unwrap();
    append(&client, "limited", StreamState::NoStream, events(0..9)).await.unwrap();
    let early = StreamMetadataBuilder::new().max_count(7).build();
    client.set_stream_metadata("limited", &AppendToStreamOptions::default(), &early).await.unwrap();
    let cut = append(&client, "kept", StreamState::Any, events(5..7)).await.unwrap().position.commit;
    let as_it_was = everything(&client).await;

    append(&client, "kept", StreamState::Any, events(7..9)).await.unwrap();
    append(&client, "later", StreamState::NoStream, events(0..2)).await.unwrap();
    let late = StreamMetadataBuilder::new().max_count(1).build();
    client.set_stream_metadata("kept", &AppendToStreamOptions::default(), &late).await.unwrap();
    client.set_stream_metadata("absent", &AppendToStreamOptions::default(), &late).await.unwrap();
    client.tombstone_stream("buried", &TombstoneStreamOptions::default()).await.unwrap();
    node.shutdown().await;

    let restored = parent.path().join("restored");
    let copied = copy_until(&data, &restored, Some(cut + 1)).unwrap();
    assert_eq!((copied.events, copied.last_position), (as_it_was.len() as u64, cut));
    let (node, client) = start(&restored).await;
    assert_eq!(everything(&client).await, as_it_was);
    let revision = |stream: &'static str, state| {
        let client = client.clone();
        async move { append(&client, stream, state, vec![event(0)]).await.map(|done| done.next_expected_version) }
    };
    assert_eq!(revision("kept", StreamState::StreamRevision(6)).await.unwrap(), 7);
    assert_eq!(revision("buried", StreamState::StreamRevision(1)).await.unwrap(), 2, "it is alive");
    assert!(revision("later", StreamState::StreamExists).await.is_err(), "it was never there");
    assert_eq!(revision("later", StreamState::NoStream).await.unwrap(), 0);
    assert!(revision("absent", StreamState::StreamExists).await.is_err());
    let kept = crate::support::visible(&client, "kept").await;
    assert_eq!(kept, 8, "its later limit is gone");
    assert_eq!(crate::support::visible(&client, "limited").await, 7, "its earlier limit is there");
    node.shutdown().await;
    let text = String::from_utf8_lossy(&fs::read(restored.join("events.db")).unwrap()).into_owned();
    assert!(!text.contains("later\u{0}"), "nothing of what was cut can be found in the file");
}
