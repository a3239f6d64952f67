//! Operations are independent of transports, which only adapters name, and every operation is mounted.

use std::collections::BTreeMap;
use std::path::Path;

use crate::assert_none;
use crate::workspace::{TEST_CRATES, text, tracked_files};

/// The names of transports in sources, and where they may be used.
const TRANSPORTS: &[(&str, &[&str])] = &[
    (
        "actix_web",
        &[
            "http-edge/src",
            "service/src/probes",
            "service/src/serve.rs",
            "service/src/connections",
            "citas/src",
            "command-api/src/main.rs",
            "projector/src/main.rs",
            "query-api/src/main.rs",
        ],
    ),
    (
        "http_edge",
        &[
            "http-edge/src",
            "service/src/probes",
            "service/src/routes.rs",
            "service/src/serve.rs",
            "service/src/connections",
            // Lists the crates whose spans are exported.
            "service/src/traces/layer.rs",
            "command-api/src/routes.rs",
            "query-api/src/routes.rs",
        ],
    ),
    // The log filter of a process covers Kafka's client.
    ("rdkafka", &["command-api/src/intake", "projector/src/relay", "service/src/log.rs"]),
];

/// The product's own sources, without code for tests.
fn sources() -> impl Iterator<Item = (String, String)> {
    let is_source = |path: &str| {
        Path::new(path).extension().is_some_and(|extension| extension == "rs")
            && path.contains("/src/")
            && TEST_CRATES.iter().all(|name| !path.starts_with(&format!("{name}/")))
            && !path.ends_with("/sample.rs")
            && !path.ends_with("_tests.rs")
    };
    let paths = tracked_files().into_iter().map(|path| path.to_string_lossy().into_owned());
    paths.filter(move |path| is_source(path)).filter_map(|path| {
        let text = text(Path::new(&path))?;
        let shipped = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
        Some((path, shipped))
    })
}

#[test]
fn only_adapters_know_how_a_request_comes_in() {
    let mut violations = Vec::new();
    for (path, text) in sources() {
        for (transport, places) in TRANSPORTS {
            let names =
                text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(transport));
            if names && places.iter().all(|place| !path.starts_with(place)) {
                violations.push(format!(
                    "{path} names `{transport}`: operations are independent of transports; do it in an adapter, one of \
                     {places:?}"
                ));
            }
        }
    }
    assert_none(&violations);
}

/// The beginnings of lines that make a type an operation; the name of the type follows.
const MAKES_OPERATION: [&str; 3] = ["impl Command for ", "impl Query for ", "transition!("];

/// The types that a source makes operations.
fn implemented(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let name = MAKES_OPERATION.iter().find_map(|start| line.strip_prefix(start))?;
        name.split(|c: char| !c.is_alphanumeric()).next()
    })
}

#[test]
fn every_operation_is_mounted_exactly_once() {
    let mut mounted: BTreeMap<String, usize> = BTreeMap::new();
    let mut routes = String::new();
    for (path, text) in sources() {
        if path.contains("/src/operations/") && !path.starts_with("http-edge/") {
            for name in implemented(&text) {
                mounted.entry(name.to_owned()).or_default();
            }
        }
        if path.ends_with("/src/routes.rs") && !path.starts_with("http-edge/") {
            routes.push_str(&text);
        }
    }
    assert!(mounted.len() >= 36, "too few operations are found: {mounted:?}");
    for (name, times) in &mut mounted {
        *times = routes.matches(&format!("::<{name}>(")).count();
    }
    let violations: Vec<String> = mounted
        .iter()
        .filter(|(_, times)| **times != 1)
        .map(|(name, times)| {
            format!("{name} is mounted {times} times: mount it once, in its crate's routes.rs")
        })
        .collect();
    assert_none(&violations);
}
