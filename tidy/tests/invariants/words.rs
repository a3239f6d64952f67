//! Names that were found to say nothing to a newcomer, and what to call the thing instead.

use crate::assert_none;
use crate::sources::{code_lines, rust_files};
use crate::workspace::text;

/// Identifiers that must not come back, each with the standard name.
const PRIVATE_WORDS: &[(&str, &str)] = &[
    ("Whence", "RequestOrigin"),
    ("Turns", "KeyedLocks"),
    ("Lanes", "PartitionQueues or ConnectionPool"),
    ("Inquiry", "SlotRules"),
    ("weigh", "judge"),
    ("AskedAgent", "AgentQuery"),
    ("SlotsQuestion", "SlotSearch"),
    ("FixedDay", "DayTemplate"),
    ("OutOfReach", "OutOfRange"),
    ("REACH", "SUPPORTED_RANGE"),
    ("PATIENCE", "TIMEOUT"),
    ("PAUSE", "RETRY_DELAY"),
    ("World", "Context"),
    ("Fact", "EventContext"),
    ("take_in", "apply"),
    ("Told", "Telemetry or Notification"),
    ("telling", "telemetry"),
    ("Misfit", "ApplyErrorReason"),
    ("Dice", "SeededRng"),
    ("begin_again_with_care", "restart_checked"),
    ("partition_lacking", "partition_if_unwritten"),
    ("office_state", "refresh_office"),
];

#[test]
fn private_words_do_not_come_back() {
    let this = std::path::Path::new("tidy/tests/invariants/words.rs");
    let mut violations = Vec::new();
    for file in rust_files().filter(|file| file != this) {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(text) = text(&file) else { continue };
        for (word, instead) in PRIVATE_WORDS {
            let lines = code_lines(&text).filter(|(_, line)| has_word(line, word));
            violations.extend(
                lines.map(|(number, _)| format!("{}:{number} has `{word}`: say {instead}", file.display())),
            );
            if stem == word.to_lowercase() {
                violations.push(format!("{} is called `{word}`: say {instead}", file.display()));
            }
        }
    }
    assert_none(&violations);
}

/// `given` is for specifications of decisions; what other tests share is their support.
#[test]
fn given_is_the_state_before_a_decision() {
    let violations: Vec<String> = rust_files()
        .filter(|file| file.file_stem().is_some_and(|stem| stem == "given"))
        .filter(|file| !file.starts_with("domain/tests"))
        .map(|file| format!("{}: call it support.rs", file.display()))
        .collect();
    assert_none(&violations);
}

/// Whether the line has the word by itself, and not as a part of another identifier.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

#[test]
fn a_word_is_told_from_a_part_of_another() {
    assert!(has_word("let weigh = 1;", "weigh") && has_word("self.weigh(slot)", "weigh"));
    assert!(!has_word("prop::weighted(0.3)", "weigh") && !has_word("outweigh", "weigh"));
}
