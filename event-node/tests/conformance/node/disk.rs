//! A full disk refuses appends until it has room again; files that are lost or damaged stop the node.

use std::process::Command;

use event_node::{FatalError, Node, NodeConfig, StartError};
use eventstore::{Client, Error, EventData, ReadStreamOptions, StreamState};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{append, client, id, within};

const KIB: usize = 1_024;
/// Set in the child process, which runs with a limit on the size of files.
const CHILD: &str = "CITAS_TEST_FILES_ARE_LIMITED";

fn sized(bytes: usize) -> EventData {
    EventData::binary("sized", vec![1; bytes].into()).id(id())
}

async fn count(client: &Client, stream: &str) -> u64 {
    let mut read = client.read_stream(stream, &ReadStreamOptions::default()).await.unwrap();
    let mut count = 0;
    while within(read.next()).await.unwrap().is_some() {
        count += 1;
    }
    count
}

/// Appends until the node refuses, and returns how many it acknowledged.
async fn fill(client: &Client, stream: &str) -> (u64, Error) {
    for acknowledged in 0.. {
        if let Err(error) = append(client, stream, StreamState::Any, vec![sized(64 * KIB)]).await {
            return (acknowledged, error);
        }
    }
    unreachable!("the disk is never full")
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_appends_are_refused_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let limited = NodeConfig { max_file_bytes: Some(1_024 * KIB as u64), ..NodeConfig::new(folder.path()) };
    let node = Node::start(limited).await.unwrap();
    let client = client(&node.connection_string());
    let (acknowledged, error) = fill(&client, "s").await;
    assert!(acknowledged > 5);
    let Error::Grpc { code, message } = &error else { panic!("{error:?}") };
    assert_eq!(format!("{code:?}"), "ResourceExhausted");
    assert!(message.contains("free space"), "{message}");
    assert!(node.storage()().is_err());

    assert_eq!(count(&client, "s").await, acknowledged);
    let small = append(&client, "s", StreamState::Any, vec![sized(10)]).await.unwrap();
    assert_eq!(small.next_expected_version, acknowledged, "nothing of the refused append remains");
    assert_eq!(node.storage()(), Ok(()));
    node.shutdown().await;

    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = crate::support::client(&node.connection_string());
    assert_eq!(count(&client, "s").await, acknowledged + 1);
    append(&client, "s", StreamState::Any, vec![sized(64 * KIB)]).await.unwrap();
    node.shutdown().await;
}

/// Runs itself in a child process with a limit on the size of files. The child asserts how its node behaves.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_the_size_of_files_is_a_full_disk_until_it_is_raised() {
    const NAME: &str = "node::disk::a_limit_on_the_size_of_files_is_a_full_disk_until_it_is_raised";
    if std::env::var_os(CHILD).is_some() {
        return a_node_outlives_the_limit().await;
    }
    let output = Command::new("sh")
        .args(["-c", "ulimit -S -f 2048; exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .arg(NAME)
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{output:?}");
}

async fn a_node_outlives_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let (client, storage) = (client(&node.connection_string()), node.storage());
    assert_eq!(storage(), Ok(()));
    let (acknowledged, error) = fill(&client, "s").await;
    assert!(acknowledged > 5);
    assert!(matches!(&error, Error::Grpc { message, .. } if message.contains("free space")), "{error:?}");
    assert!(storage().unwrap_err().to_string().contains("free space"));
    assert_eq!(count(&client, "s").await, acknowledged, "reads go on");

    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: maximum, maximum }).unwrap();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    within(async {
        while storage().is_err() {
            ticks.tick().await;
        }
    })
    .await;
    append(&client, "s", StreamState::Any, vec![sized(64 * KIB)]).await.unwrap();
    within(node.shutdown()).await;

    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = crate::support::client(&node.connection_string());
    assert_eq!(
        count(&client, "s").await,
        acknowledged + 1,
        "what was acknowledged is there, and nothing else"
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wal_file_is_used_again_instead_of_growing_with_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    for _ in 0..40 {
        append(&client, "s", StreamState::Any, vec![sized(900 * KIB)]).await.unwrap();
        let length = std::fs::metadata(folder.path().join("events.db-wal")).unwrap().len();
        assert!(length < 16 * 1_024 * KIB as u64, "{length}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_fewer_events_than_were_acknowledged_says_so() {
    let (folder, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("events.db");
    let mut tails = Vec::new();
    for _ in 0..2 {
        let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
        let written =
            append(&client(&node.connection_string()), "s", StreamState::Any, vec![sized(10)]).await.unwrap();
        node.shutdown().await;
        tails.push(written.position.commit);
        std::fs::copy(&file, older.path().join(tails.len().to_string())).unwrap();
    }
    std::fs::copy(older.path().join("1"), &file).unwrap();
    let error = Node::start(NodeConfig::new(folder.path())).await.unwrap_err();
    let StartError::Behind { found, acknowledged, .. } = error else { panic!("{error:?}") };
    assert_eq!([found, acknowledged], [tails[0], tails[1]]);
    std::fs::copy(older.path().join("2"), &file).unwrap();
    Node::start(NodeConfig::new(folder.path())).await.unwrap().shutdown().await;
}

/// What is done to the data folder of a running node, and the file that is then missing.
type Accident = (&'static str, fn(&std::path::Path), &'static str);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_once_a_file_is_no_longer_where_it_was_opened() {
    let accidents: [Accident; 5] = [
        (
            "the WAL file is emptied",
            |data| {
                let wal = std::fs::OpenOptions::new().write(true).open(data.join("events.db-wal")).unwrap();
                wal.set_len(0).unwrap();
            },
            "events.db-wal",
        ),
        ("the folder is removed", |data| std::fs::remove_dir_all(data).unwrap(), "events.db"),
        (
            "the folder is renamed",
            |data| std::fs::rename(data, data.with_extension("old")).unwrap(),
            "events.db",
        ),
        (
            "the WAL file is removed",
            |data| std::fs::remove_file(data.join("events.db-wal")).unwrap(),
            "events.db-wal",
        ),
        (
            "the data file is replaced by a copy",
            |data| {
                std::fs::copy(data.join("events.db"), data.join("copy")).unwrap();
                std::fs::rename(data.join("copy"), data.join("events.db")).unwrap();
            },
            "events.db",
        ),
    ];
    for (what, accident, missing) in accidents {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let node = Node::start(NodeConfig::new(&data)).await.unwrap();
        let client = client(&node.connection_string());
        append(&client, "s", StreamState::Any, vec![sized(10)]).await.unwrap();
        accident(&data);
        let refused = append(&client, "s", StreamState::Any, vec![sized(10)]).await;
        assert!(refused.is_err(), "{what}: {refused:?}");
        let failure = within(node.failed()).await;
        let FatalError::FileMissing { path } = &failure else { panic!("{what}: {failure:?}") };
        assert_eq!(path.file_name().unwrap(), missing, "{what}");
        node.shutdown().await;
        // What is left is a database, and not garbage.
        if data.exists() {
            let started = Node::start(NodeConfig::new(&data)).await;
            assert!(matches!(started, Ok(_) | Err(StartError::Behind { .. })), "{what}: {started:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_disk_has_changed_is_read_by_nobody() {
    let columns = [
        "data = zeroblob(length(data))",
        "metadata = x'7b7d'",
        "type = 'Other'",
        "created = created + 1",
        "revision = revision + 1000",
        "id = randomblob(16)",
    ];
    for change in columns {
        let folder = tempfile::tempdir().unwrap();
        let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
        let client = client(&node.connection_string());
        append(&client, "s", StreamState::Any, (0..3).map(|_| sized(10)).collect()).await.unwrap();
        let file = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
        let second = "position = (SELECT position FROM events ORDER BY position LIMIT 1 OFFSET 1)";
        assert_eq!(file.execute(&format!("UPDATE events SET {change} WHERE {second}"), []).unwrap(), 1);
        let position: i64 = file
            .query_row(&format!("SELECT position FROM events WHERE {second}"), [], |row| row.get::<_, i64>(0))
            .unwrap();
        drop(file);

        let mut read = client.read_stream("s", &ReadStreamOptions::default()).await.unwrap();
        while let Ok(Some(_)) = within(read.next()).await {}
        let failure = within(node.failed()).await;
        assert!(
            matches!(failure, FatalError::Damaged { position: found } if found == position.unsigned_abs()),
            "{change}: {failure}"
        );
        node.shutdown().await;
        let error = Node::start(NodeConfig::new(folder.path())).await.unwrap_err();
        assert!(matches!(error, StartError::Damaged { .. }), "{change}: {error:?}");
    }
}
