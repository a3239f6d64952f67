//! The layout of crates: their folders, entry files and lints.

use std::path::Path;

use crate::assert_none;
use crate::workspace::{members, root, text};

/// The entry files of a crate, which its readers open first.
const ENTRIES: [&str; 2] = ["src/lib.rs", "src/main.rs"];

#[test]
fn crates_lie_at_the_root_in_folders_of_their_names() {
    let violations: Vec<String> = members()
        .into_iter()
        .filter(|member| member.manifest_path.as_std_path() != root().join(&*member.name).join("Cargo.toml"))
        .map(|member| {
            format!(
                "`{}` lies in {}: move it to `{0}/`",
                member.name,
                relative(member.manifest_path.as_std_path())
            )
        })
        .collect();
    assert_none(&violations);
}

#[test]
fn crates_open_with_their_purpose() {
    let mut violations = Vec::new();
    for member in members() {
        let entries = ENTRIES.map(|entry| Path::new(&*member.name).join(entry));
        for entry in entries.iter().filter(|entry| root().join(entry).is_file()) {
            if !text(entry).is_some_and(|text| text.starts_with("//! ")) {
                violations.push(format!(
                    "{} does not open with `//!`: say what the crate is for, where it stands in the flow, and what it must not do",
                    entry.display()
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn crates_are_linted_by_the_workspaces_rules() {
    let mut violations = Vec::new();
    for member in members() {
        let manifest = text(member.manifest_path.as_std_path()).expect("cargo has read this manifest");
        let mut lines = manifest.lines().skip_while(|line| line.trim() != "[lints]").skip(1);
        if lines.next().is_none_or(|line| line.trim() != "workspace = true") {
            violations.push(format!("{}/Cargo.toml: add `[lints]` with `workspace = true`", member.name));
        }
    }
    assert_none(&violations);
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
