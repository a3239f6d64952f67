//! Files that a disk has changed: a start names them, and a node that meets them stops.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use event_node::{FatalError, Node, NodeConfig, StartError};
use eventstore::{ReadStreamOptions, StreamState};
use tempfile::TempDir;

use crate::support::{append, client, events, within};

const PAGE: usize = 4_096;

/// A folder with 2,000 events that a node has closed.
async fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    for _ in 0..10 {
        append(&client, "s", StreamState::Any, events(0..200)).await.unwrap();
    }
    node.shutdown().await;
    folder
}

fn overwrite(folder: &Path, at: usize, bytes: &[u8]) {
    let file = fs::OpenOptions::new().write(true).open(folder.join("events.db")).unwrap();
    file.write_all_at(bytes, at as u64).unwrap();
}

/// The first page in the middle of the file that is a leaf of events (13) or of an index (10).
fn leaf(folder: &Path, kind: u8) -> usize {
    let file = fs::read(folder.join("events.db")).unwrap();
    let pages = file.len() / PAGE;
    (pages / 4..pages).map(|page| page * PAGE).find(|at| file[*at] == kind).unwrap()
}

/// What is damaged, and how.
type Damage<'a> = (&'a str, Box<dyn Fn(&Path) + 'a>);

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_damaged_file_names_it_and_what_to_do() {
    const HEADER: usize = 100;
    let garbage: Vec<u8> = (0..251).cycle().map(|byte: u8| byte.wrapping_mul(167)).take(PAGE).collect();
    let damages: [Damage<'_>; 7] = [
        ("the first page is garbage", Box::new(|folder| overwrite(folder, 0, &garbage))),
        ("the first page is zeros", Box::new(|folder| overwrite(folder, 0, &[0; PAGE]))),
        (
            "the first page is garbage after the header",
            Box::new(|folder| overwrite(folder, HEADER, &garbage[HEADER..])),
        ),
        ("a page of events is garbage", Box::new(|folder| overwrite(folder, leaf(folder, 13), &garbage))),
        (
            "bytes in the head of a page of events have flipped",
            Box::new(|folder| overwrite(folder, leaf(folder, 13) + 8, &[0xff; 8])),
        ),
        (
            "bytes in the head of a page of an index have flipped",
            Box::new(|folder| overwrite(folder, leaf(folder, 10) + 8, &[0xff; 8])),
        ),
        (
            "the end is missing",
            Box::new(|folder| {
                let file = fs::OpenOptions::new().write(true).open(folder.join("events.db")).unwrap();
                file.set_len(file.metadata().unwrap().len() / 2).unwrap();
            }),
        ),
    ];
    for (what, damage) in damages {
        let folder = used().await;
        damage(folder.path());
        let before = fs::read(folder.path().join("events.db")).unwrap();
        let error = Node::start(NodeConfig::new(folder.path())).await.expect_err(what);
        assert!(matches!(error, StartError::Damaged { .. }), "{what}: {error:?}");
        let message = error.to_string();
        for told in ["events.db is damaged", "keep a copy", "check the disk", "citas restore"] {
            assert!(message.contains(told), "{what}: {message}");
        }
        assert_eq!(
            fs::read(folder.path().join("events.db")).unwrap(),
            before,
            "{what}: it must not be changed"
        );
    }
}

/// One bit of an index: the page is whole, and every event is as it was written, but is no longer found in its stream.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_no_longer_agrees_with_the_events_is_damage() {
    let folder = used().await;
    let file = fs::read(folder.path().join("events.db")).unwrap();
    let is_index = |page: usize| file[page * PAGE] == 10;
    let pages = (1..file.len() / PAGE).filter(|page| is_index(*page));
    let mut refused = 0;
    for page in pages {
        // The last byte of the page belongs to the entry that was written first.
        let at = page * PAGE + PAGE - 2;
        overwrite(folder.path(), at, &[file[at] ^ 0x40]);
        let error = Node::start(NodeConfig::new(folder.path())).await.expect_err("it is noticed");
        assert!(matches!(error, StartError::Damaged { .. }), "page {page}: {error:?}");
        overwrite(folder.path(), at, &[file[at]]);
        refused += 1;
    }
    assert!(refused > 1, "there are two indexes");
    Node::start(NodeConfig::new(folder.path())).await.unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_comes_while_a_node_runs_stops_it_where_it_is_read() {
    let folder = used().await;
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    for page in 2..fs::read(folder.path().join("events.db")).unwrap().len() / PAGE {
        overwrite(folder.path(), page * PAGE, &[0xff; 64]);
    }
    let client = client(&node.connection_string());
    if let Ok(mut read) = client.read_stream("s", &ReadStreamOptions::default()).await {
        while let Ok(Some(_)) = within(read.next()).await {}
    }
    let failure = within(node.failed()).await;
    let FatalError::DamagedFile { path, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(path.file_name().unwrap(), "events.db");
    assert!(failure.to_string().contains("citas restore"), "{failure}");
    node.shutdown().await;
}
