//! The table of operations: each is mounted once, says what it is asked of, and stands in the README.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http_edge::Address;
use operation::{Description, Kind};

use crate::addresses::addresses;

/// Set to write the README's table instead of comparing it.
const UPDATE: &str = "UPDATE_README";

const BEGIN: &str =
    "<!-- operations: made from the code by UPDATE_README=1 cargo test -p system-tests operations -->";
const END: &str = "<!-- end of operations -->";

fn operations() -> Vec<(Address, Description)> {
    addresses().into_iter().filter_map(|address| Some((address, address.operation?))).collect()
}

#[test]
fn every_operation_is_mounted_once() {
    let mut names = BTreeSet::new();
    for (address, operation) in operations() {
        assert!(names.insert(operation.name), "{} is mounted twice", operation.name);
        assert!(address.path.starts_with("/v1/"), "{}", operation.name);
    }
    assert_eq!(names.len(), 67, "43 commands, 22 queries and two of an operator");
}

#[test]
fn an_address_names_what_its_operation_is_asked_of() {
    for (address, operation) in operations() {
        let in_path: Vec<String> = address
            .path
            .split('/')
            .filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned()))
            .collect();
        assert_eq!(in_path, operation.target_members(), "{}", operation.name);
    }
}

#[test]
fn an_operation_says_what_it_does_who_may_and_how_it_fails() {
    for (_, operation) in operations() {
        let name = operation.name;
        assert!(operation.summary.ends_with('.') && operation.summary.len() < 120, "{name}");
        assert!(!operation.access.roles().is_empty(), "{name}");
        assert!(operation.errors.iter().all(|code| !code.is_common()), "{name} declares what all can answer");
        assert!(
            (operation.request)().get("properties").is_some() || (operation.request)().get("type").is_some()
        );
        assert!((operation.answer)().as_object().is_some(), "{name}");
    }
}

/// The table as the README shows it.
fn table() -> String {
    let mut table = "| address | operation | what it does |\n| --- | --- | --- |\n".to_owned();
    let every = operations();
    let commands = every.iter().filter(|(_, operation)| operation.kind == Kind::Command);
    let queries = every.iter().filter(|(_, operation)| operation.kind == Kind::Query);
    for (address, operation) in commands.chain(queries) {
        let method = address.methods[0].as_str();
        writeln!(table, "| `{method} {}` | {} | {} |", address.path, operation.name, operation.summary)
            .unwrap();
    }
    table
}

#[test]
fn the_readme_lists_every_operation() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    let expected = format!("{before}{BEGIN}\n{}{END}{after}", table());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(readme == expected, "the table is not that of the code: run with {UPDATE}=1 and commit it");
}
