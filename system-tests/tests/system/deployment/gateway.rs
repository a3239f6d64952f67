//! The gateway's own program, with the configuration that is deployed, in front of two APIs that tell what they got.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_tests::{Gateway, STEP_TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// An API that answers every request with its name and the request's first line.
async fn api(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let request = head(&mut connection).await;
                let body = format!("{name}: {}", request.lines().next().unwrap_or_default());
                let length = if request.starts_with("HEAD") { 0 } else { body.len() };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nx-api: {name}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{}",
                    &body[..length]
                );
                connection.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    address
}

async fn head(connection: &mut TcpStream) -> String {
    let (mut read, mut buffer) = (Vec::new(), [0; 1024]);
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = connection.read(&mut buffer).await.unwrap();
        if length == 0 {
            break;
        }
        read.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn questions_and_commands_go_to_different_services() {
    let (query_api, command_api) = (api("query-api").await, api("command-api").await);
    let gateway = Gateway::start(&query_api.to_string(), &command_api.to_string()).await;
    let client = gateway.client();
    let path = "/v1/appointments?from=2026-12-01T00%3A00%3A00-03%3A00&cursor=a%2Fb";
    for (method, name) in [
        ("GET", "query-api"),
        ("HEAD", "query-api"),
        ("POST", "command-api"),
        ("PUT", "command-api"),
        ("DELETE", "command-api"),
        ("PATCH", "command-api"),
        ("OPTIONS", "command-api"),
    ] {
        let answer = client.request(method, path).answer().await.success();
        assert_eq!(answer.header("x-api"), name, "{method}");
        if method != "HEAD" {
            assert_eq!(answer.text, format!("{name}: {method} {path} HTTP/1.1"));
        }
    }
}

#[tokio::test]
async fn a_service_that_is_away_is_told_as_a_503_that_says_what_to_do() {
    let gateway = Gateway::start("127.0.0.1:1", "127.0.0.1:1").await;
    for (method, code) in [("GET", "not_ready"), ("POST", "outcome_unknown"), ("DELETE", "outcome_unknown")] {
        let answer = gateway.client().request(method, "/v1/office").answer().await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"), "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(503), Some(code)));
    }
}

/// A command that reached its service and was not answered is not sent again by the gateway.
#[tokio::test]
async fn a_command_is_sent_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            head(&mut connection).await;
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let gateway = Gateway::start(&address, &address).await;
    let answer = gateway.client().post("/v1/appointments").text("{}").answer().await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// The first event arrives before there is a second, and who leaves is not written to for ever.
#[tokio::test]
async fn a_stream_of_events_is_passed_on_as_it_comes_and_ends_with_its_reader() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (ended, mut has_ended) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        head(&mut connection).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(b"9\r\ndata: 1\n\n\r\n").await.unwrap();
        // Nothing more is written: reading ends when the gateway closes the connection.
        let mut buffer = [0; 16];
        while connection.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        ended.send(()).unwrap();
    });
    let gateway = Gateway::start(&address, "127.0.0.1:1").await;
    let mut reader = TcpStream::connect(gateway.client().address()).await.unwrap();
    let request = format!("GET /v1/stream HTTP/1.1\r\nHost: {}\r\n\r\n", gateway.client().address());
    reader.write_all(request.as_bytes()).await.unwrap();
    let (mut read, mut buffer) = (String::new(), [0; 1024]);
    while !read.contains("data: 1\n\n") {
        let length =
            timeout(STEP_TIMEOUT, reader.read(&mut buffer)).await.expect("the event arrives").unwrap();
        assert!(length > 0, "{read}");
        read += &String::from_utf8_lossy(&buffer[..length]);
    }
    assert!(read.contains("text/event-stream"), "{read}");
    drop(reader);
    timeout(STEP_TIMEOUT, has_ended.recv()).await.expect("the stream ends").unwrap();
}
