//! `NOTICE` has the licences of all crates that the programs are built from.

use std::collections::BTreeSet;
use std::path::Path;

use crate::assert_none;
use crate::workspace::{Systems, built_from, members, packages, text};

const FILE: &str = "NOTICE";
const PROGRAMS: [&str; 4] = ["citas", "command-api", "query-api", "projector"];
/// The line before the list of crates, which an empty line ends.
const HEADING: &str = "Crates and their licences:";

/// Returns the crates that a notice lists, from lines such as `- anyhow: MIT OR Apache-2.0`.
fn listed(notice: &str) -> BTreeSet<&str> {
    let lines = notice.lines().skip_while(|line| *line != HEADING).skip(1);
    let list = lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    list.filter_map(|line| Some(line.strip_prefix("- ")?.split_once(": ")?.0)).collect()
}

/// The violations: crates that are shipped and not listed, and listed ones that are `known` to no build.
fn violations(listed: &BTreeSet<&str>, shipped: &BTreeSet<&str>, known: &BTreeSet<&str>) -> Vec<String> {
    let update = "run scripts/supply-chain and commit what it writes";
    let missing = shipped.difference(listed).map(|name| format!("{FILE} lacks `{name}`: {update}"));
    let gone = listed.difference(known).map(|name| format!("{FILE} has `{name}`, which is gone: {update}"));
    missing.chain(gone).collect()
}

#[test]
fn the_notice_has_all_that_is_shipped() {
    let notice = text(Path::new(FILE)).expect("the notice is committed");
    let built: BTreeSet<String> =
        PROGRAMS.into_iter().flat_map(|program| built_from(program, Systems::Linux)).collect();
    let ours: BTreeSet<&str> = members().iter().map(|member| member.name.as_str()).collect();
    let shipped: BTreeSet<&str> =
        built.iter().map(String::as_str).filter(|name| !ours.contains(name)).collect();
    let known = packages().iter().map(|package| package.name.as_str()).collect();
    assert_none(&violations(&listed(&notice), &shipped, &known));
    assert!(shipped.len() > 100 && shipped.contains("rdkafka-sys"), "too few crates are found: {shipped:?}");
}

/// The list of what is sent to the engine names what is copied.
#[test]
fn the_notice_is_in_the_image() {
    let file = |name| text(Path::new(name)).unwrap_or_else(|| panic!("{name} is committed"));
    let copies = |line: &str| line.starts_with("COPY ") && line.split(' ').any(|part| part == FILE);
    assert!(file("Dockerfile").lines().any(copies), "copy {FILE} into the image");
    assert!(file(".dockerignore").lines().any(|line| line.strip_prefix('!') == Some(FILE)));
}

#[test]
fn a_notice_that_is_out_of_date_is_noticed() {
    let notice =
        "About\n- no: crate\n\nCrates and their licences:\n\n- a: MIT\n- b: ISC OR MIT\n\n- c: no crate\n";
    let listed = listed(notice);
    assert_eq!(listed, BTreeSet::from(["a", "b"]));
    let (one, all) = (BTreeSet::from(["a"]), BTreeSet::from(["a", "b", "d"]));
    assert_eq!(violations(&listed, &one, &all), [""; 0]);
    assert_eq!(violations(&listed, &all, &all).len(), 1, "`d` is missing");
    assert_eq!(violations(&listed, &one, &one).len(), 1, "`b` is gone");
}
