//! The gateway's own program, with the configuration that is deployed, in front of two APIs that tell what they got.

use std::net::SocketAddr;

use system_tests::{Answer, Gateway, STEP_TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// An API that is ready, and answers every request with its name and the request's first line.
async fn api(name: &'static str) -> SocketAddr {
    api_that_is(name, true).await
}

/// An API that says whether it is ready, and answers every other request with its name and the request's first line.
async fn api_that_is(name: &'static str, ready: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let request = head(&mut connection).await;
                let status = if ready || !request.starts_with("GET /readyz ") { 200 } else { 503 };
                let body = format!("{name}: {}", request.lines().next().unwrap_or_default());
                let length = if request.starts_with("HEAD") { 0 } else { body.len() };
                let answer = format!(
                    "HTTP/1.1 {status} \r\nx-api: {name}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{}",
                    &body[..length]
                );
                // The gateway may have gone.
                drop(connection.write_all(answer.as_bytes()).await);
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

/// The answer to a probe.
const PROBED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// An API that answers probes, and lets every other request go without an answer. Sends the heads of those.
async fn broken_api() -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sent, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let sent = sent.clone();
            tokio::spawn(async move {
                let request = head(&mut connection).await;
                if is_probe(&request) {
                    connection.write_all(PROBED).await.unwrap();
                } else {
                    // Nobody may be left to count.
                    drop(sent.send(request));
                }
            });
        }
    });
    (address, received)
}

fn is_probe(request: &str) -> bool {
    ["GET /readyz ", "GET /livez "].iter().any(|probe| request.starts_with(probe))
}

fn assert_is_unavailable(answer: &Answer, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(503), Some(code)));
}

/// What no process can have seen was not done, and that is what is told.
#[tokio::test]
async fn a_service_that_is_away_is_told_as_a_503_that_says_what_to_do() {
    let gateway = Gateway::start("127.0.0.1:1", "127.0.0.1:1").await;
    let ask = async |method: &str, key: Option<&str>| {
        let request = gateway.client().request(method, "/v1/office");
        if let Some(key) = key { request.key(key) } else { request }.answer().await
    };
    // At once, while the gateway still believes that they are there.
    for method in ["GET", "POST", "DELETE"] {
        assert_is_unavailable(&ask(method, None).await, "not_ready");
    }
    for backend in ["commands", "commands_unready"] {
        gateway.logged(&format!("backend '{backend}' has no server available")).await;
    }
    for method in ["GET", "POST", "DELETE"] {
        for key in [None, Some("a-key")] {
            let answer = ask(method, key).await;
            assert_is_unavailable(&answer, "not_ready");
            assert!(!answer.headers.contains_key("x-citas-gateway"), "{answer:?}");
        }
    }
}

/// It took the command before it fell silent, and is given up by its probes.
#[tokio::test]
async fn what_a_process_that_hangs_has_taken_is_of_unknown_outcome() {
    let (address, mut received) = hanging_api().await;
    let gateway = Gateway::start("127.0.0.1:1", &address.to_string()).await;
    for key in [None, Some("a-key")] {
        let request = gateway.client().post("/v1/appointments").text("{}");
        let answer = if let Some(key) = key { request.key(key) } else { request }.answer().await;
        let code = if received.try_recv().is_ok() { "outcome_unknown" } else { "not_ready" };
        assert_is_unavailable(&answer, code);
        if key.is_none() {
            assert_eq!(code, "outcome_unknown", "the first is taken");
        }
    }
}

/// An API that answers probes until it has taken a command, and nothing from then on. Sends the heads of commands.
async fn hanging_api() -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sent, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        let mut hangs = false;
        while let Ok((mut connection, _)) = listener.accept().await {
            let request = head(&mut connection).await;
            if is_probe(&request) && !hangs {
                drop(connection.write_all(PROBED).await);
                continue;
            }
            hangs = true;
            if !is_probe(&request) {
                // Nobody may be left to count.
                drop(sent.send(request));
            }
            kept.push(connection);
        }
    });
    (address, received)
}

/// A command without a key that reached its service and was not answered is not sent again by the gateway, and the
/// client is told so on a connection that it has used before, too.
#[tokio::test]
async fn a_command_without_a_key_is_sent_once() {
    let (address, mut received) = broken_api().await;
    let gateway = Gateway::start(&address.to_string(), &address.to_string()).await;
    let client = gateway.client();
    assert_eq!(client.get("/livez").answer().await.status, 200);
    for _ in 0..2 {
        let answer = client.post("/v1/appointments").text("{}").answer().await;
        assert_is_unavailable(&answer, "outcome_unknown");
        assert!(received.recv().await.unwrap().starts_with("POST "));
        assert!(received.try_recv().is_err(), "it was sent again");
    }
    // With a key it is, and nobody is left without an answer for that.
    let answer = client.post("/v1/appointments").key("a-key").text("{}").answer().await;
    assert_is_unavailable(&answer, "outcome_unknown");
    assert!(received.recv().await.is_some() && received.recv().await.is_some());
}

/// A process that says that it is not ready any more, because it ends or its store is away, finishes what it has.
#[tokio::test]
async fn a_process_that_is_not_ready_any_more_finishes_its_requests() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // How often it has said that it is not ready, once it is not.
    let unready = watch::Sender::new(None);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let unready = unready.clone();
            tokio::spawn(async move {
                let told = *unready.borrow();
                if !is_probe(&head(&mut connection).await) {
                    unready.send_replace(Some(0));
                    let mut told = unready.subscribe();
                    told.wait_for(|told| told.is_some_and(|times| times > 4)).await.unwrap();
                } else if let Some(times) = told {
                    unready.send_replace(Some(times + 1));
                    let answer = b"HTTP/1.1 503 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    return drop(connection.write_all(answer).await);
                }
                // The gateway may have gone.
                drop(connection.write_all(PROBED).await);
            });
        }
    });
    let gateway = Gateway::start("127.0.0.1:1", &address).await;
    let answer = gateway.client().post("/v1/appointments").text("{}").answer().await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// What can do no harm twice is sent again, whole, until it is answered.
#[tokio::test]
async fn questions_and_commands_with_a_key_are_sent_again_to_another_process() {
    let (broken, mut received) = broken_api().await;
    let answering = api("answering").await;
    let addresses = [broken.to_string(), answering.to_string()];
    let addresses = [&*addresses[0], &*addresses[1]];
    let gateway = Gateway::in_front_of(&addresses, &addresses).await;
    let client = gateway.client();
    let body = "x".repeat(64 * 1024);
    for (method, text) in [("GET", ""), ("HEAD", ""), ("POST", &*body), ("DELETE", "")] {
        // Each process is the first choice for one of two.
        for _ in 0..2 {
            let request = client.request(method, "/v1/appointments").key("a-key");
            let request = if text.is_empty() { request } else { request.text(text.to_owned()) };
            assert_eq!(request.answer().await.success().header("x-api"), "answering", "{method}");
        }
        let lost: Vec<_> = std::iter::from_fn(|| received.try_recv().ok()).collect();
        assert!(!lost.is_empty() && lost.iter().all(|head| head.starts_with(method)), "{method}: {lost:?}");
    }
}

/// A process that is not ready gets nothing while another is; where none is, it says itself what it waits for.
#[tokio::test]
async fn nothing_is_sent_to_a_process_that_is_not_ready_while_another_is() {
    let unready = api_that_is("unready", false).await.to_string();
    let ready = api("ready").await.to_string();
    let gateway = Gateway::in_front_of(&[&unready, &ready], &[&unready, &ready]).await;
    for backend in ["queries", "commands"] {
        gateway.logged(&format!("Server {backend}/")).await;
    }
    let client = gateway.client();
    for _ in 0..4 {
        assert_eq!(client.get("/v1/office").answer().await.success().header("x-api"), "ready");
        assert_eq!(client.post("/v1/holds").text("{}").answer().await.success().header("x-api"), "ready");
    }
    let gateway = Gateway::start(&unready, &unready).await;
    for backend in ["queries", "commands"] {
        gateway.logged(&format!("backend '{backend}' has no server available")).await;
    }
    let client = gateway.client();
    assert_eq!(client.get("/v1/office").answer().await.success().header("x-api"), "unready");
    assert_eq!(client.post("/v1/holds").text("{}").answer().await.success().header("x-api"), "unready");
}

/// It refuses what the services would refuse, as they do.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_as_by_the_services() {
    let address = api("never asked").await.to_string();
    let gateway = Gateway::start(&address, &address).await;
    let large = "x".repeat(64 * 1024 + 1);
    let refused = gateway.client().post("/v1/appointments").text(large).answer().await;
    assert_eq!(refused.refused(413, "payload_too_large")["max_bytes"], 64 * 1024);
}

/// The first event arrives before there is a second, and who leaves is not written to for ever.
#[tokio::test]
async fn a_stream_of_events_is_passed_on_as_it_comes_and_ends_with_its_reader() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (ended, mut has_ended) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let ended = ended.clone();
            tokio::spawn(async move {
                if is_probe(&head(&mut connection).await) {
                    return connection.write_all(PROBED).await.unwrap();
                }
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                connection.write_all(head.as_bytes()).await.unwrap();
                connection.write_all(b"9\r\ndata: 1\n\n\r\n").await.unwrap();
                // Nothing more is written: reading ends when the gateway closes the connection.
                let mut buffer = [0; 16];
                while connection.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
                ended.send(()).unwrap();
            });
        }
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
