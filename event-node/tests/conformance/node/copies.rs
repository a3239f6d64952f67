//! Backups of a store that runs, and stores made out of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use event_node::{Copied, CopyError, Node, NodeConfig, StartError, StoreCopy};
use eventstore::{Client, ReadAllOptions, StreamMetadataBuilder, StreamState};
use tempfile::TempDir;

use crate::support::{append, client, event, events, within};

fn copy(from: &Path, to: &Path) -> Result<Copied, CopyError> {
    copy_until(from, to, None)
}

fn copy_until(from: &Path, to: &Path, up_to: Option<u64>) -> Result<Copied, CopyError> {
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

async fn start(folder: &Path) -> (Node, Client) {
    let node = Node::start(NodeConfig::new(folder)).await.unwrap();
    let client = client(&node.connection_string());
    (node, client)
}

/// A closed store with three events in each of two streams, and the folder that it lies in.
async fn small() -> (TempDir, PathBuf) {
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

fn names(folder: &Path) -> Vec<String> {
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
                let written = append(&client, "s", StreamState::Any, vec![event(number), event(number)]).await;
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
    client.set_stream_metadata("limited", &Default::default(), &early).await.unwrap();
    let cut = append(&client, "kept", StreamState::Any, events(5..7)).await.unwrap().position.commit;
    let as_it_was = everything(&client).await;

    append(&client, "kept", StreamState::Any, events(7..9)).await.unwrap();
    append(&client, "later", StreamState::NoStream, events(0..2)).await.unwrap();
    let late = StreamMetadataBuilder::new().max_count(1).build();
    client.set_stream_metadata("kept", &Default::default(), &late).await.unwrap();
    client.set_stream_metadata("absent", &Default::default(), &late).await.unwrap();
    client.tombstone_stream("buried", &Default::default()).await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_the_store_does_not_have_is_refused() {
    let (parent, data) = small().await;
    let last = copy(&data, &parent.path().join("all")).unwrap().last_position;
    for asked in [0, 1, last + 1, u64::MAX] {
        let error = copy_until(&data, &parent.path().join("cut"), Some(asked)).unwrap_err();
        assert!(matches!(error, CopyError::NoSuchPosition { .. }), "{asked}: {error:?}");
        assert!(error.to_string().contains(&format!("to {last}")), "{error}");
    }
    assert_eq!(names(parent.path()), ["all", "data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_with_its_first_bad_position() {
    let (parent, data) = small().await;
    let second = "(SELECT position FROM events ORDER BY position LIMIT 1 OFFSET 2)";
    let position: i64 = rusqlite::Connection::open(data.join("events.db"))
        .unwrap()
        .query_row(&format!("SELECT {second}"), [], |row| row.get(0))
        .unwrap();
    let changes = [
        (format!("UPDATE events SET data = zeroblob(length(data)) WHERE position = {second}"), position.to_string()),
        (format!("UPDATE events SET stream = 99 WHERE position = {second}"), position.to_string()),
        (format!("DELETE FROM events WHERE position = {second}"), "a has no event 1 after".to_owned()),
    ];
    for (number, (change, told)) in changes.into_iter().enumerate() {
        let backup = parent.path().join(format!("backup-{number}"));
        copy(&data, &backup).unwrap();
        rusqlite::Connection::open(backup.join("events.db")).unwrap().execute(&change, []).unwrap();
        let restored = parent.path().join("restored");
        let error = copy(&backup, &restored).unwrap_err();
        assert!(matches!(error, CopyError::Damaged { .. }), "{change}: {error:?}");
        assert!(error.to_string().contains(&told), "{change}: {error}");
        assert!(!restored.exists() && !parent.path().join("restored.partial").exists(), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_is_named_by_the_last_good_position() {
    let (parent, data) = small().await;
    let (node, client) = start(&data).await;
    for _ in 0..10 {
        append(&client, "long", StreamState::Any, events(0..200)).await.unwrap();
    }
    node.shutdown().await;
    let file = fs::read(data.join("events.db")).unwrap();
    let page = (file.len() / 4_096 / 2..).map(|page| page * 4_096).find(|at| file[*at] == 13).unwrap();
    let mut damaged = file.clone();
    damaged[page..page + 64].fill(0xff);
    fs::write(data.join("events.db"), damaged).unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(error.to_string().contains("after position "), "{error}");
    assert_eq!(names(parent.path()), ["data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_named_and_changes_nothing() {
    let (parent, data) = small().await;
    let at = |name: &str| parent.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full").join("note"), "mine").unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::write(at("file"), "mine").unwrap();
    let refused = |from: &Path, to: &Path| copy(from, to).unwrap_err();
    assert!(matches!(refused(&at("absent"), &at("new")), CopyError::NoStore { .. }));
    assert!(matches!(refused(&at("full"), &at("new")), CopyError::NoStore { .. }));
    assert!(matches!(refused(&data, &at("full")), CopyError::TargetNotEmpty { .. }));
    assert!(matches!(refused(&data, &at("file")), CopyError::TargetNotEmpty { .. }));
    assert!(matches!(refused(&data, &at("absent").join("new")), CopyError::NoParent { .. }));
    assert!(matches!(refused(&data, &data.join("new")), CopyError::Inside { .. }));
    assert!(matches!(refused(&data, Path::new("/sys/kernel/new")), CopyError::Target { .. }));
    fs::write(at("empty").join("events.db"), b"a shopping list".repeat(900)).unwrap();
    let error = refused(&at("empty"), &at("new"));
    assert!(matches!(error, CopyError::Source(StartError::Damaged { .. })), "{error:?}");
    assert_eq!(names(parent.path()), ["data", "empty", "file", "full"]);
    assert_eq!(names(&at("full")), ["note"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_lost_its_end_is_not_backed_up_unnoticed() {
    let (parent, data) = small().await;
    let older = parent.path().join("older");
    copy(&data, &older).unwrap();
    let (node, client) = start(&data).await;
    append(&client, "a", StreamState::Any, events(0..1)).await.unwrap();
    node.shutdown().await;
    fs::copy(older.join("events.db"), data.join("events.db")).unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(matches!(error, CopyError::Source(StartError::Behind { .. })), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupted_copy_left_is_written_anew_and_one_under_way_is_left_alone() {
    let (parent, data) = small().await;
    let partial = parent.path().join("backup.partial");
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("events.db"), "half a file").unwrap();
    fs::write(partial.join("events.acknowledged"), "half a file").unwrap();
    let under_way = fs::File::open(partial.join("events.db")).unwrap();
    under_way.lock().unwrap();
    let error = copy(&data, &parent.path().join("backup")).unwrap_err();
    assert!(matches!(error, CopyError::Source(StartError::InUse { .. })), "{error:?}");
    drop(under_way);
    copy(&data, &parent.path().join("backup")).unwrap();
    assert_eq!(names(parent.path()), ["backup", "data"]);
    let (node, _) = start(&parent.path().join("backup")).await;
    node.shutdown().await;
}
