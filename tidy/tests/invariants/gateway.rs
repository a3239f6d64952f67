//! What the gateway answers itself is what the services would answer.

use std::path::Path;

use serde_json::Value;

use crate::workspace::{text, tracked_files};

const CONFIGURATION: &str = "deploy/gateway/haproxy.cfg";
const ANSWERS: &str = "deploy/gateway/errors";
const CODES: &str = "operation/src/code.rs";

fn read(file: &str) -> String {
    text(Path::new(file)).unwrap_or_else(|| panic!("{file} is not there"))
}

/// The status and title that the services have for a code.
fn status_and_title(codes: &str, code: &str) -> (u64, String) {
    let rest = codes.split(&format!("= \"{code}\", ")).nth(1).unwrap_or_else(|| panic!("no code {code}"));
    let (status, rest) = rest.split_once(',').expect("a status, then a title");
    (
        status.trim().parse().expect("a status is a number"),
        rest.split('"').nth(1).expect("a title").to_owned(),
    )
}

#[test]
fn its_answers_are_problem_documents_of_the_services_codes() {
    let (codes, configuration) = (read(CODES), read(CONFIGURATION));
    let mut found = 0;
    for file in tracked_files().iter().filter(|file| file.starts_with(ANSWERS)) {
        let answer = text(file).expect("an answer is text");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name is text");
        let code = name.strip_suffix(".http").unwrap_or_else(|| panic!("{name} is not called CODE.http"));
        let (head, body) =
            answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{name} has no empty line"));
        let problem: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (status, title) = status_and_title(&codes, code);
        assert_eq!(problem["code"], code, "{name}");
        assert_eq!(problem["type"], format!("urn:citas:problem:{code}"), "{name}");
        assert_eq!(problem["status"], status, "{name}");
        assert_eq!(problem["title"], title, "{name}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{name}");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{name}");
        assert!(head.contains("\r\ncontent-type: application/problem+json"), "{name}");
        assert!(head.ends_with(&format!("\r\ncontent-length: {}", body.len())), "{name}: {}", body.len());
        assert_eq!(head.contains("\r\nretry-after: 1\r\n"), status == 503, "{name}");
        assert!(configuration.contains(&format!("errors/{name}")), "{CONFIGURATION} does not use {name}");
        found += 1;
    }
    assert_eq!(found, 5, "answers in {ANSWERS}");
}

#[test]
fn it_takes_as_large_bodies_as_the_services() {
    let json = read("operation/src/json.rs");
    assert!(json.contains("MAX_BODY_BYTES: usize = 64 * 1024;"), "the limit is not found, or another");
    assert!(read(CONFIGURATION).contains("req.body_size gt 65536"));
    assert!(read(&format!("{ANSWERS}/payload_too_large.http")).contains("\"max_bytes\":65536"));
}

#[test]
fn its_limits_of_time_fit_those_of_the_services() {
    let (configuration, handlers) = (read(CONFIGURATION), read("http-edge/src/handlers.rs"));
    let seconds = |name: &str| {
        let rest = configuration.split(&format!("timeout {name} ")).nth(1).expect("the limit is set");
        rest.split('s').next().and_then(|number| number.parse::<u64>().ok()).expect("in seconds")
    };
    let constant = |source: &str, name: &str| {
        let rest = source.split(&format!("const {name}: Duration = Duration::from_secs(")).nth(1);
        rest.and_then(|rest| rest.split(')').next()?.parse::<u64>().ok())
            .unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(seconds("http-request"), constant(&handlers, "BODY_TIMEOUT"));
    assert!(handlers.contains("const OPERATION_TIMEOUT: Duration = Duration::from_mins(1);"));
    assert!(seconds("server") > 60, "a service ends first");
    let exchange = read("service/src/connections/exchange.rs");
    assert!(seconds("http-keep-alive") < constant(&exchange, "KEPT_OPEN"), "the gateway closes first");
}
