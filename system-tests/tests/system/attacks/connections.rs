//! Clients that open many connections, or send and take too slowly.

use std::time::Duration;

use serde_json::Value;
use system_tests::{Client, STEP_TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Given;

const WHOLE: &[u8] = b"GET /livez HTTP/1.1\r\nhost: citas\r\n\r\n";

/// A connection without a client library, which would not send what is sent here.
struct Raw(TcpStream);

impl Raw {
    async fn open(client: &Client) -> Self {
        Self(TcpStream::connect(client.address()).await.unwrap())
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// What is answered until there is nothing more for the moment.
    async fn part(&mut self) -> String {
        let mut buffer = vec![0; 64 * 1024];
        let read = self.0.read(&mut buffer).await.unwrap_or(0);
        String::from_utf8(buffer[..read].to_vec()).unwrap()
    }

    /// The status and the problem of the last answer, after which the connection is closed.
    async fn refused(&mut self) -> (u16, Value) {
        let mut answer = Vec::new();
        // A client that is still sending gets the answer and then a reset.
        while self.0.read_buf(&mut answer).await.is_ok_and(|read| read > 0) {}
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        assert!(head.contains("content-type: application/problem+json"), "{head}");
        assert!(head.contains("connection: close"), "{head}");
        (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_like_everything_else() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let mut first = Raw::open(&client).await;
    first.send(b"nonsense\r\n\r\n").await;
    let (status, problem) = first.refused().await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("malformed_request")));
    assert!(!problem.to_string().contains("nonsense"));

    let mut kept = Raw::open(&client).await;
    kept.send(WHOLE).await;
    assert!(kept.part().await.starts_with("HTTP/1.1 200"));
    kept.send(b"\0\r\n\r\n").await;
    let (status, problem) = kept.refused().await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("malformed_request")));

    let mut large = Raw::open(&client).await;
    large.send(b"GET /livez HTTP/1.1\r\nx: ").await;
    large.send(&vec![b'a'; 128 * 1024]).await;
    let (status, problem) = large.refused().await;
    assert_eq!((status, problem["code"].as_str()), (431, Some("headers_too_large")));
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_its_connection_also_on_one_that_is_kept() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let mut silent = Raw::open(&client).await;
    let mut kept = Raw::open(&client).await;
    kept.send(WHOLE).await;
    assert!(kept.part().await.starts_with("HTTP/1.1 200"));
    let (mut taking, mut sending) = kept.0.into_split();
    let dripping = async {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        for byte in WHOLE.iter().cycle() {
            ticks.tick().await;
            if sending.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    };
    let told = async {
        let mut told = [0; 12];
        taking.read_exact(&mut told).await.unwrap();
        told
    };
    let ((status, problem), told) = tokio::select! {
        both = async { tokio::join!(silent.refused(), told) } => both,
        () = dripping => panic!("the connection was closed without a word"),
    };
    assert_eq!((status, problem["code"].as_str()), (408, Some("request_timeout")));
    assert_eq!(&told, b"HTTP/1.1 408");
}

#[tokio::test]
async fn one_address_takes_no_more_than_its_share_of_the_connections() {
    let share = |launch: system_tests::Launch| launch.variable("CITAS_MAX_CONNECTIONS_PER_ADDRESS", "8");
    let Given { client, citas: _citas, folder: _folder } = Given::launched(share).await;
    let mut open = Vec::new();
    let refused = loop {
        assert!(open.len() < 9);
        let mut connection = Raw::open(&client).await;
        connection.send(WHOLE).await;
        let answer = connection.part().await;
        if !answer.starts_with("HTTP/1.1 200") {
            break answer;
        }
        open.push(connection);
    };
    // The client that has set up the program holds one.
    assert_eq!(open.len(), 7);
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("Too many connections are open"),
        "{refused}"
    );
    open.pop();
    // The closing takes its moment.
    let has_a_place = async {
        loop {
            let mut connection = Raw::open(&client).await;
            connection.send(WHOLE).await;
            if connection.part().await.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, has_a_place).await.expect("its place is free again");
}

#[tokio::test]
async fn a_gateway_takes_as_many_as_all_may_take() {
    let limits = |launch: system_tests::Launch| {
        launch.variable("CITAS_MAX_CONNECTIONS_PER_ADDRESS", "2").variable("CITAS_GATEWAY", "127.0.0.1,::1")
    };
    let Given { client, citas: _citas, folder: _folder } = Given::launched(limits).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut connection = Raw::open(&client).await;
        connection.send(WHOLE).await;
        assert!(connection.part().await.starts_with("HTTP/1.1 200"));
        open.push(connection);
    }
}
