//! The code, docs/metrics.md, the dashboard and the alerts name the same metrics.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::assert_none;
use crate::workspace::{text, tracked_files};

const PAGE: &str = "docs/metrics.md";
const DASHBOARD: &str = "deploy/grafana/citas.json";
const ALERTS: &str = "deploy/prometheus/alerts.yml";

/// Words in an expression that are no metrics.
const NOT_METRICS: &[&str] = &["and", "bool", "by", "ignoring", "offset", "on", "or", "unless", "without"];

fn read(file: &str) -> String {
    text(Path::new(file)).unwrap_or_else(|| panic!("{file} is not there"))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The names in the first column of the page's tables.
fn documented() -> BTreeSet<String> {
    let page = read(PAGE);
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let names = rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split(','));
    names.map(|name| name.trim().trim_matches('`').to_owned()).collect()
}

/// The metrics named first in the calls of these macros.
fn named_by(macros: &[&str], file: &Path) -> BTreeSet<String> {
    let text = text(file).unwrap_or_default();
    let calls = macros.iter().flat_map(|name| text.split(name).skip(1).map(str::trim_start));
    let names = calls.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
    names.filter(|name| is_name(name)).map(str::to_owned).collect()
}

fn sources() -> impl Iterator<Item = PathBuf> {
    let is_source = |file: &PathBuf| file.components().nth(1).is_some_and(|part| part.as_os_str() == "src");
    tracked_files()
        .into_iter()
        .filter(is_source)
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
}

/// The metrics that an expression of Prometheus uses.
fn asked(expression: &str) -> BTreeSet<String> {
    let mut bare = String::new();
    let mut depth = 0;
    for character in expression.chars() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ if depth == 0 => bare.push(character),
            _ => {}
        }
    }
    // Without the labels of groupings.
    for grouping in ["by (", "without (", "on (", "ignoring ("] {
        while let Some(start) = bare.find(grouping) {
            let end = bare[start..].find(')').map_or(bare.len(), |end| start + end + 1);
            bare.replace_range(start..end, " ");
        }
    }
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = BTreeSet::new();
    let mut rest = bare.as_str();
    while let Some(start) = rest.find(is_part) {
        rest = &rest[start..];
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        let is_function = after.trim_start().starts_with('(');
        if is_name(word) && !is_function && !NOT_METRICS.contains(&word) {
            found.insert(word.to_owned());
        }
    }
    found
}

/// The metrics that an expression uses and the page lacks. A histogram is used by its parts.
fn unknown(expression: &str, documented: &BTreeSet<String>) -> Vec<String> {
    let is_known = |name: &String| {
        let parts = ["_bucket", "_count", "_sum"].into_iter().filter_map(|part| name.strip_suffix(part));
        documented.contains(name) || parts.into_iter().any(|name| documented.contains(name))
    };
    asked(expression).into_iter().filter(|name| !is_known(name)).collect()
}

#[test]
fn the_page_has_what_is_counted_and_nothing_else() {
    let documented = documented();
    let (mut described, mut used) = (BTreeSet::new(), BTreeSet::new());
    for file in sources() {
        described
            .extend(named_by(&["describe_counter!(", "describe_gauge!(", "describe_histogram!("], &file));
        let counting =
            ["::counter!(", " counter!(", "::gauge!(", " gauge!(", "::histogram!(", " histogram!("];
        used.extend(named_by(&counting, &file));
    }
    let mut violations: Vec<String> = used
        .difference(&described)
        .map(|name| format!("`{name}` is recorded, but no describe_ macro describes it: add one"))
        .collect();
    violations.extend(
        described.difference(&documented).map(|name| format!("`{name}` is not in {PAGE}: add a row")),
    );
    let gone = documented.difference(&described);
    violations.extend(gone.map(|name| format!("{PAGE} has `{name}`, which no code describes: take it out")));
    assert_none(&violations);
    assert!(described.len() > 30, "too few metrics are found: {described:?}");
}

#[test]
fn the_dashboard_draws_what_there_is() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).expect("the dashboard is JSON");
    assert_eq!(dashboard["uid"], "citas");
    assert!(dashboard["schemaVersion"].is_u64() && dashboard["title"].is_string());
    let variables = dashboard["templating"]["list"].as_array().expect("there are variables");
    assert!(variables.iter().any(|one| one["type"] == "datasource" && one["name"] == "datasource"));
    let documented = documented();
    let mut drawn = BTreeSet::new();
    let (mut violations, mut ids) = (Vec::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().expect("there are panels") {
        let title = panel["title"].as_str().expect("a panel has a title");
        assert!(ids.insert(panel["id"].as_u64().expect("a panel has an id")), "{title}: a duplicate id");
        assert!(["h", "w", "x", "y"].iter().all(|side| panel["gridPos"][*side].is_u64()), "{title}");
        if panel["type"] == "row" {
            continue;
        }
        let targets = panel["targets"].as_array().filter(|targets| !targets.is_empty());
        for target in targets.unwrap_or_else(|| panic!("{title} has no query")) {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let expression = target["expr"].as_str().unwrap_or_else(|| panic!("{title} has no expression"));
            let unknown = unknown(expression, &documented);
            violations.extend(unknown.iter().map(|name| format!("{DASHBOARD}: {title} draws `{name}`")));
            drawn.extend(asked(expression));
        }
    }
    let is_drawn = |name: &String| drawn.iter().any(|drawn| drawn.starts_with(name.as_str()));
    let ours = documented.iter().filter(|name| !name.starts_with("process_"));
    violations.extend(
        ours.filter(|name| !is_drawn(name)).map(|name| format!("{DASHBOARD} does not draw `{name}`")),
    );
    assert_none(&violations);
}

#[test]
fn alerts_are_on_what_there_is() {
    let (alerts, documented) = (read(ALERTS), documented());
    let expressions: Vec<&str> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert_eq!(expressions.len(), alerts.matches("- alert: ").count(), "each on a line of its own");
    assert!(expressions.iter().all(|expression| !asked(expression).is_empty()));
    let violations: Vec<String> = expressions
        .iter()
        .flat_map(|expression| unknown(expression, &documented))
        // Prometheus itself records whether it could scrape a process.
        .filter(|name| name != "up")
        .map(|name| format!("{ALERTS} uses `{name}`, which {PAGE} does not have"))
        .collect();
    assert_none(&violations);
}

/// Each has a row that says what to do.
#[test]
fn the_page_of_alerts_has_each_of_them() {
    const ALERTS_PAGE: &str = "docs/alerts.md";
    let (alerts, page) = (read(ALERTS), read(ALERTS_PAGE));
    let raised: BTreeSet<&str> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let mut described = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{ALERTS_PAGE}: {row}");
        described.insert(cells[0].trim_matches('`'));
    }
    let missing = raised.difference(&described).map(|name| format!("{ALERTS_PAGE} has no row for `{name}`"));
    let gone =
        described.difference(&raised).map(|name| format!("{ALERTS_PAGE} has `{name}`, which is not raised"));
    let violations: Vec<String> = missing.chain(gone).collect();
    assert_none(&violations);
    assert!(raised.len() > 10, "too few alerts are found: {raised:?}");
}
