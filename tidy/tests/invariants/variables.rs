//! The list of environment variables that are told from mistyped ones has those of every program, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use crate::assert_none;
use crate::workspace::{text, tracked_files};

const LIST: &str = "service/src/known_variables.rs";
/// The crates whose sources read variables.
const PROGRAMS: &[&str] = &["citas", "command-api", "projector", "query-api", "service"];
/// Of docker-compose.yml alone.
const OF_COMPOSE: &[&str] = &["CITAS_PUBLISH", "CITAS_PUBLISH_GRAFANA"];

fn is_variable(name: &str) -> bool {
    let rest = name.strip_prefix("CITAS_").filter(|rest| !rest.is_empty() && !rest.starts_with("TEST_"));
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase()))
}

/// The variables that a source names, and those of the files of its secrets.
fn named(source: &str) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        source.split('"').filter(|part| is_variable(part)).map(str::to_owned).collect();
    for setting in source.split("env = \"").skip(1) {
        let (name, rest) = setting.split_once('"').expect("a text ends");
        let field = rest.split(")]").nth(1).and_then(|field| field.split(',').next()).unwrap_or_default();
        if field.contains("Secret") {
            names.insert(format!("{name}_FILE"));
        }
    }
    names
}

#[test]
fn each_variable_of_a_program_is_known_to_all() {
    let is_source = |file: &Path| {
        let mut parts = file.components().filter_map(|part| part.as_os_str().to_str());
        parts.next().is_some_and(|first| PROGRAMS.contains(&first)) && parts.next() == Some("src")
    };
    let mut used: BTreeSet<String> = OF_COMPOSE.iter().map(|name| (*name).to_owned()).collect();
    for file in tracked_files().iter().filter(|file| is_source(file) && *file != Path::new(LIST)) {
        used.extend(named(text(file).unwrap_or_default().split("#[cfg(test)]").next().unwrap_or_default()));
    }
    let list = text(Path::new(LIST)).expect("the list is there");
    let (_, list) = list.split_once("const KNOWN: &[&str] = &[").expect("the list is found");
    let listed = named(list.split("];").next().unwrap_or_default());
    let missing = used.difference(&listed).map(|name| format!("{LIST} lacks {name}"));
    let unused = listed.difference(&used).map(|name| format!("{LIST} has {name}, which no program reads"));
    assert_none(&missing.chain(unused).collect::<Vec<_>>());
}
