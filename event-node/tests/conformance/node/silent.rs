//! Clients that say nothing, or nothing any more. The clock is paused: it leaps to the next deadline whenever everybody waits.

use event_node::{Node, NodeConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant, timeout};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// How long it takes until the node has ended the connection of a client that sends this and nothing more.
async fn ended_after(sent: &[u8]) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let mut connection = TcpStream::connect(node.local_addr()).await.unwrap();
    connection.write_all(sent).await.unwrap();
    let connected_at = Instant::now();
    let mut answers = Vec::new();
    // It may be reset.
    timeout(Duration::from_hours(1), connection.read_to_end(&mut answers)).await.expect("it is ended").ok();
    let took = connected_at.elapsed();
    node.shutdown().await;
    took
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nobody_begins_to_speak_is_ended() {
    for sent in [&b""[..], &PREFACE[..5]] {
        let took = ended_after(sent).await;
        assert!((9..=11).contains(&took.as_secs()), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_say_any_more_that_it_is_there_is_given_up() {
    let took = ended_after(&[PREFACE, SETTINGS].concat()).await;
    assert!((30..=50).contains(&took.as_secs()), "{took:?}");
}
