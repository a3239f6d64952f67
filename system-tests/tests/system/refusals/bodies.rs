use serde_json::json;
use system_tests::Client;

use super::commands::{BOOK, Command, commands};
use super::{Unchanged, assert_names};
use crate::support::{Given, at, booking};

async fn send(client: &Client, method: &str, path: &str, body: impl Into<Vec<u8>>) -> system_tests::Answer {
    client.request(method, path).text(body.into()).answer().await
}

#[tokio::test]
async fn no_command_takes_a_body_that_is_not_of_its_form() {
    let test = Unchanged::new().await;
    let client = &test.given.client;
    for Command { method, path, body, .. } in commands("7", &test.appointment) {
        let mut unknown = body.clone();
        unknown["unheard_of"] = json!(1);
        assert_names(&send(client, method, &path, unknown.to_string()).await, "unheard_of");
        for broken in [
            &b"[]"[..],
            b"null",
            b"1",
            b"\"text\"",
            b"true",
            b"{",
            b"}",
            b"{]",
            b"{'a': 1}",
            b" ",
            b"\xff\xfe{}",
            b"\0",
            b"NaN",
        ] {
            assert_names(&send(client, method, &path, broken).await, "");
        }
        for broken in
            [&b"{}{}"[..], b"{\"name\" 1}", b"{\"\xc3\x28\": 1}", b"{\"name\": 01}", b"{\"name\": \"\xff\"}"]
        {
            send(client, method, &path, broken).await.refused(400, "malformed_request");
        }
        let listed = json!([body]);
        assert_names(&send(client, method, &path, listed.to_string()).await, "");
        for (member, value) in body.as_object().unwrap() {
            let mut twice = body.to_string();
            twice.truncate(twice.len() - 1);
            let twice = format!("{twice}, {}: {value}}}", json!(member));
            assert!(!send(client, method, &path, twice).await.status.is_success(), "{path} {member} twice");
        }
        for (open, close) in [("[", "]"), ("{\"name\":", "}")] {
            let deep = format!("{{\"name\": {}1{}}}", open.repeat(5000), close.repeat(5000));
            send(client, method, &path, deep).await.refused(400, "malformed_request");
        }
        let of_size = |bytes: usize| format!("{{\"name\": \"{}\"}}", "x".repeat(bytes - 12));
        send(client, method, &path, of_size(65536)).await.refused(400, "malformed_request");
        let too_large = send(client, method, &path, of_size(65537)).await.refused(413, "payload_too_large");
        assert_eq!(too_large["max_bytes"], 65536);
    }
    test.assert_nothing_stored().await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_off_at_the_same_size() {
    let test = Unchanged::new().await;
    let chunks = (0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 4096]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let answer = test.given.client.post(BOOK).text(body).answer().await;
    answer.refused(413, "payload_too_large");
    test.assert_nothing_stored().await;
}

const TYPES: &[&str] =
    &["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"];

#[tokio::test]
async fn what_is_not_json_is_refused_whatever_it_is_called() {
    let test = Unchanged::new().await;
    let bodies = ["lead_id: 55", "lead_id=55", "--x\r\n\r\n55\r\n--x--", "<a/>"];
    for Command { method, path, .. } in commands("7", &test.appointment) {
        for (content_type, body) in TYPES.iter().zip(bodies) {
            let request = test.given.client.request(method, &path).bytes(body);
            assert_names(&request.header("content-type", content_type).answer().await, "");
        }
    }
    test.assert_nothing_stored().await;
}

/// A client need not say that it sends JSON: `curl -d` says something else.
#[tokio::test]
async fn what_is_json_is_taken_whatever_it_is_called() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let book = |slot: i64| client.post(BOOK).bytes(booking("7", "55", at(4, 30 * slot)).to_string());
    book(0).ok().await;
    for (slot, content_type) in (1..).zip(TYPES) {
        book(slot).header("content-type", content_type).ok().await;
    }
}
