//! What probes ask over HTTP/1.1 on the port of the protocol.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_node::{Access, Credentials, Node, NodeConfig};
use eventstore::StreamState;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{append, client, events, within};

const USER: &str = "citas:0123456789abcdef";

/// The status and the content of the answer.
async fn get(address: SocketAddr, path: &str, user: Option<&str>) -> (u16, String) {
    let (head, content) = ask("GET", address, path, user).await;
    (head.split(' ').nth(1).unwrap().parse().unwrap(), content)
}

async fn ask(method: &str, address: SocketAddr, path: &str, user: Option<&str>) -> (String, String) {
    let authorization =
        user.map_or_else(String::new, |user| format!("Authorization: Basic {}\r\n", STANDARD.encode(user)));
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\n\r\n");
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(connection.read_to_string(&mut answer)).await.unwrap();
    let (head, content) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 "), "{head}");
    (head.to_owned(), content.to_owned())
}

async fn guarded(folder: &tempfile::TempDir) -> Node {
    let access = Access::Credentials(Credentials::parse(USER).unwrap());
    Node::start(NodeConfig { access, ..NodeConfig::new(folder.path()) }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_is_told_that_the_node_lives() {
    let folder = tempfile::tempdir().unwrap();
    let node = guarded(&folder).await;
    assert_eq!(get(node.local_addr(), "/health/live", None).await, (204, String::new()));
    for method in ["GET", "HEAD"] {
        let (head, content) = ask(method, node.local_addr(), "/health/live", None).await;
        assert!(head.starts_with("HTTP/1.1 204 ") && content.is_empty(), "{head}");
        assert!(!head.to_ascii_lowercase().contains("content-length"), "{head}");
    }
    // The protocol is spoken on the same port.
    append(&client(&node.connection_string()), "s", StreamState::Any, events(0..1)).await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_credentials_is_told_the_release_and_the_members() {
    let folder = tempfile::tempdir().unwrap();
    let node = guarded(&folder).await;
    let address = node.local_addr();
    let read = async |path| {
        let (status, content) = get(address, path, Some(USER)).await;
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&content).unwrap()
    };
    let info = read("/info").await;
    assert_eq!((&info["esVersion"], &info["state"]), (&"23.10.8".into(), &"leader".into()));
    let gossip = read("/gossip").await;
    assert_eq!(gossip["members"].as_array().unwrap().len(), 1);
    let member = &gossip["members"][0];
    assert_eq!((&member["state"], &member["isAlive"]), (&"Leader".into(), &true.into()));
    assert_eq!(
        (&member["httpEndPointIp"], &member["httpEndPointPort"]),
        (&"127.0.0.1".into(), &address.port().into())
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_told_nothing_but_that_it_lives() {
    let folder = tempfile::tempdir().unwrap();
    let node = guarded(&folder).await;
    for user in [None, Some("admin:changeit"), Some("citas:0123456789abcdeF")] {
        for path in ["/info", "/gossip"] {
            assert_eq!(get(node.local_addr(), path, user).await, (401, String::new()), "{path} {user:?}");
        }
        for path in ["/", "/stats", "/streams/s", "/event_store.client.streams.Streams/Read"] {
            let (status, content) = get(node.local_addr(), path, user).await;
            assert!(status != 204 && content.is_empty(), "{path} {user:?}: {status} {content}");
        }
    }
    assert_eq!(get(node.local_addr(), "/stats", Some(USER)).await.0, 404);
    node.shutdown().await;
}

/// A probe that keeps its connection open must not keep the node from ending.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_of_a_probe_does_not_hold_the_shutdown_up() {
    let folder = tempfile::tempdir().unwrap();
    let node = guarded(&folder).await;
    let mut kept = TcpStream::connect(node.local_addr()).await.unwrap();
    kept.write_all(b"GET /health/live HTTP/1.1\r\nHost: node\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    within(kept.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
    let silent = TcpStream::connect(node.local_addr()).await.unwrap();
    let begun_at = std::time::Instant::now();
    within(node.shutdown()).await;
    assert!(begun_at.elapsed() < std::time::Duration::from_secs(4), "it was cut off");
    drop(silent);
}
