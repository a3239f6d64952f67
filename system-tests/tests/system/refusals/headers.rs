use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::commands::commands;
use super::{Unchanged, assert_names};
use crate::addresses::{deletions, queries};

#[tokio::test]
async fn a_header_of_the_wrong_form_is_named() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    let long = "k".repeat(256);
    let commands = commands("7", &test.appointment).into_iter();
    let commands = commands.map(|command| (command.method, command.path, command.body));
    let commands: Vec<_> =
        commands.chain(deletions().into_iter().map(|path| ("DELETE", path, json!({})))).collect();
    for (method, path, body) in &commands {
        let request = || client.request(method, path).body(body);
        for (name, value, field) in [
            ("idempotency-key", &b""[..], "Idempotency-Key"),
            ("idempotency-key", long.as_bytes(), "Idempotency-Key"),
            ("idempotency-key", b"\xff\xfe", "idempotency-key"),
            ("if-match", b"57", "If-Match"),
            ("if-match", b"w/\"57\"", "If-Match"),
            ("if-match", b"\"57", "If-Match"),
            ("if-match", b"\"1\" \"2\"", "If-Match"),
            ("if-match", b"\xff\xfe", "If-Match"),
            ("if-none-match", b"57", "If-None-Match"),
            ("if-none-match", b"*, *", "If-None-Match"),
            ("x-correlation-id", b"not a uuid", "X-Correlation-Id"),
            ("x-request-id", b"\xff\xfe", "x-request-id"),
        ] {
            assert_names(&request().header(name, value).answer().await, field);
        }
        for name in ["idempotency-key", "x-correlation-id", "x-request-id"] {
            let value = "\"1\"";
            assert_names(&request().header(name, value).header(name, value).answer().await, name);
        }
    }
    test.assert_nothing_stored().await;
}

/// It is for finding a request in the logs again: one that cannot be used is as good as none.
#[tokio::test]
async fn a_request_id_is_given_back_if_it_is_one() {
    let test = Unchanged::new().await;
    let id = "01890000-0000-7000-8000-000000000001";
    for path in queries() {
        let sent = |id: &'static [u8]| test.given.client.get(&path).header("x-request-id", id).answer();
        assert_eq!(sent(id.as_bytes()).await.header("x-request-id"), id);
        for wrong in [&b""[..], b"1", b"not a uuid", b"\xff\xfe", b"x\ty"] {
            assert!(!sent(wrong).await.headers.contains_key("x-request-id"), "{path}");
        }
    }
    test.assert_nothing_stored().await;
}

/// Requests that no client would send.
#[tokio::test]
async fn noise_on_the_wire_is_refused_and_leaves_the_program_alive() {
    let test = Unchanged::new().await;
    let header = "x".repeat(200_000);
    let noise = [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET /v1/office\r\n\r\n".to_owned(),
        "GET /v1/office HTTP/9.9\r\n\r\n".to_owned(),
        "get /livez HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /livez HTTP/1.1\r\nno colon\r\n\r\n".to_owned(),
        "GET /livez HTTP/1.1\r\nhost: x\r\nbad\0name: 1\r\n\r\n".to_owned(),
        "POST /v1/holds HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n".to_owned(),
        "POST /v1/holds HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "POST /v1/holds HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
        "POST /v1/holds HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n".to_owned(),
        format!("GET /livez HTTP/1.1\r\nhost: x\r\nlong: {header}\r\n\r\n"),
        format!("GET /{header} HTTP/1.1\r\nhost: x\r\n\r\n"),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(),
    ];
    for noise in noise {
        let mut connection = TcpStream::connect(test.given.client.address()).await.unwrap();
        // It may hang up before it has heard all of it.
        let _ = connection.write_all(noise.as_bytes()).await;
        let _ = connection.shutdown().await;
        let mut answer = Vec::new();
        let _ = timeout(system_tests::STEP_TIMEOUT, connection.read_to_end(&mut answer))
            .await
            .expect("it hangs up");
        let answer = String::from_utf8_lossy(&answer);
        let shown: String = noise.chars().take(60).collect();
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        let is_answered_as_it_may_be = shown.starts_with("get ") || answer.starts_with("HTTP/1.0");
        assert!(refused || is_answered_as_it_may_be, "{shown:?}: {answer}");
    }
    test.given.client.get("/livez").ok().await;
    test.assert_nothing_stored().await;
}
