//! Queries through a real server and socket: what only the wire shows.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

#[cfg(feature = "postgres")]
mod service;

use std::net::SocketAddr;

use ::service::{Metrics, Probes};
use actix_web::web::Data;
use operation::{Clock, SlotRefs};
use query_api::QueryApi;
use read_model::MemoryReadModel;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TOKEN: &str = "a-token-of-enough-characters";

/// Serves an empty read model on a free port until the test's runtime ends.
fn serve(metrics: Option<Metrics>) -> SocketAddr {
    let clock = Clock::fixed("2026-12-01T12:00:00Z".parse().unwrap());
    let api = Data::new(QueryApi::new(MemoryReadModel::new(), SlotRefs::new(b"secret"), clock));
    let probes = Probes { checks: Vec::new(), metrics };
    let listen =
        ::service::Listen::new("127.0.0.1:0".parse().unwrap(), ::service::ListenSettings::default()).unwrap();
    let served =
        ::service::serve("The test", listen, TOKEN, probes, &[query_api::configure], move |config| {
            config.app_data(api.clone());
        });
    served.unwrap().address()
}

/// The head and body of a response, on a connection for one request.
async fn send(address: SocketAddr, method: &str, path: &str) -> (String, String) {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: citas\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answered = String::new();
    connection.read_to_string(&mut answered).await.unwrap();
    let (head, body) = answered.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let address = serve(None);
    let (get_head, get_body) = send(address, "GET", "/v1/agents").await;
    let (head_head, head_body) = send(address, "HEAD", "/v1/agents").await;
    assert_eq!(get_body, r#"{"items":[],"next_cursor":null}"#);
    assert_eq!(head_body, "");
    for header in ["http/1.1 200 ok", "x-position: 0", &format!("content-length: {}", get_body.len())] {
        assert!(get_head.contains(header) && head_head.contains(header), "{header} in {head_head}");
    }
}

#[tokio::test]
async fn metrics_count_the_questions_by_route() {
    let address = serve(Some(Metrics::install().unwrap()));
    send(address, "GET", "/v1/agents/7").await;
    let (head, body) = send(address, "GET", "/metrics").await;
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(body.contains(r#"route="/v1/agents/{agent_id}",status="404""#), "{body}");
}
