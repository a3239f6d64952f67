use std::fs;
use std::path::Path;

use event_node::{Node, NodeConfig, StartError};
use eventstore::StreamState;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{append, client, events};

async fn start(folder: &Path) -> Result<Node, StartError> {
    Node::start(NodeConfig::new(folder)).await
}

/// A folder that a node has used and closed.
async fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await.unwrap();
    let client = client(&node.connection_string());
    append(&client, "s", StreamState::Any, events(0..200)).await.unwrap();
    node.shutdown().await;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_is_made_and_private() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/data");
    let node = start(&folder).await.unwrap();
    let client = client(&node.connection_string());
    append(&client, "s", StreamState::Any, events(0..1)).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_serves_one_node_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await.unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(&error, StartError::InUse { path } if path == folder.path()), "{error:?}");
    assert!(error.to_string().contains(&folder.path().display().to_string()));
    first.shutdown().await;
    start(folder.path()).await.unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.db");
    let content = b"a shopping list, long enough to look like a file of some size".repeat(200);
    fs::write(&file, &content).unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_short_is_refused() {
    let folder = used().await;
    let file = fs::OpenOptions::new().write(true).open(folder.path().join("events.db")).unwrap();
    file.set_len(file.metadata().unwrap().len() - 4_096).unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Damaged { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_another_schema_is_refused() {
    let folder = used().await;
    let file = Connection::open(folder.path().join("events.db")).unwrap();
    file.execute_batch("ALTER TABLE events DROP COLUMN metadata").unwrap();
    drop(file);
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Damaged { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = Connection::open(folder.path().join("events.db")).unwrap();
    file.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(file);
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Foreign { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_format_is_refused() {
    let folder = used().await;
    let file = Connection::open(folder.path().join("events.db")).unwrap();
    file.pragma_update(None, "user_version", 9).unwrap();
    drop(file);
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::Newer { found: 9, supported: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("newer program"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_was_cut_short_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.db"), []).unwrap();
    start(folder.path()).await.unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_inside_a_file_is_refused() {
    let parent = tempfile::NamedTempFile::new().unwrap();
    let error = start(&parent.path().join("data")).await.unwrap_err();
    assert!(matches!(error, StartError::Folder { .. }), "{error:?}");
}

/// Not even the superuser can write below `/sys/kernel`.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_folder_is_refused() {
    let folder = Path::new("/sys/kernel");
    let error = start(folder).await.unwrap_err();
    assert!(matches!(&error, StartError::Folder { path, .. } if path == folder), "{error:?}");
    assert!(error.to_string().contains("writable"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_can_reach_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig { listen: "0.0.0.0:0".parse().unwrap(), ..NodeConfig::new(folder.path()) };
    let error = Node::start(config).await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = start(one.path()).await.unwrap();
    let config = NodeConfig { listen: first.local_addr(), ..NodeConfig::new(two.path()) };
    let error = Node::start(config).await.unwrap_err();
    assert!(matches!(&error, StartError::Listen { address, .. } if *address == first.local_addr()));
    first.shutdown().await;
}
