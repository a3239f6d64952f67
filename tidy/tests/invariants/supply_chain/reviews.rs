//! `docs/supply-chain.md` has every crate that the workspace depends on directly, as somebody has looked at it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::assert_none;
use crate::workspace::{members, packages, text};

const PAGE: &str = "docs/supply-chain.md";
const HEADING: &str = "## Looked at by hand";

/// The rows of the table: the names in the first column, and the licence in the second.
fn rows(page: &str) -> Vec<(&str, &str)> {
    let section = page.lines().skip_while(|line| *line != HEADING).skip(1);
    let rows = section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')));
    cells.filter_map(|mut cells| cells.nth(1).zip(cells.next())).collect()
}

/// The violations, where `direct` has the licence by the name of each direct dependency.
fn violations(rows: &[(&str, &str)], direct: &BTreeMap<&str, &str>) -> Vec<String> {
    let lacks = |name: &str| !rows.iter().any(|row| row.0 == name);
    let missing = direct.keys().filter(|name| lacks(name));
    let missing =
        missing.map(|name| format!("{PAGE} has no row for `{name}`: look at the crate, and add one"));
    let wrong = rows.iter().enumerate().filter_map(|(at, (name, licence))| {
        let problem = match direct.get(name) {
            _ if rows[..at].iter().any(|row| row.0 == *name) => "is there twice".to_owned(),
            None => "is no direct dependency any more: take it out".to_owned(),
            Some(now) if now != licence => format!("is licensed under {now} now: look at it again"),
            Some(_) => return None,
        };
        Some(format!("{PAGE}: `{name}` {problem}"))
    });
    missing.chain(wrong).collect()
}

#[test]
fn every_direct_dependency_was_looked_at() {
    let named = members().into_iter().flat_map(|member| &member.dependencies);
    let foreign =
        named.filter(|dependency| dependency.path.is_none()).map(|dependency| dependency.name.as_str());
    let with_licence = |name| {
        let package = packages().iter().find(|package| package.name.as_str() == name);
        (name, package.and_then(|package| package.license.as_deref()).unwrap_or("no licence"))
    };
    let direct: BTreeMap<&str, &str> = foreign.map(with_licence).collect();
    let page = text(Path::new(PAGE)).expect("the page is committed");
    assert_none(&violations(&rows(&page), &direct));
    assert!(direct.contains_key("kurrentdb") && direct.contains_key("spdx"), "too few are found: {direct:?}");
}

#[test]
fn a_table_that_is_out_of_date_is_noticed() {
    let page = "| `x` | MIT |\n## Looked at by hand\n\n| crate | licence |\n| --- | --- |\n| `a` | MIT | 1 |\n| `b` | ISC | 2 |\n## And\n| `y` | MIT |\n";
    let rows = rows(page);
    assert_eq!(rows, [("a", "MIT"), ("b", "ISC")]);
    let wrong =
        |direct: &[(&'static str, &'static str)]| violations(&rows, &direct.iter().copied().collect()).len();
    assert_eq!(wrong(&[("a", "MIT"), ("b", "ISC")]), 0);
    assert_eq!(wrong(&[("a", "MIT"), ("b", "ISC"), ("c", "MIT")]), 1, "`c` is new");
    assert_eq!(wrong(&[("a", "MIT")]), 1, "`b` is gone");
    assert_eq!(wrong(&[("a", "MIT"), ("b", "MIT")]), 1, "another licence");
    assert_eq!(violations(&[("a", "MIT"), ("a", "MIT")], &BTreeMap::from([("a", "MIT")])).len(), 1, "twice");
}
